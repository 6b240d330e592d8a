"""Running text as documents: a line, a paragraph or a whole member each.

Lines end as Unicode has it (LF, CRLF, CR, NEL, line and paragraph separator). Most blocks are normal
already and are split at once; only others are taken line by line. At most one document's worth of text
is held.
"""

from collections.abc import Iterable, Iterator

from tasks.corpus.normalise import LINE_END, is_normal
from tasks.corpus.readers.documents import Document, cut_point, documents
from tasks.settings import IngestSettings

_ENDS = ("\n", "\r", "\x85", "\u2028", "\u2029")


def read_text(blocks: Iterable[str], settings: IngestSettings) -> Iterator[Document]:
    """Yield the documents of a text that arrives in blocks; blank ones are among them."""
    lines = read_lines(blocks, settings)
    if settings.unit == "line":
        return lines
    return _joined(lines, settings.max_document_chars, settings.unit == "paragraph")


def read_lines(blocks: Iterable[str], settings: IngestSettings) -> Iterator[Document]:
    """Yield every line, blank ones too; an over-long one in parts."""
    limit, width = settings.max_document_chars, settings.width
    record, part, offset = 1, 0, 0
    carry = return_held = ""
    for text in _and_end(blocks):
        final = text is None
        buffer = carry + return_held + (text or "")
        return_held = "\r" if buffer.endswith("\r") and not final else ""
        buffer = buffer.removesuffix(return_held)
        whole = len(buffer) if final else 1 + max(buffer.rfind(end) for end in _ENDS)
        carry = buffer[whole:]
        for line, size, normal in _split(buffer[:whole], settings):
            if normal and len(line) <= limit:
                yield Document(record, part, offset, line, 0)
            else:
                yield from documents(line, record, offset, limit, width, part)
            record, part, offset = record + 1, 0, offset + size
        while len(carry) > limit:
            size = cut_point(carry[: limit + 1], limit)
            for document in documents(carry[:size], record, offset, limit, width, part):
                part = document.part + 1
                yield document
            offset += size
            carry = carry[size:]


def _and_end(blocks: Iterable[str]) -> Iterator[str | None]:
    yield from blocks
    yield None


def _split(text: str, settings: IngestSettings) -> Iterator[tuple[str, int, bool]]:
    """Yield each line without its end, its length with it, and whether it is normal as it stands."""
    if not text:
        return
    end_size = 1
    unified = text
    if "\r" in text and text.count("\r\n") == text.count("\n"):
        unified, end_size = text.replace("\r\n", "\n"), 2
    if is_normal(unified, settings.width):
        lines = unified.split("\n")
        last = lines.pop()
        for line in lines:
            yield line, len(line) + end_size, True
        if last:
            yield last, len(last), True
        return
    start = 0
    for end in LINE_END.finditer(text):
        yield text[start : end.start()], end.end() - start, False
        start = end.end()
    if start < len(text):
        yield text[start:], len(text) - start, False


def _joined(lines: Iterable[Document], limit: int, by_paragraph: bool) -> Iterator[Document]:
    """Yield lines joined up to an empty line (`by_paragraph`) or to the end, in parts of at most `limit`."""
    held: list[Document] = []
    size = part = 0
    record = 1
    for line in lines:
        if by_paragraph and line.part == 0 and not line.text.strip():
            if held:
                yield _join(held, record, part)
            held, size, part = [], 0, 0
            continue
        if held and size + 1 + len(line.text) > limit:
            yield _join(held, record, part)
            held, size, part = [], 0, part + 1
        if not held and part == 0:
            record = line.record if by_paragraph else 1
        held.append(line)
        size += len(line.text) + 1
    if held:
        yield _join(held, record, part)


def _join(lines: list[Document], record: int, part: int) -> Document:
    text = "".join("\n" * (line.part == 0 and i > 0) + line.text for i, line in enumerate(lines))
    return Document(record, part, lines[0].offset, text, sum(line.replaced for line in lines))
