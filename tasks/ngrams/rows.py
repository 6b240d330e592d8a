"""Windows in memory and in a shard: words of 63 bits, three code points each, the first highest.

Words are signed, ordered like the text and need no alphabet, so shards of any batches add up as they are
and any engine that sums a count by integer keys can merge them.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tasks.store.parts import GROUP_ROWS
from tasks.tables import TABLES

CHARS_PER_WORD = 3
SHARD_SCHEMA = TABLES["ngram_shards"].schema
MAX_WORDS = sum(name.startswith("k") for name in SHARD_SCHEMA.names)
MAX_DEPTH = 17
# Sorted keys have small differences; compressing the three characters after them costs more than it saves.
PARQUET_OPTIONS: dict[str, Any] = {
    "compression": {name: "none" if name in ("k0", "k1") else "lz4" for name in SHARD_SCHEMA.names},
    "column_encoding": {"k0": "DELTA_BINARY_PACKED"},
    "use_dictionary": False,
    "write_statistics": False,
    "write_batch_size": 1 << 17,
}


class Rows(NamedTuple):
    """Distinct windows in order: words Int64[words, n], occurrences and context starts Int64[n]."""

    words: np.ndarray
    count: np.ndarray  # type: ignore[assignment]  # as the column is called; hides tuple.count
    starts: np.ndarray

    @property
    def size(self) -> int:
        """The number of windows."""
        return len(self.count)

    def part(self, begin: int, end: int) -> "Rows":
        """Return the windows begin..end, without copying them."""
        return Rows(
            words=self.words[:, begin:end], count=self.count[begin:end], starts=self.starts[begin:end]
        )


def words_for(depth: int) -> int:
    """Return how many words hold `depth` characters; ValueError beyond 17."""
    if not 1 <= depth <= MAX_DEPTH:
        raise ValueError(f"depth must be from 1 to {MAX_DEPTH}, got {depth}")
    return -(-depth // CHARS_PER_WORD)


def packed_characters(characters: np.ndarray) -> np.ndarray:
    """Return the words Int64[words, n] of integers [n, depth] of code points, 0 past the end."""
    rows, depth = characters.shape
    words = np.zeros((words_for(depth), rows), dtype=np.int64)
    for t in range(depth):
        words[t // CHARS_PER_WORD] |= characters[:, t].astype(np.int64) << 42 - 21 * (t % CHARS_PER_WORD)
    return words


def _zeros(size: int) -> pa.Array:
    return pa.array(np.zeros(size, dtype=np.int64))


@cache
def _unused() -> pa.Array:
    return _zeros(GROUP_ROWS)


def to_batch(rows: Rows, depth: int) -> pa.RecordBatch:
    """Return windows as a batch of a shard; words beyond `depth` are 0."""
    unused = _unused().slice(0, rows.size) if rows.size <= GROUP_ROWS else _zeros(rows.size)
    used = words_for(depth)
    words = [pa.array(rows.words[w]) if w < used else unused for w in range(MAX_WORDS)]
    return pa.RecordBatch.from_arrays(
        [*words, pa.array(rows.count), pa.array(rows.starts)], schema=SHARD_SCHEMA
    )


def from_batch(batch: pa.RecordBatch, depth: int, weight: int = 1) -> Rows:
    """Return the windows of a shard's batch, counts times `weight`."""
    words = np.stack([batch.column(f"k{w}").to_numpy() for w in range(words_for(depth))])
    count = batch.column("count").to_numpy()
    starts = batch.column("starts").to_numpy()
    if weight != 1:
        count, starts = count * weight, starts * weight
    return Rows(words=words, count=count, starts=starts)
