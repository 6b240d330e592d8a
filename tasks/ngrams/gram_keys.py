"""Characters and n-grams of pieces as numbers: packed 21 bits a character, and their places in a sorted list.

A place is 0 for what lies beyond a piece's edge, 1 for what the list does not hold, and counts from 2 for what it does.
"""

from dataclasses import dataclass

import numpy as np

from tasks.ngrams.spans import Pieces

EDGE, UNKNOWN, FIRST = 0, 1, 2
_BITS = np.uint64(21)


@dataclass(frozen=True)
class GramVectors:
    """keys int64[grams], packed and sorted, so characters come first; values float16[grams, dimensions]."""

    keys: np.ndarray
    values: np.ndarray

    @classmethod
    def none(cls) -> "GramVectors":
        """Return vectors of nothing, which have no dimension."""
        return cls(np.zeros(0, np.int64), np.zeros((0, 0), np.float16))


def packed_grams(pieces: Pieces) -> tuple[np.ndarray, np.ndarray]:
    """Return bigrams int64[n + 1] ending at each character, 0 across an edge, and trigrams int64[n] around it."""
    n = len(pieces.codes)
    codes = np.zeros(n + 2, np.uint64)
    codes[1:-1] = pieces.codes
    left = codes[:-1] << _BITS | codes[1:]
    before = np.append(codes[:-2], np.uint64(0))[:n]
    after = codes[2:].copy()
    starts = pieces.offsets[:-1]
    left[starts], left[-1] = 0, 0
    before[starts] = 0
    after[pieces.offsets[1:] - 1] = 0
    around = (before << _BITS | codes[1:-1]) << _BITS | after
    return left.astype(np.int64), around.astype(np.int64)


def frequent(keys: np.ndarray, least: int) -> np.ndarray:
    """Return the keys [m] that occur `least` times or more, sorted, each once."""
    found, counts = np.unique(keys, return_counts=True)
    return found[counts >= least]


def numbers(known: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return the places int32[n] of keys in a sorted list; key 0 is an edge."""
    at = np.searchsorted(known, keys)
    hit = known[np.minimum(at, len(known) - 1)] == keys if len(known) else np.zeros(len(keys), np.bool_)
    return np.where(hit, at + FIRST, np.where(keys == 0, EDGE, UNKNOWN)).astype(np.int32)
