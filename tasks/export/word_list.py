"""Words alone, one a line: written, and read to leave out what is known."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from tasks.errors import InputError


def word_list(lexicon: pl.DataFrame) -> tuple[str, int]:
    """Return the words of a lexicon (column word) a line each, and how many it cannot hold."""
    held = lexicon.filter(~pl.col("word").str.contains(r"[\r\n]"))
    return "".join(f"{word}\n" for word in held["word"]), lexicon.height - held.height


def known_words(lines: Iterable[str]) -> frozenset[str]:
    """Return the first field of each line, so that dictionaries with frequencies serve as well.

    >>> sorted(known_words(["科学 12 n", "", "名著"]))
    ['名著', '科学']
    """
    return frozenset(fields[0] for line in lines if (fields := line.split()))


def load_known_words(path: Path) -> frozenset[str]:
    """Return the words that a UTF-8 file lists; InputError when it cannot be read."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read the words of {str(path)!r}: {reason}") from None
    return known_words(text.split("\n"))
