"""Two documents of three sentences, consistent in every table, and Parquet and DuckDB views of them."""

from pathlib import Path

import duckdb
import pyarrow as pa

from tasks.settings import MineSettings
from tasks.store.catalog import publish_catalog
from tasks.store.datasets import Dataset, Store
from tasks.store.publish import RECORDS
from tasks.store.state import CorpusState
from tasks.tables import TABLES
from tasks.text.token_rules import TokenRules

TEXTS = {11: "中外科学。科学名著", 12: "科学 名著"}
SENTENCES = ((11, 0, 0, "中外科学。"), (11, 1, 5, "科学名著"), (12, 0, 0, "科学 名著"))
TOKENS = (
    *((11, 0, 0, "中外"), (11, 0, 2, "科学"), (11, 0, 4, "。")),
    *((11, 1, 0, "科学"), (11, 1, 2, "名著")),
    *((12, 0, 0, "科学"), (12, 0, 3, "名著")),
)
WORDS = {"科学": 3, "名著": 2, "中外": 1, "。": 1}
CHARACTERS = {"科": 3, "学": 3, "名": 2, "著": 2, "中": 1, "外": 1, "。": 1}
PROBABILITIES = {"科学": 0.5, "名著": 0.25, "中外": 0.125, "。": 0.125}


def document(doc_id: int, text: str, **other) -> dict:
    row = {
        "batch_id": "b" * 16,
        "doc_id": doc_id,
        "source": "news/1.txt",
        "member": None,
        "record": doc_id,
        "part": 0,
        "offset": 0,
        "encoding": "utf-8",
        "text_hash": f"hash of {text}",
        "chars": len(text),
        "replaced": 0,
        "text": text,
    }
    return row | other


def gram(text: str, count: int) -> dict:
    entropies = {"left_entropy": 0.5, "right_entropy": 0.5}
    nothing = dict.fromkeys(("pmi", "npmi", "gain", "gain_bound", "autonomy"))
    row = {"gram": text, "length": len(text), "count": count, "starts": 0, "ends": 0}
    return row | entropies | nothing


def lexicon_row(word: str, count: int, probability: float, bits: float) -> dict:
    measured = len(word) > 1
    return {
        "word": word,
        "length": len(word),
        "count": count,
        "probability": probability,
        "bits": bits,
        "raw_count": count,
        "gain": 10.0 * count if measured else 0.0,
        "pmi": 1.5 if measured else None,
        "left_entropy": 0.7 if measured else None,
        "right_entropy": 0.9 if measured else None,
        "parts": " ".join(word),
        "known": word == "名著",
    }


def decision(candidate: str, kept: bool) -> dict:
    return {
        "candidate": candidate,
        "length": len(candidate),
        "count": 2,
        "kept": kept,
        "step": "kept" if kept else "cut",
        "reason": "kept" if kept else "low_pmi",
        "detail": "pmi 0.50 below 1.00",
        "pmi": 0.5,
        "gain": None,
        "parts": None,
        "parts_advantage": None,
    }


def reject(source: str, reason: str = "unknown_encoding") -> dict:
    return {
        "batch_id": "b" * 16,
        "reject_no": 0,
        "source": source,
        "member": None,
        "record": 0,
        "reason": reason,
        "detail": "no encoding fits",
        "excerpt": None,
    }


def rows() -> dict[str, list[dict]]:
    """Rows of each table, new at every call."""
    bits = dict.fromkeys(PROBABILITIES, 3.0) | {"科学": 1.0, "名著": 2.0}
    documents_of = {word: len({doc_id for doc_id, _, _, used in TOKENS if used == word}) for word in WORDS}
    return {
        "documents": [document(doc_id, text) for doc_id, text in TEXTS.items()],
        "duplicates": [],
        "rejects": [],
        "sentences": [
            {
                "doc_id": doc_id,
                "sentence_no": number,
                "start": start,
                "chars": len(text.replace(" ", "")),
                "text": text,
            }
            for doc_id, number, start, text in SENTENCES
        ],
        "ngrams": [gram(text, count) for text, count in CHARACTERS.items()] + [gram("科学", 3)],
        "lexicon": [lexicon_row(w, n, PROBABILITIES[w], bits[w]) for w, n in WORDS.items()],
        "lexicon_decisions": [*(decision(word, True) for word in WORDS), decision("学名", False)],
        "tokens": [
            dict(zip(("doc_id", "sentence_no", "start", "word"), token, strict=True)) for token in TOKENS
        ],
        "words": [
            {
                "word": word,
                "length": len(word),
                "count": count,
                "documents": documents_of[word],
                "in_lexicon": True,
            }
            for word, count in WORDS.items()
        ],
        "entropy_ladder": [
            {
                "rung": rung,
                "step": step,
                "bits_per_char": bits,
                "chars": 13,
                "bound": bound,
                "note": "by hand",
            }
            for step, rung, bits, bound in ((1, "char_unigram", 2.7, False), (3, "lexicon", 1.1, True))
        ],
    }


def batch_of(table: str, of: list[dict]) -> pa.RecordBatch:
    """Rows as a batch with the declared schema of `table`."""
    return pa.RecordBatch.from_pylist(of, schema=TABLES[table].schema)


def views_of(tables: dict[str, list[dict]]) -> duckdb.DuckDBPyConnection:
    """A connection with one table for each of `tables`."""
    connection = duckdb.connect()
    for name, of in tables.items():
        # DuckDB finds the Arrow table by the name of this variable.
        arrow = pa.Table.from_batches([batch_of(name, of)])  # noqa: F841
        connection.execute(f"create table {name} as select * from arrow")
    return connection


def publish(home: Path, corpus: str, tables: dict[str, list[dict]], **state) -> dict[str, Dataset]:
    """Write `tables` as published runs of `corpus` below `home`, with the catalog."""
    store = Store(home)
    written = {
        name: store.corpus(corpus).write(name, "k1", {}, [batch_of(name, of)]) for name, of in tables.items()
    }
    keys = {name: ["k1"] for name in written if name not in RECORDS}
    settings = MineSettings().model_dump(mode="json")
    known = {"convention": TokenRules().as_state(), "settings": settings, **state}
    store.corpus(corpus).publish(keys, CorpusState.model_validate(known))
    publish_catalog(store)
    return written
