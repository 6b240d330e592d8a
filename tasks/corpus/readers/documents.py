"""Texts too long for one document, cut into parts.

A part ends at a line end, else after a sentence, else at white space, if there is one in the last eighth
of what it may hold. Where it ends depends on its own characters only, never on how the text arrived.
"""

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from tasks.corpus.normalise import ANSI, MAX_MARKS, Width, normalise

SENTENCE_ENDS = "。！？；｡!?;"
BLANKS = " \t\u3000"
ESCAPE_CHARS = 64


class Document(NamedTuple):
    """One document: where it starts in its member, its normalised text, and what was dropped or replaced."""

    record: int
    part: int
    offset: int
    text: str
    replaced: int


def cut_point(window: str, limit: int) -> int:
    """Return how many of the first `limit` characters the next part takes; `window` holds one more."""
    earliest = limit - limit // 8
    for ends in ("\n", SENTENCE_ENDS, BLANKS):
        found = max(window.rfind(end, earliest, limit) for end in ends)
        if found >= 0:
            return found + 1
    escape = window.rfind("\x1b", max(earliest, limit - ESCAPE_CHARS), limit)
    if escape > 0 and not ANSI.match(window, escape, limit):
        return escape
    for cut in range(limit, max(limit - MAX_MARKS, earliest, 1), -1):
        if not unicodedata.combining(window[cut]) and not "\udc80" <= window[cut] <= "\udcbf":
            return cut
    return limit


def pieces(text: str, limit: int) -> Iterator[tuple[int, str]]:
    """Yield the parts of `text`, none longer than `limit` characters, with where each starts."""
    start = 0
    while len(text) - start > limit:
        size = cut_point(text[start : start + limit + 1], limit)
        yield start, text[start : start + size]
        start += size
    yield start, text[start:]


def documents(
    text: str, record: int, offset: int, limit: int, width: Width, first_part: int = 0
) -> Iterator[Document]:
    """Yield the raw `text` of one record, at `offset` of its member, as normalised documents."""
    part = first_part
    for start, piece in pieces(text, limit):
        for inner, normal, replaced in _normalised(piece, limit, width):
            yield Document(record, part, offset + start + inner, normal, replaced)
            part += 1


def _normalised(piece: str, limit: int, width: Width) -> Iterator[tuple[int, str, int]]:
    """Yield a piece normalised: in smaller ones when NFC, which may lengthen a text, makes it too long."""
    normal, replaced = normalise(piece, width)
    if len(normal) <= limit or len(piece) < 2:
        yield 0, normal, replaced
        return
    for start, half in pieces(piece, (len(piece) + 1) // 2):
        for inner, text, count in _normalised(half, limit, width):
            yield start + inner, text, count
