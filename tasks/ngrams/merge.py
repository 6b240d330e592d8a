"""Add sorted shards up, row by row, in bounded memory; a shard of weight -1 is subtracted exactly.

Each file is one sorted run. A step takes from every run the rows up to the smallest of the last keys in
memory - nothing smaller can follow - merges them two by two and adds the counts of equal windows. Rows that
cancel vanish. More than `FAN_IN` runs are first merged in groups to `scratch`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numba import njit

from tasks.ngrams.rows import PARQUET_OPTIONS, SHARD_SCHEMA, Rows, from_batch, to_batch, words_for

FAN_IN = 64
ROW_GROUP = 1 << 17


@njit(cache=True, nogil=True)
def _compare(a, i, b, j):
    for w in range(a.shape[0]):
        if a[w, i] != b[w, j]:
            return -1 if a[w, i] < b[w, j] else 1
    return 0


@njit(cache=True, nogil=True)
def _rows_up_to(words, limit):
    first = 0
    last = words.shape[1]
    while first < last:
        middle = (first + last) >> 1
        if _compare(words, middle, limit, 0) <= 0:
            first = middle + 1
        else:
            last = middle
    return first


@njit(cache=True, nogil=True, inline="always")
def _copy(rows, i, out, size):
    for w in range(rows.words.shape[0]):
        out.words[w, size] = rows.words[w, i]
    out.count[size] = rows.count[i]
    out.starts[size] = rows.starts[i]


@njit(cache=True, nogil=True)
def _add(a, b, out):
    i = j = size = 0
    while i < len(a.count) or j < len(b.count):
        order = 1 if i == len(a.count) else -1 if j == len(b.count) else _compare(a.words, i, b.words, j)
        if order <= 0:
            _copy(a, i, out, size)
            i += 1
            if order == 0:
                out.count[size] += b.count[j]
                out.starts[size] += b.starts[j]
                j += 1
        else:
            _copy(b, j, out, size)
            j += 1
        if out.count[size] != 0 or out.starts[size] != 0:
            size += 1
    return size


def add_rows(a: Rows, b: Rows) -> Rows:
    """Merge two sorted blocks, adding the counts of equal windows and dropping sums of 0."""
    most = a.size + b.size
    words = np.empty((len(a.words), most), dtype=np.int64)
    out = Rows(words=words, count=np.empty(most, dtype=np.int64), starts=np.empty(most, dtype=np.int64))
    return out.part(0, _add(a, b, out))


class _Run:
    """One sorted file, row group by row group."""

    # ParquetFile.iter_batches keeps everything read until the end of the file; single row groups are freed.
    def __init__(self, path: str, weight: int, depth: int) -> None:
        self._weight = weight
        self._depth = depth
        self._columns = [f"k{w}" for w in range(words_for(depth))] + ["count", "starts"]
        self._file = pq.ParquetFile(path)
        self._groups = iter(range(self._file.metadata.num_row_groups))
        self.rows: Rows | None = None
        self.advance()

    def advance(self) -> None:
        """Load the next block; None after the last."""
        self.rows = None
        for group in self._groups:
            table = self._file.read_row_group(group, columns=self._columns, use_threads=False)
            if table.num_rows:
                self.rows = from_batch(table.combine_chunks().to_batches()[0], self._depth, self._weight)
                return
        self._file.close()

    def take(self, limit: np.ndarray) -> Rows | None:
        """Return the loaded rows up to the key `limit` and keep the others."""
        rows = self.rows
        if rows is None:
            return None
        size = _rows_up_to(rows.words, limit)
        if size == rows.size:
            self.advance()
            return rows
        self.rows = rows.part(size, rows.size)
        return rows.part(0, size) if size else None


def merge_runs(runs: Sequence[tuple[str, int]], depth: int) -> Iterator[Rows]:
    """Yield the sum of sorted files, each with its weight, in order; counts may be negative."""
    live = [run for run in (_Run(path, weight, depth) for path, weight in runs) if run.rows is not None]
    while live:
        if len(live) == 1 and live[0].rows is not None:
            yield live[0].rows
            live[0].advance()
        else:
            lasts = [run.rows.words[:, -1] for run in live if run.rows is not None]
            limit = min(lasts, key=lambda last: last.tolist()).reshape(-1, 1).copy()
            merged = _sum([part for run in live if (part := run.take(limit)) is not None])
            if merged.size:
                yield merged
        live = [run for run in live if run.rows is not None]


def _sum(blocks: list[Rows]) -> Rows:
    while len(blocks) > 1:
        paired = [add_rows(a, b) for a, b in zip(blocks[::2], blocks[1::2], strict=False)]
        blocks = paired + blocks[2 * len(paired) :]
    return blocks[0]


def merge_shards(
    shards: Sequence[tuple[Sequence[str], int]], depth: int, memory_bytes: int, scratch: str
) -> Iterator[Rows]:
    """Yield the sum of shards (files, weight) of windows of `depth`; ValueError when a count is negative."""
    runs = [(path, weight) for paths, weight in shards for path in paths]
    level = 0
    row_bytes = 8 * (words_for(depth) + 2)
    fan_in = max(8, min(FAN_IN, memory_bytes // (3 * row_bytes * ROW_GROUP)))
    while len(runs) > fan_in:
        groups = [runs[i : i + fan_in] for i in range(0, len(runs), fan_in)]
        runs = [
            (write_run(merge_runs(group, depth), depth, scratch, f"merge-{level}-{i}"), 1)
            for i, group in enumerate(groups)
        ]
        level += 1
    for rows in merge_runs(runs, depth):
        if bool((rows.count <= 0).any()) or bool((rows.starts < 0).any()):
            raise ValueError(f"the sum of shards must not be negative, got a count of {rows.count.min()}")
        yield rows


def write_run(blocks: Iterator[Rows], depth: int, scratch: str, name: str) -> str:
    """Write sorted rows to a Parquet file in `scratch` and return its path."""
    path = Path(scratch) / f"{name}.parquet"
    writer = None
    for rows in blocks:
        batch = to_batch(rows, depth)
        if writer is None:
            writer = pq.ParquetWriter(path, batch.schema, **PARQUET_OPTIONS)
        writer.write_batch(batch, row_group_size=ROW_GROUP)
    if writer is None:
        writer = pq.ParquetWriter(path, SHARD_SCHEMA, **PARQUET_OPTIONS)
    writer.close()
    return str(path)
