"""Runs `ingest_source` over bytes and checks what must hold of every result."""

import gzip
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.corpus.ingest import ingest_source
from tasks.corpus.rejects import EXCERPT_CHARS, REASONS
from tasks.settings import IngestSettings
from tasks.tables import TABLES

HASH = "0" * 64


@dataclass
class Result:
    documents: list[dict] = field(default_factory=list)
    sentences: list[dict] = field(default_factory=list)
    rejects: list[dict] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [row["text"] for row in self.documents]

    @property
    def reasons(self) -> list[tuple[str | None, str]]:
        return [(row["member"], row["reason"]) for row in self.rejects]


def read(name: str, content: bytes, scratch: str | None = None, **settings) -> Result:
    chosen = IngestSettings(**settings)
    result = Result()
    for block in ingest_source("b" * 16, name, HASH, lambda: io.BytesIO(content), chosen, scratch):
        for table in ("documents", "sentences", "rejects"):
            batch = getattr(block, table)
            assert batch.schema == TABLES[table].schema
            batch.validate(full=True)
            getattr(result, table).extend(batch.to_pylist())
    check(result, chosen)
    return result


def check(result: Result, settings: IngestSettings) -> None:
    """Assert what holds of every file: keys, bounds, sentences that spell their document."""
    assert result.documents or result.rejects
    assert [row["reject_no"] for row in result.rejects] == list(range(len(result.rejects)))
    for reject in result.rejects:
        assert reject["reason"] in REASONS
        assert reject["detail"].isprintable()
        assert reject["excerpt"] is None or (
            reject["excerpt"].isprintable() and len(reject["excerpt"]) <= EXCERPT_CHARS
        )
    documents = {row["doc_id"]: row for row in result.documents}
    assert len(documents) == len(result.documents)
    spelled: dict[int, list[str]] = {key: [] for key in documents}
    for sentence in result.sentences:
        text = documents[sentence["doc_id"]]["text"]
        assert text.startswith(sentence["text"], sentence["start"])
        assert sentence["sentence_no"] == len(spelled[sentence["doc_id"]])
        assert sentence["chars"] == len("".join(sentence["text"].split())) > 0
        assert len(sentence["text"]) <= settings.max_sentence_chars
        spelled[sentence["doc_id"]].append(sentence["text"])
    for key, row in documents.items():
        assert 0 <= key < 1 << 63
        assert row["chars"] == len(row["text"]) <= settings.max_document_chars
        assert row["record"] >= 1
        assert min(row["part"], row["offset"], row["replaced"]) >= 0
        assert "".join("".join(spelled[key]).split()) == "".join(row["text"].split()) != ""


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def parquet(columns: Mapping[str, object], **options) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), out, **options)
    return out.getvalue()
