"""Every stage on a corpus of a few lines, held to tables that were checked by hand and written down.

When a stage is meant to write something else, raise its version and write the tables anew:
`GOLDEN_WRITE=1 python -m pytest tests/golden`.
"""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from tasks.corpus.ingest import ingest_source
from tasks.lexicon.counts import count_words, recount
from tasks.lexicon.four_step import build_lexicon
from tasks.ngrams.measure import measure
from tasks.segment.tokens import token_rows
from tasks.settings import IngestSettings, LexiconSettings, NgramSettings
from tasks.unigram.segmenter import segmenter_of
from tests.unit.ngrams.samples import write_shard

FOLDER = Path(__file__).parent
TEXT = """中外科学名著。科学的春天，科学的名著！
　中国人民和中国科学，中外人民的科学。
她说：“哈哈哈，2001年，NATO的名著？”
\x1b[1m中外科学\x1b[0m 名著科学；人民的中国。
"""


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: round(v, 9) if isinstance(v, float) else v for k, v in row.items()} for row in rows]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("golden")
    blocks = list(
        ingest_source("b" * 16, "tiny.txt", "c" * 64, lambda: io.BytesIO(TEXT.encode()), IngestSettings())
    )
    documents = pa.Table.from_batches([block.documents for block in blocks])
    sentences = pa.Table.from_batches([block.sentences for block in blocks])
    shard = write_shard(folder, "tiny", sentences["text"].to_pylist(), 3)
    settings = NgramSettings(max_order=3)
    ngrams = pa.Table.from_batches(list(measure([([shard], 1)], settings, 1 << 30, 1, str(folder))))

    def texts() -> Iterator[pa.Array]:
        yield from sentences["text"].chunks

    found = build_lexicon(pl.DataFrame(ngrams), texts(), LexiconSettings(min_count=2, min_pmi=0.5))
    lexicon = recount(count_words(found.lexicon, texts(), found.token_rules), texts(), found.token_rules)
    segmenter = segmenter_of(lexicon, found.token_rules)
    tokens = token_rows(segmenter, sentences.combine_chunks().to_batches()[0])
    return {
        "documents": plain(documents.to_pylist()),
        "sentences": plain(sentences.to_pylist()),
        "ngrams": plain(ngrams.to_pylist()),
        "lexicon": plain(lexicon.to_dicts()),
        "lexicon_decisions": plain(found.decisions.to_dicts()),
        "tokens": plain(tokens.to_pylist()),
    }


@pytest.mark.parametrize(
    "table", ["documents", "sentences", "ngrams", "lexicon", "lexicon_decisions", "tokens"]
)
def test_the_table_is_as_it_was(stages: dict[str, list[dict[str, Any]]], table: str) -> None:
    file = FOLDER / "tiny" / f"{table}.json"
    if os.environ.get("GOLDEN_WRITE"):
        file.parent.mkdir(exist_ok=True)
        rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in stages[table])
        file.write_text(f"[\n{rows}\n]\n", encoding="utf-8")
    assert stages[table] == json.loads(file.read_text(encoding="utf-8"))
