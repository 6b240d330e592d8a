"""A seeded sample of sentences, the same whatever order they come in.

A sentence is drawn when the hash of its key and the seed falls below budget / total, so a corpus of any size is
sampled in one pass, and the sample holds about `budget` characters.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.text.characters import utf8_bytes

Reader = Callable[[Sequence[str]], Iterable[pa.RecordBatch]]
"""Reads some columns of the sentences of a corpus."""


def draw_sentences(read: Reader, schema: pa.Schema, budget: int, seed: int) -> pa.Table:
    """Return the columns of `schema` of about `budget` characters of sentences, in the order of their keys."""
    total = sum(pc.sum(batch["chars"]).as_py() or 0 for batch in read(["chars"]))
    return in_key_order(sample_sentences(read(schema.names), total, budget, seed), schema)


def sample_sentences(
    batches: Iterable[pa.RecordBatch], total: int, budget: int, seed: int
) -> Iterator[pa.RecordBatch]:
    """Yield the drawn rows of batches (doc_id, sentence_no, ...) of `total` characters; ValueError below 1."""
    if budget < 1:
        raise ValueError(f"budget must be at least 1 character, got {budget}")
    share = min(1.0, budget / max(total, 1))
    for batch in batches:
        if share < 1:
            drawn = unit_hash(batch["doc_id"].to_numpy(), batch["sentence_no"].to_numpy(), seed) < share
            batch = batch.filter(pa.array(drawn))
        if batch.num_rows:
            yield batch


def in_key_order(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """Return the rows of batches in the order of (doc_id, sentence_no)."""
    table = pa.Table.from_batches(list(batches), schema)
    return table.sort_by([("doc_id", "ascending"), ("sentence_no", "ascending")])


def running_text(sentences: pa.Table) -> pa.StringArray:
    """Return the text of sentences (doc_id, start, text) in the order of their keys, those that touch as one string."""
    text = pa.concat_arrays(sentences["text"].chunks or [pa.array([], pa.string())])
    document, start = sentences["doc_id"].to_numpy(), sentences["start"].to_numpy()
    end = start + pc.utf8_length(text).to_numpy()
    begins = np.ones(len(text) + 1, np.bool_)
    begins[1:-1] = (document[1:] != document[:-1]) | (start[1:] != end[:-1])
    data, offsets = utf8_bytes(text)
    bounds = offsets[begins].astype(np.int32)
    return pa.Array.from_buffers(
        pa.string(), len(bounds) - 1, [None, pa.py_buffer(bounds), pa.py_buffer(data)]
    )


def unit_hash(doc_id: np.ndarray, number: np.ndarray, seed: int) -> np.ndarray:
    """Return float64[n] in [0, 1): a finaliser of splitmix64 over a key int64[n], a number int64[n] and the seed."""
    with np.errstate(over="ignore"):
        mixed = doc_id.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15) * (
            number.astype(np.uint64) + np.uint64(seed + 1)
        )
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
