"""The vocabulary of a language model: special tokens, bytes, then words with ln p.

Identifiers are places in this order:

    0-3   <unk> <s> </s> <pad>
    4-    the special tokens asked for
    then  <0x00> ... <0xFF>, with byte fallback: how a character without a piece is spelled, in UTF-8
    then  every single character, and the words that still fit `size`, by falling probability

The words are those of a lexicon here, of a text in fitted. Probabilities are of the words and characters alone and
sum to 1. The two tools write a blank as U+2581 and spell bytes as above, so words that hold these signs are left out.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.errors import InputError

UNKNOWN, BEGIN, END, PAD = CONTROL = ("<unk>", "<s>", "</s>", "<pad>")
BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))
BLANK_SIGN = "\u2581"

_WHITE = re.compile(r"\s")


@dataclass(frozen=True)
class Vocabulary:
    """Pieces by kind, in order of identifier; `log_p` float64[words] belongs to `words`, left_out is a count."""

    special: tuple[str, ...]
    bytes: tuple[str, ...]
    words: tuple[str, ...]
    log_p: np.ndarray
    left_out: int

    def __len__(self) -> int:
        """Return the number of pieces of every kind."""
        return len(CONTROL) + len(self.special) + len(self.bytes) + len(self.words)


def build_vocabulary(
    lexicon: pl.DataFrame, *, size: int | None = None, special: Sequence[str] = (), byte_fallback: bool = True
) -> Vocabulary:
    """Return the vocabulary of a lexicon (columns word, probability, gain), with `size` pieces in all.

    Words of highest gain stay, the share of the others goes to all that stay, in proportion. A character that only
    occurs inside longer words gets the least probability of the lexicon. InputError when special tokens collide or
    `size` is too small, stating the least possible.
    """
    usable = lexicon.filter(can_be_written(lexicon["word"]))
    pieces = _with_characters(usable.select("word", "probability", "gain"))
    check_special(special, frozenset(pieces["word"]))
    single = pl.col("word").str.len_chars() == 1
    characters, words = pieces.filter(single), pieces.filter(~single)
    if size is not None:
        room = room_for_words(size, special, byte_fallback, characters.height)
        words = words.sort("gain", "probability", "word", descending=[True, True, False]).head(room)
    left_out = lexicon.height - usable.height
    return vocabulary_of(pl.concat([characters, words]), special, byte_fallback, left_out)


def vocabulary_of(
    pieces: pl.DataFrame, special: Sequence[str], byte_fallback: bool, left_out: int
) -> Vocabulary:
    """Return the vocabulary of pieces (word, probability), whose probabilities are scaled to sum to 1."""
    chosen = pieces.sort("probability", "word", descending=[True, False])
    probability = chosen["probability"].to_numpy()
    return Vocabulary(
        tuple(special),
        BYTES if byte_fallback else (),
        tuple(chosen["word"]),
        np.log(probability / probability.sum()),
        left_out,
    )


def can_be_written(words: pl.Series) -> pl.Series:
    """Return which words are no signs of the tools' own and hold none; Boolean[n]."""
    return ~words.is_in([*CONTROL, *BYTES]) & ~words.str.contains(rf"\s|{BLANK_SIGN}")


def room_for_words(size: int, special: Sequence[str], byte_fallback: bool, needed: int) -> int:
    """Return how many of `size` pieces are left besides the `needed` ones; InputError when these are too many."""
    fixed = len(CONTROL) + len(special) + (len(BYTES) if byte_fallback else 0) + needed
    if size < fixed:
        raise InputError(
            f"size must be at least {fixed}, which the special tokens, bytes, single characters and forced words "
            f"take; got {size}"
        )
    return size - fixed


def _with_characters(pieces: pl.DataFrame) -> pl.DataFrame:
    """Add the characters that only words hold; give whatever has no probability the least there is."""
    if pieces.is_empty():
        raise InputError("a vocabulary needs a lexicon with words in it; got none that can be written")
    least = pieces.filter(pl.col("probability") > 0)["probability"].min()
    characters = sorted({c for word in pieces["word"] for c in word} - set(pieces["word"]))
    added = pl.DataFrame(
        {"word": characters, "probability": 0.0, "gain": 0.0}, schema=dict(pieces.schema), strict=False
    )
    positive = pl.when(pl.col("probability") > 0).then("probability").otherwise(least or 1.0)
    return pl.concat([pieces, added]).with_columns(probability=positive)


def check_special(special: Sequence[str], words: Collection[str]) -> None:
    """InputError for a special token that cannot be one, comes twice or is among the words."""
    taken = {*CONTROL, *BYTES}
    for token in special:
        if not token or _WHITE.search(token) or BLANK_SIGN in token or not token.isprintable():
            raise InputError(
                f"a special token must be printable characters without white space; got {token!r}"
            )
        if token in taken:
            raise InputError(
                f"special tokens must be distinct, those there always are included; got {token!r}"
            )
        if token in words:
            raise InputError(f"a special token must not be a word of the lexicon; got {token!r}")
        taken.add(token)
