"""Parquet rows: one document a row, of one column only, a batch at a time.

The column is read in its dictionary form, so that a long value repeated a million times is held once.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.corpus.archives.streams import Watched
from tasks.corpus.archives.unpacking import Guard
from tasks.corpus.encoding.decode import undecodable
from tasks.corpus.readers.documents import Document, documents
from tasks.corpus.readers.records import missing_text, named_text
from tasks.corpus.rejects import Reject, RejectedError, excerpt
from tasks.settings import IngestSettings

BATCH_ROWS = 4096
BUFFER_BYTES = 1 << 20


def check_parquet(file: Watched, settings: IngestSettings) -> None:
    """Read the text of every row once; RejectedError when the file is damaged or a bomb, or holds no text."""
    guard = Guard(settings, taken=file.seek(0, 2))
    for values in _batches(file, settings):
        guard.give(sum(len(value) for value in values if value is not None), None)


def read_parquet(file: Watched, settings: IngestSettings) -> Iterator[Document | Reject]:
    """Yield the text of every row, or why it has none."""
    record = 0
    for values in _batches(file, settings):
        for value in values:
            record += 1
            text = _text_of(value, record, settings.max_record_bytes)
            if isinstance(text, Reject):
                yield text
            else:
                for document in documents(text, record, 0, settings.max_document_chars, settings.width):
                    yield document._replace(offset=record - 1)


def _text_of(value: bytes | None, record: int, max_bytes: int) -> str | Reject:
    if value is None:
        return Reject(None, record, "not_text", "the text is null")
    if len(value) > max_bytes:
        detail = f"a record takes at most {max_bytes} bytes, got {len(value)}"
        return Reject(None, record, "record_too_long", detail, excerpt(value))
    text = value.decode("utf-8", "surrogateescape")
    invalid = undecodable(text, "utf-8")
    if invalid:
        detail = f"Parquet text is UTF-8, got {invalid} bytes that are not"
        return Reject(None, record, "unknown_encoding", detail, excerpt(value))
    return text


def _batches(file: Watched, settings: IngestSettings) -> Iterator[list[bytes | None]]:
    """Yield the values of the text column, batch by batch; those that repeat are one object."""
    with _damage(file):
        name = _text_column(pq.ParquetFile(_source(file)).schema_arrow, settings.text_column)
        parquet = pq.ParquetFile(
            _source(file), read_dictionary=[name], buffer_size=BUFFER_BYTES, pre_buffer=False
        )
        _check_sizes(parquet.metadata, Guard(settings, taken=file.seek(0, 2)))
        batches = parquet.iter_batches(BATCH_ROWS, columns=[name], use_threads=False)
    while True:
        with _damage(file):
            batch = next(batches, None)
            values = None if batch is None else _values(batch.column(0))
        if values is None:
            return
        yield values


def _source(file: Watched) -> pa.PythonFile:
    file.seek(0)
    return pa.PythonFile(file, mode="r")


def _values(column: pa.Array) -> list[bytes | None]:
    if not pa.types.is_dictionary(column.type):
        return column.cast(pa.large_binary()).to_pylist()
    indices = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    used = np.unique(indices[indices >= 0])
    values = column.dictionary.take(pa.array(used)).cast(pa.large_binary()).to_pylist()
    known: dict[int, bytes | None] = dict(zip(used.tolist(), values, strict=True))
    return [known.get(index) for index in indices.tolist()]


def _text_column(schema: pa.Schema, wanted: str | None) -> str:
    with_text = [field.name for field in schema if _is_text(field.type)]
    column = named_text(schema.names, wanted)
    name = schema.names[column] if column is not None else None
    if name is None and wanted is None and len(with_text) == 1:
        name = with_text[0]
    if name is None:
        raise RejectedError("missing_text_column", missing_text(schema.names[:20], wanted))
    if name not in with_text:
        raise RejectedError("not_text", f"column {name!r} must hold strings, got {schema.field(name).type}")
    return name


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _check_sizes(metadata: pq.FileMetaData, guard: Guard) -> None:
    """Raise RejectedError when the file itself says that it is a bomb.

    Only figures of whole row groups are asked for: those of a column end the process when they are damaged.
    """
    for group in range(metadata.num_row_groups):
        guard.give(max(metadata.row_group(group).total_byte_size, 0), None)


@contextmanager
def _damage(file: Watched) -> Iterator[None]:
    """Turn what pyarrow raises over damaged data into a RejectedError; errors of the file itself stay."""
    try:
        yield
    except RejectedError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, MemoryError, OverflowError) as error:
        if file.failure is not None:
            raise file.failure from None
        raise RejectedError("broken_parquet", str(error) or type(error).__name__) from error
