"""Text as the segmenter reads it, the same in training and in use: pieces of visible characters, width folded.

A piece ends at white space, after a sentence's end (。！？；…) and after MAX_PIECE characters; no word crosses its
edge. Full-width forms of ASCII are read as their half-width ones, so １９９８ and 1998 are one; every character of
the text stays one character, and offsets are those of the text as it came.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from tasks.corpus.normalise import half_width
from tasks.text.characters import CODE_POINTS, Characters
from tasks.text.token_rules import SPACE, class_table

MAX_PIECE = 1024
_ENDS = "。！？；…!?;"


@dataclass(frozen=True)
class Pieces:
    """codes uint32[n], folded; offsets int64[pieces + 1]; source int64[n], each character's place in the text."""

    codes: np.ndarray
    offsets: np.ndarray
    source: np.ndarray


@cache
def _folded() -> np.ndarray:
    table = np.arange(CODE_POINTS, dtype=np.uint32)
    for full, half in half_width().items():
        table[full] = half
    return table


@cache
def _ends() -> np.ndarray:
    table = np.zeros(CODE_POINTS, np.bool_)
    table[[ord(c) for c in _ENDS]] = True
    return table


def fold(codes: np.ndarray) -> np.ndarray:
    """Return code points uint32[n] with full-width ASCII forms as half-width ones."""
    return _folded()[codes]


def pieces_of(text: Characters) -> Pieces:
    """Cut sentences into pieces."""
    source = np.flatnonzero(class_table()[text.codes] != SPACE)
    codes = fold(text.codes[source])
    row = np.searchsorted(text.offsets, source, "right")
    ends = _ends()[codes]
    starts = np.ones(len(source), np.bool_)
    starts[1:] = (np.diff(source) > 1) | (np.diff(row) > 0) | (ends[:-1] & ~ends[1:])
    begin = np.flatnonzero(starts)
    within = np.arange(len(source)) - np.repeat(begin, np.diff(np.append(begin, len(source))))
    starts |= within % MAX_PIECE == 0
    return Pieces(codes, np.append(np.flatnonzero(starts), len(source)), source)
