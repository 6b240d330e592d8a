"""The vocabulary of a language model: special tokens, bytes, then the words of a lexicon with ln p.

Identifiers are places in this order:

    0-3   <unk> <s> </s> <pad>
    4-    the special tokens asked for
    then  <0x00> ... <0xFF>, with byte fallback: how a character without a piece is spelled, in UTF-8
    then  every single character, and the words of highest gain that still fit `size`, by falling probability

Probabilities are of the words and characters alone and sum to 1; a cut word's share goes to all that stay, in
proportion. A character that only occurs inside longer words gets the least probability of the lexicon. The
two tools write a blank as U+2581 and spell bytes as above, so words that hold these signs are left out.
"""

import re
from collections.abc import Sequence
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

    InputError when special tokens collide or `size` is too small, stating the least possible.
    """
    usable = ~pl.col("word").is_in([*CONTROL, *BYTES]) & ~pl.col("word").str.contains(rf"\s|{BLANK_SIGN}")
    pieces = _with_characters(lexicon.filter(usable).select("word", "probability", "gain"))
    _check_special(special, frozenset(pieces["word"]))
    single = pl.col("word").str.len_chars() == 1
    characters, words = pieces.filter(single), pieces.filter(~single)
    fixed = len(CONTROL) + len(special) + (len(BYTES) if byte_fallback else 0) + characters.height
    if size is not None:
        if size < fixed:
            raise InputError(
                f"size must be at least {fixed}, which the special tokens, bytes and single characters take; "
                f"got {size}"
            )
        words = words.sort("gain", "probability", "word", descending=[True, True, False]).head(size - fixed)
    chosen = pl.concat([characters, words]).sort("probability", "word", descending=[True, False])
    probability = chosen["probability"].to_numpy()
    return Vocabulary(
        tuple(special),
        BYTES if byte_fallback else (),
        tuple(chosen["word"]),
        np.log(probability / probability.sum()),
        lexicon.height - lexicon.filter(usable).height,
    )


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


def _check_special(special: Sequence[str], words: frozenset[str]) -> None:
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
