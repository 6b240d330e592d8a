"""Count one batch of text into a shard, in bounded memory.

Text is collected until its windows would fill the memory, or until it is so long that pairs of characters would no
longer fit the sort keys and slower units would be needed. Then its windows are counted and written to `scratch` as a
sorted run. At the end the runs are merged. The shard does not depend on where one run ends and the next begins.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from tasks.engines.residence import room_below
from tasks.ngrams.alphabet import Alphabet
from tasks.ngrams.codes import Encoder
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
        for codes, alphabet, last in _pieces(batches, limit, threads):
            rows = count_windows(codes, depth, threads, alphabet)
            if last and not runs:
                yield from _batches(rows, depth)
                return
            runs.append(write_run(rows, depth, folder, f"run-{len(runs)}"))
        yield from _batches(merge_shards([(runs, 1)], depth, room, folder), depth)


def _batches(blocks: Iterable[Rows], depth: int) -> Iterator[pa.RecordBatch]:
    for rows in blocks:
        yield to_batch(rows, depth)


def _pieces(
    batches: Iterable[pa.RecordBatch], limit: int, threads: int
) -> Iterator[tuple[np.ndarray, Alphabet, bool]]:
    """Yield codes and alphabet of about `limit` characters at a time, and whether they are the last.

    Each is valid until the next is requested.
    """
    encoder = Encoder(limit)
    for batch in batches:
        for part in _parts(batch.column(batch.schema.get_field_index("text")), limit // _PARTS):
            if not encoder.fits(part):
                if len(encoder) > 1:
                    yield *encoder.finish(threads), False
                if not encoder.fits(part):
                    encoder = Encoder(part.nbytes)
            encoder.add(part)
    yield *encoder.finish(threads), True


def _parts(column: pa.Array, size: int) -> Iterator[pa.Array]:
    if len(column) > 1 and column.nbytes > size:
        half = len(column) // 2
        yield from _parts(column.slice(0, half), size)
        yield from _parts(column.slice(half), size)
    else:
        yield column
