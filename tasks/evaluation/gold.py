"""Gold words from a file: a line a text, words parted by blanks, each with or without /tag.

Gold is only ever compared with; nothing learns from it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import InputError


@dataclass(frozen=True)
class GoldLine:
    """The words of one line and the number of the line, from 1."""

    number: int
    words: tuple[str, ...]


def read_gold(lines: Iterable[str], name: str) -> Iterator[GoldLine]:
    """Yield the lines that hold words; InputError naming the line where a tag has no word.

    >>> list(read_gold(["科学/n 名著/n", "", "中外"], "gold"))
    [GoldLine(number=1, words=('科学', '名著')), GoldLine(number=3, words=('中外',))]
    """
    for number, line in enumerate(lines, 1):
        words = tuple(_word(piece, name, number) for piece in line.split())
        if words:
            yield GoldLine(number, words)


def load_gold(path: str) -> list[GoldLine]:
    """Return the lines of a gold file that hold words; InputError when it cannot be read."""
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read gold {path!r}: {getattr(error, 'strerror', None) or error}") from None
    return list(read_gold(text.split("\n"), path))


def _word(piece: str, name: str, number: int) -> str:
    word, slash, tag = piece.rpartition("/")
    if not slash or not tag.isascii() or not tag.isalnum():
        return piece
    if not word:
        raise InputError(f"{name}, line {number}: a tag must follow a word; got {piece!r}")
    return word
