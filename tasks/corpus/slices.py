"""Ranges of rows of Parquet files: what one worker reads, wherever it runs and sees the file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True)
class Slice:
    """Rows [first, end) of a file."""

    path: str
    first: int
    end: int


def row_group_slices(paths: Sequence[str]) -> list[Slice]:
    """Return every row group of the files, in order: row groups are bounded in rows and in bytes of text."""
    return [Slice(path, first, end) for path in paths for first, end in _row_groups(pq.read_metadata(path))]


def even_slices(paths: Sequence[str], rows: int) -> list[Slice]:
    """Return slices of `rows` rows, in order; only the last of each file is shorter."""
    sizes = ((path, pq.read_metadata(path).num_rows) for path in paths)
    return [
        Slice(path, first, min(first + rows, size)) for path, size in sizes for first in range(0, size, rows)
    ]


def read_slice(part: Slice, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a slice, a row group's at a time."""
    with pq.ParquetFile(part.path) as file:
        for group, (first, end) in enumerate(_row_groups(file.metadata)):
            begin, stop = max(first, part.first), min(end, part.end)
            if begin < stop:
                table = file.read_row_group(group, columns=list(columns))
                yield from table.slice(begin - first, stop - begin).to_batches()


def _row_groups(metadata: pq.FileMetaData) -> Iterator[tuple[int, int]]:
    first = 0
    for group in range(metadata.num_row_groups):
        end = first + metadata.row_group(group).num_rows
        yield first, end
        first = end
