"""Count one batch of text into a shard, in bounded memory: Arrow in, Arrow out.

Text is taken until its windows would fill the memory, or until it is so long that its pairs of characters would
no longer fit the sort keys and dearer units were needed; then they are counted and the sorted run goes to
`scratch`. At the end the runs are merged. The shard does not depend on where the runs were cut.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from tasks.engines.pages import zeros
from tasks.engines.residence import room_below
from tasks.ngrams.codes import codes_of
from tasks.ngrams.count import count_windows
from tasks.ngrams.merge import merge_shards, write_run
from tasks.ngrams.rows import Rows, to_batch

_BYTES_PER_CHAR = 60
_BYTES_PER_CHAR_LONG = 130
_SHORT = 8
_MOST_CHARS = 1 << 26
# A piece ends before a part of the text that might not fit it, so parts are small beside it.
_PARTS = 16


def count_shard(
    batches: Iterable[pa.RecordBatch], max_order: int, memory_bytes: int, scratch: str, threads: int = 1
) -> Iterator[pa.RecordBatch]:
    """Yield the `ngram_shards` rows of the column `text`; ValueError unless max_order is 1..16."""
    if not 1 <= max_order <= 16:
        raise ValueError(f"max_order must be from 1 to 16, got {max_order}")
    depth = max_order + 1
    per_char = _BYTES_PER_CHAR if depth <= _SHORT else _BYTES_PER_CHAR_LONG
    room = room_below(memory_bytes)
    limit = max(1, min(room // per_char, _MOST_CHARS))
    Path(scratch).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=scratch, prefix="shard-") as folder:
        runs: list[str] = []
        for codes, last in _pieces(batches, limit):
            rows = count_windows(codes, depth, threads)
            if last and not runs:
                yield from _batches(rows, depth)
                return
            runs.append(write_run(rows, depth, folder, f"run-{len(runs)}"))
        yield from _batches(merge_shards([(runs, 1)], depth, room, folder), depth)


def _batches(blocks: Iterable[Rows], depth: int) -> Iterator[pa.RecordBatch]:
    for rows in blocks:
        yield to_batch(rows, depth)


def _pieces(batches: Iterable[pa.RecordBatch], limit: int) -> Iterator[tuple[np.ndarray, bool]]:
    """Yield the codes of about `limit` characters at a time, and whether they are the last.

    They are valid until the next are asked for.
    """
    codes = zeros(limit + 1, np.int32, filled=False)
    size = 1
    for batch in batches:
        for part in _parts(batch.column(batch.schema.get_field_index("text")), limit // _PARTS):
            if size > 1 and size + part.nbytes > len(codes):
                yield codes[:size], False
                size = 1
            if size + part.nbytes > len(codes):
                codes = zeros(part.nbytes + 1, np.int32, filled=False)
            # The edge that ends what is there begins what follows.
            size += len(codes_of(part, codes[size - 1 :])) - 1
    yield codes[:size], True


def _parts(column: pa.Array, size: int) -> Iterator[pa.Array]:
    if len(column) > 1 and column.nbytes > size:
        half = len(column) // 2
        yield from _parts(column.slice(0, half), size)
        yield from _parts(column.slice(half), size)
    else:
        yield column
