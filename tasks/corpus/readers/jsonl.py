"""JSON lines: one object, or one string, a line; one document each."""

import json
from collections.abc import Iterable, Iterator

from tasks.corpus.readers.documents import Document, documents
from tasks.corpus.readers.records import bounded_lines, holds_text, missing_text, named_text
from tasks.corpus.rejects import Reject, excerpt
from tasks.settings import IngestSettings


def read_jsonl(blocks: Iterable[str], settings: IngestSettings) -> Iterator[Document | Reject]:
    """Yield the text of every line, or why it has none; blank lines only count."""
    for record, line in enumerate(bounded_lines(blocks, settings.max_record_bytes), start=1):
        if not line.whole:
            detail = f"a record takes at most {settings.max_record_bytes} bytes"
            yield Reject(None, record, "record_too_long", detail, excerpt(line.text))
        elif line.text.strip():
            text = _text_of(line.text, record, settings.text_column)
            if isinstance(text, Reject):
                yield text
            else:
                yield from documents(text, record, line.offset, settings.max_document_chars, settings.width)


def _text_of(line: str, record: int, wanted: str | None) -> str | Reject:
    try:
        value = json.loads(line)
    except RecursionError:
        return Reject(None, record, "invalid_json", "values are nested too deep", excerpt(line))
    except ValueError as error:
        return Reject(None, record, "invalid_json", str(error)[:200], excerpt(line))
    if isinstance(value, dict):
        names = list(value)
        column = named_text(names, wanted)
        with_text = [i for i, name in enumerate(names) if holds_text(value[name])]
        if column is None and wanted is None and len(with_text) == 1:
            column = with_text[0]
        if column is None:
            detail = missing_text(names[:20], wanted)[:300]
            return Reject(None, record, "missing_text_column", detail, excerpt(line))
        value = value[names[column]]
    if isinstance(value, str):
        return value
    return Reject(None, record, "not_text", f"the text is a {type(value).__name__}", excerpt(line))
