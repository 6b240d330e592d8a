"""Comma- and tab-separated rows under a header row: one document a row."""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from tasks.corpus.readers.documents import Document, documents
from tasks.corpus.readers.records import (
    HEAD_CHARS,
    Line,
    bounded_lines,
    holds_text,
    missing_text,
    named_text,
    utf8_size,
)
from tasks.corpus.rejects import Reject, RejectedError, excerpt
from tasks.settings import IngestSettings

PEEK_ROWS = 100
PEEK_CHARS = 1 << 20

csv.field_size_limit(
    2**31 - 1
)  # process-wide, and below it the module fails on long texts; _Feed bounds records


class _TooLongError(Exception):
    """A record of more than max_record_bytes."""


class _Feed:
    """Gives the csv module its lines one by one; _TooLongError when those of one record are too long.

    The rest of such a record is skipped, but not further than it is too long: its quote may have no end.
    """

    def __init__(self, lines: Iterator[Line], max_bytes: int) -> None:
        self._lines = lines
        self._max_bytes = max_bytes
        self.head = Line(0, "", True)
        self.start_record()

    def start_record(self) -> None:
        self._size = 0
        self._quoted = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._next_line()
        if line is None:
            raise StopIteration
        if line.whole and self._size <= self._max_bytes:
            return line.text
        while line is not None and self._quoted and self._size <= 2 * self._max_bytes:
            line = self._next_line()
        raise _TooLongError

    def _next_line(self) -> Line | None:
        line = next(self._lines, None)
        if line is not None:
            if not self._size:
                self.head = line
            self._size += utf8_size(line.text)
            self._quoted ^= line.text.count('"') % 2 == 1
        return line


class _Row(NamedTuple):
    offset: int
    fields: list[str] | None
    head: str


def read_delimited(
    blocks: Iterable[str], settings: IngestSettings, delimiter: str
) -> Iterator[Document | Reject]:
    """Yield the text of every row, or why it has none; RejectedError when no column holds the text."""
    rows = _rows(bounded_lines(blocks, settings.max_record_bytes), settings.max_record_bytes, delimiter)
    header = next(rows, None)
    if header is None:
        return
    if header.fields is None:
        detail = f"a record takes at most {settings.max_record_bytes} bytes, the header more"
        raise RejectedError("record_too_long", detail, excerpt(header.head))
    peeked = _peek(rows)
    column = _text_column(header.fields, peeked, settings.text_column)
    for record, row in enumerate(chain(peeked, rows), start=1):
        if row.fields is None:
            detail = f"a record takes at most {settings.max_record_bytes} bytes"
            yield Reject(None, record, "record_too_long", detail, excerpt(row.head))
        elif len(row.fields) <= column:
            detail = f"the text is in column {column + 1}, the row has {len(row.fields)}"
            yield Reject(None, record, "missing_text_column", detail, excerpt(row.head))
        else:
            yield from documents(
                row.fields[column], record, row.offset, settings.max_document_chars, settings.width
            )


def _rows(lines: Iterator[Line], max_bytes: int, delimiter: str) -> Iterator[_Row]:
    """Yield the rows that are not empty; one that is too long has no fields."""
    feed = _Feed(lines, max_bytes)
    reader = csv.reader(feed, delimiter=delimiter)
    while True:
        feed.start_record()
        try:
            fields: list[str] | None = next(reader)
        except StopIteration:
            return
        except (_TooLongError, csv.Error):
            fields = None
        if fields != []:
            yield _Row(feed.head.offset, fields, feed.head.text[:HEAD_CHARS])


def _peek(rows: Iterator[_Row]) -> list[_Row]:
    """Take the first rows, few enough to be held."""
    peeked: list[_Row] = []
    size = 0
    while size < PEEK_CHARS and len(peeked) < PEEK_ROWS and (row := next(rows, None)) is not None:
        peeked.append(row)
        size += sum(map(len, row.fields or ()))
    return peeked


def _text_column(names: list[str], rows: list[_Row], wanted: str | None) -> int:
    column = named_text(names, wanted)
    if column is None and wanted is None:
        fields = [row.fields for row in rows if row.fields is not None]
        with_text = [
            i for i in range(len(names)) if any(holds_text(row[i]) for row in fields if i < len(row))
        ]
        column = 0 if len(names) == 1 else with_text[0] if len(with_text) == 1 else None
    if column is None:
        raise RejectedError("missing_text_column", missing_text(names, wanted), excerpt(",".join(names)))
    return column
