"""Gold words from a file, in one of four formats; an error names the file and the line.

- `tagged`: a line a text, words separated by spaces, each with or without /tag
- `spaced`: the same, but a slash is a character like any other
- `conll`: a word a line, an empty line after each sentence; see gold_columns
- `bmes`: a character and its tag a line, an empty line after each sentence
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from tasks.errors import InputError
from tasks.evaluation.gold_columns import GoldLine, looks_like_columns, read_bmes, read_conll

GoldFormat = Literal["tagged", "spaced", "conll", "bmes"]

_LINES_LOOKED_AT = 200


def read_gold(lines: Iterable[str], name: str) -> Iterator[GoldLine]:
    """Yield the lines that hold words; InputError naming the line where a tag has no word.

    >>> list(read_gold(["科学/n 名著/n", "", "中外"], "gold"))
    [GoldLine(number=1, words=('科学', '名著')), GoldLine(number=3, words=('中外',))]
    """
    for number, line in enumerate(lines, 1):
        words = tuple(_word(piece, name, number) for piece in line.split())
        if words:
            yield GoldLine(number, words)


def load_gold(path: str, form: GoldFormat | None = None) -> list[GoldLine]:
    """Return the sentences of a gold file, its format recognised by its first lines unless given.

    InputError when the file cannot be read, holds no word, or breaks a rule of its format.
    """
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read gold {path!r}: {getattr(error, 'strerror', None) or error}") from None
    lines = [line.rstrip("\r") for line in text.split("\n")]
    form = form or detect_format(lines)
    if form == "spaced":
        found = [GoldLine(n, tuple(line.split())) for n, line in enumerate(lines, 1) if line.split()]
    else:
        found = list({"tagged": read_gold, "conll": read_conll, "bmes": read_bmes}[form](lines, path))
    if not found:
        raise InputError(f"gold must hold words; {path} has none")
    return found


def detect_format(lines: Sequence[str]) -> GoldFormat:
    """Return the format that the first lines of a file have.

    >>> [detect_format(lines) for lines in (["科 B", "学 E"], ["1\\t科学\\tNOUN", ""], ["科学/n 的/u"])]
    ['bmes', 'conll', 'tagged']
    """
    shown = [line for line in lines[:_LINES_LOOKED_AT] if line.strip()]
    return looks_like_columns(shown) or "tagged"


def _word(piece: str, name: str, number: int) -> str:
    word, slash, tag = piece.rpartition("/")
    if not slash or not tag.isascii() or not tag.isalnum():
        return piece
    if not word:
        raise InputError(f"{name}, line {number}: a tag must follow a word; got {piece!r}")
    return word
