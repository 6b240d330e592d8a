"""Parquet files whose bytes depend on their rows alone, not on how the rows arrived.

Row groups end at a fixed number of rows or of text bytes, whichever comes first, wherever the batches they
came in begin and end. That keeps memory bounded and equal input equal on disk.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.tables import TABLES

if TYPE_CHECKING:
    import polars as pl

    Frame: TypeAlias = pa.Table | pa.RecordBatch | pl.DataFrame
    Rows: TypeAlias = Frame | list[dict[str, Any]] | Iterable[Frame]

GROUP_ROWS = 131_072
GROUP_BYTES = 32 << 20


@dataclass(frozen=True)
class TableWriter:
    """Writes rows of declared tables as Parquet parts into their staging folders; processes may share it."""

    folders: Mapping[str, Path]

    def __call__(self, table: str, rows: "Rows", **options: Any) -> None:
        """Write `rows` as the only part of `table`: Arrow, Polars or a list of dicts, or an iterable of frames.

        `options` are those of `PartWriter`.
        """
        with self.part(table, **options) as writer:
            for batch in _batches(rows, TABLES[table].schema):
                writer.write(batch)

    def part(self, table: str, number: int = 0, **options: Any) -> "PartWriter":
        """Open part `number` of `table`."""
        path = self.folders[table] / f"part-{number:05d}.parquet"
        return PartWriter(path, TABLES[table].schema, **options)


def _batches(rows: Any, schema: pa.Schema) -> Iterator[pa.Table | pa.RecordBatch]:
    if isinstance(rows, pa.Table | pa.RecordBatch):
        yield rows
    elif isinstance(rows, list) and isinstance(rows[0] if rows else {}, dict):
        yield pa.RecordBatch.from_pylist(rows, schema=schema)
    elif hasattr(rows, "to_arrow"):  # a Polars frame, of which not everything that writes needs to know
        yield rows.select(schema.names).to_arrow()
    else:
        for batch in rows:
            yield from _batches(batch, schema)


class PartWriter:
    """Write batches of one schema to one Parquet file; a context manager."""

    def __init__(self, path: Path, schema: pa.Schema, **options: Any):
        """Open the file; `options` of pyarrow's ParquetWriter replace zstd and dictionaries."""
        self.rows = 0
        self._schema = schema
        self._writer = pq.ParquetWriter(
            path, schema, **{"compression": "zstd", "use_dictionary": True, **options}
        )
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = 0
        self._pending_bytes = 0

    def write(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Append rows; ValueError when they do not fit the schema."""
        pieces = batch.to_batches() if isinstance(batch, pa.Table) else [batch]
        for piece in pieces:
            if piece.num_rows == 0:
                continue
            piece = piece.cast(self._schema)
            self.rows += piece.num_rows
            size = _all_text_bytes(piece)
            if not self._pending and piece.num_rows == GROUP_ROWS and size < GROUP_BYTES:
                self._write_group(pa.Table.from_batches([piece]))
                continue
            self._pending.append(piece)
            self._pending_rows += piece.num_rows
            self._pending_bytes += size
            if self._pending_rows >= GROUP_ROWS or self._pending_bytes >= GROUP_BYTES:
                self._write_full_groups()

    def close(self) -> None:
        """Write what is left and close the file."""
        if self._pending_rows:
            self._write_group(pa.Table.from_batches(self._pending, self._schema))
        self._pending, self._pending_rows, self._pending_bytes = [], 0, 0
        self._writer.close()

    def _write_full_groups(self) -> None:
        table = pa.Table.from_batches(self._pending, self._schema)
        sizes = np.concatenate([_text_bytes(batch) for batch in table.to_batches()])
        start, edges = 0, np.cumsum(sizes)
        while start < table.num_rows:
            before = edges[start - 1] if start else 0
            by_bytes = int(np.searchsorted(edges, before + GROUP_BYTES)) + 1
            end = min(by_bytes, start + GROUP_ROWS)
            if end > table.num_rows:
                break
            self._write_group(table.slice(start, end - start))
            start = end
        rest = table.slice(start).combine_chunks()
        self._pending = rest.to_batches()
        self._pending_rows = rest.num_rows
        self._pending_bytes = int(edges[-1] - (edges[start - 1] if start else 0))

    def _write_group(self, table: pa.Table) -> None:
        self._writer.write_table(table.combine_chunks(), row_group_size=max(table.num_rows, 1))

    def __enter__(self) -> "PartWriter":
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; after an error, without what was still to be written."""
        if kind is None:
            self.close()
        else:
            self._writer.close()


def _all_text_bytes(batch: pa.RecordBatch) -> int:
    texts = [column for column in batch.columns if pa.types.is_string(column.type)]
    return sum(pc.sum(pc.binary_length(column)).as_py() or 0 for column in texts)


def _text_bytes(batch: pa.RecordBatch) -> np.ndarray:
    sizes = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        if pa.types.is_string(column.type):
            sizes += pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    return sizes
