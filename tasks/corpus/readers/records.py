"""What csv, tsv, jsonl and Parquet share: lines of bounded length, and which column holds the text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

TEXT_NAMES = ("text", "content", "body")
HEAD_CHARS = 200
_LINE = re.compile("[^\r\n]*+(?:\r\n?|\n)")


class Line(NamedTuple):
    """One line with its end; of one that is too long (`whole` false) only the first characters."""

    offset: int
    text: str
    whole: bool


def utf8_size(text: str) -> int:
    """Return how many bytes `text` takes in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def bounded_lines(blocks: Iterable[str], max_bytes: int) -> Iterator[Line]:
    """Yield the lines, ended by LF, CRLF or CR, holding at most about `max_bytes` of one."""
    offset = dropped = size = 0
    parts: list[str] = []
    held = ""
    for block in blocks:
        block = held + block
        held = "\r" if block.endswith("\r") else ""
        block = block.removesuffix(held)
        ends = 1 + max(block.rfind("\n"), block.rfind("\r"))
        if ends:
            parts.append(block[:ends])
            for text in _LINE.findall("".join(parts)):
                yield _line(offset, text, dropped, max_bytes)
                offset += len(text) + dropped
                dropped = 0
            parts, size = [], 0
        parts.append(block[ends:])
        size += utf8_size(parts[-1])
        if size > max_bytes:
            text = "".join(parts)
            parts = [text[:HEAD_CHARS]]
            dropped += len(text) - len(parts[0])
    text = "".join(parts) + held
    if text:
        yield _line(offset, text, dropped, max_bytes)


def _line(offset: int, text: str, dropped: int, max_bytes: int) -> Line:
    too_long = dropped > 0 or (4 * len(text) > max_bytes and utf8_size(text.rstrip("\r\n")) > max_bytes)
    return Line(offset, text[:HEAD_CHARS] if too_long else text, not too_long)


def holds_text(value: object) -> bool:
    """Tell whether a value is text rather than a number, a date or nothing: it has a letter."""
    return isinstance(value, str) and any(c.isalpha() for c in value[:1000])


def named_text(names: Sequence[str], wanted: str | None) -> int | None:
    """Return the position of the column that is called as wanted or, when nothing is, as text columns are."""
    if wanted is not None:
        return names.index(wanted) if wanted in names else None
    folded = [name.strip("\ufeff \t").casefold() for name in names]
    return next((folded.index(name) for name in TEXT_NAMES if name in folded), None)


def missing_text(names: Iterable[str], wanted: str | None) -> str:
    """Say which column was looked for and which there are."""
    looked_for = repr(wanted) if wanted is not None else f"{', '.join(TEXT_NAMES)} or a single one with text"
    return f"the text column is {looked_for}, got {', '.join(map(repr, names)) or 'no names'}"
