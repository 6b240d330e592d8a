"""Units: order-preserving integers for short stretches of text, so that a long n-gram is few integers.

The unit of width u at position i is the rank of the u characters from i on among all such stretches of the
text, in code point order, padded with 0 past the edge of the context. Two n-grams compare like their lists
of units. Width 1 is the rank in the alphabet; width 2 comes from a bitmap over pairs of characters, without
sorting; wider units are the ranks of lists of narrower ones (Manber & Myers 1993, prefix doubling).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from tasks.ngrams.threads import cut, in_threads


@dataclass(frozen=True, kw_only=True)
class Units:
    """Units of one width: the rank at every position (0 at edges) and what each rank spells."""

    width: int
    ranks: np.ndarray
    """Int32[n]"""
    spelling: np.ndarray
    """Int32[1 + distinct, width] of code points; row 0 is all padding"""

    @property
    def bits(self) -> int:
        """Bits that hold every rank."""
        return max(1, int(len(self.spelling) - 1).bit_length())


_CODES = 1 << 21


@njit(cache=True, nogil=True)
def _tally(codes, begin, end, tally):
    for i in range(begin, end):
        code = codes[i]
        if code < 0 or code >= len(tally):
            return False
        tally[code] += 1
    return True


@njit(cache=True, nogil=True)
def _look_up(codes, table, begin, end, out):
    for i in range(begin, end):
        out[i] = table[codes[i]]


def histograms(codes: np.ndarray, threads: int = 1) -> np.ndarray:
    """Count the code points of each of `threads` stretches, Int64[stretches, 2^21]; ValueError beyond."""
    ranges = cut(len(codes), threads)
    tallies = np.zeros((len(ranges), _CODES), dtype=np.int64)
    fine = in_threads(threads, _tally, [(codes, a, b, tallies[t]) for t, (a, b) in enumerate(ranges)])
    if not all(fine):
        raise ValueError(f"code points must be from 0 to {_CODES - 1}, got {codes.min()} to {codes.max()}")
    return tallies


def alphabet_of(tallies: np.ndarray) -> np.ndarray:
    """Return the code points that occur, after 0, which always counts as one: Int32[1 + characters]."""
    found = np.flatnonzero(tallies[:, 1:].any(axis=0)) + 1
    return np.concatenate([[0], found]).astype(np.int32)


def characters(codes: np.ndarray, threads: int = 1) -> Units:
    """Rank single characters: codes Int32[n], 0 at edges; ValueError beyond 21 bits."""
    alphabet = alphabet_of(histograms(codes, threads))
    table = np.zeros(_CODES, dtype=np.int32)
    table[alphabet] = np.arange(len(alphabet), dtype=np.int32)
    ranks = np.empty(len(codes), dtype=np.int32)
    in_threads(threads, _look_up, [(codes, table, a, b, ranks) for a, b in cut(len(codes), threads)])
    return Units(width=1, ranks=ranks, spelling=alphabet.reshape(-1, 1))


@njit(cache=True, nogil=True)
def _mark_pairs(ranks, size, bitmap):
    for i in range(len(ranks) - 1):
        if ranks[i] != 0:
            pair = np.int64(ranks[i]) * size + ranks[i + 1]
            bitmap[pair >> 6] |= np.uint64(1) << np.uint64(pair & 63)


@njit(cache=True, nogil=True)
def _ones(word):
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@njit(cache=True, nogil=True)
def _ones_before(bitmap, before):
    total = 0
    for i in range(len(bitmap)):
        before[i] = total
        total += int(_ones(bitmap[i]))
    return total


@njit(cache=True, nogil=True)
def _rank_pairs(ranks, size, bitmap, before, out):
    for i in range(len(ranks) - 1):
        if ranks[i] == 0:
            out[i] = 0
        else:
            pair = np.int64(ranks[i]) * size + ranks[i + 1]
            below = bitmap[pair >> 6] & ((np.uint64(1) << np.uint64(pair & 63)) - np.uint64(1))
            out[i] = 1 + before[pair >> 6] + np.int64(_ones(below))
    out[-1] = 0


@njit(cache=True, nogil=True)
def _spell_pairs(bitmap, size, alphabet, spelling):
    row = 1
    for i in range(len(bitmap)):
        word = bitmap[i]
        pair = i * 64
        while word != 0:
            if word & np.uint64(1):
                spelling[row, 0] = alphabet[pair // size]
                spelling[row, 1] = alphabet[pair % size]
                row += 1
            word >>= np.uint64(1)
            pair += 1


def pairs(single: Units) -> Units:
    """Rank pairs of characters by a bitmap of alphabet squared bits."""
    size = len(single.spelling)
    bitmap = np.zeros((size * size >> 6) + 1, dtype=np.uint64)
    _mark_pairs(single.ranks, size, bitmap)
    before = np.empty(len(bitmap), dtype=np.int32)
    distinct = _ones_before(bitmap, before)
    ranks = np.empty(len(single.ranks), dtype=np.int32)
    _rank_pairs(single.ranks, size, bitmap, before, ranks)
    spelling = np.zeros((distinct + 1, 2), dtype=np.int32)
    _spell_pairs(bitmap, size, single.spelling[:, 0].copy(), spelling)
    return Units(width=2, ranks=ranks, spelling=spelling)
