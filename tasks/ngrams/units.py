"""Units: order-preserving integers for short stretches of text, so that a long n-gram takes few integers.

The unit of width u at position i is the rank of the u characters from i on among all such stretches of the
text, in code point order, padded with 0 past the edge of the context. Two n-grams compare like their lists
of units. Width 1 is the rank in the alphabet; width 2 comes from a bitmap over pairs of characters, without
sorting; wider units are the ranks of lists of narrower ones (Manber & Myers 1993, prefix doubling).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from tasks.engines.pages import zeros
from tasks.engines.threads import cut, in_threads
from tasks.ngrams.alphabet import Alphabet, Spelling


@dataclass(frozen=True, kw_only=True)
class Units:
    """Units of one width: the rank at every position, Int32[n], 0 at edges, and the spelling of each rank."""

    ranks: np.ndarray
    spelling: Spelling


@njit(cache=True, nogil=True)
def _look_up(codes, table, begin, end, out):
    for i in range(begin, end):
        out[i] = table[np.uint32(codes[i])]


def characters(codes: np.ndarray, alphabet: Alphabet, threads: int = 1) -> Units:
    """Return the single characters of codes Integers[n] as units, by the ranks of their `alphabet`."""
    ranks = zeros(len(codes), np.int32)
    in_threads(threads, _look_up, [(codes, alphabet.ranks, a, b, ranks) for a, b in cut(len(codes), threads)])
    return Units(ranks=ranks, spelling=alphabet.spelling)


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
def _rank_pairs(ranks, size, bitmap, before, begin, end, out):
    for i in range(begin, end):
        if ranks[i] == 0:
            out[i] = 0
        else:
            pair = np.int64(ranks[i]) * size + ranks[i + 1]
            below = bitmap[pair >> 6] & ((np.uint64(1) << np.uint64(pair & 63)) - np.uint64(1))
            out[i] = 1 + before[pair >> 6] + np.int64(_ones(below))


@njit(cache=True, nogil=True)
def _spell_pairs(bitmap, size, letters, words):
    row = 1
    for i in range(len(bitmap)):
        word = bitmap[i]
        pair = i * 64
        while word != 0:
            if word & np.uint64(1):
                words[row] = letters[pair // size] | letters[pair % size] >> 21
                row += 1
            word >>= np.uint64(1)
            pair += 1


def pairs(single: Units, threads: int = 1) -> Units:
    """Rank pairs of characters by a bitmap of alphabet squared bits."""
    letters = single.spelling.words[0]
    size = len(letters)
    bitmap = np.zeros((size * size >> 6) + 1, dtype=np.uint64)
    _mark_pairs(single.ranks, size, bitmap)
    before = np.empty(len(bitmap), dtype=np.int32)
    words = np.zeros((1, _ones_before(bitmap, before) + 1), dtype=np.int64)
    _spell_pairs(bitmap, size, letters, words[0])
    ranks = zeros(len(single.ranks), np.int32)
    common = (single.ranks, size, bitmap, before)
    in_threads(threads, _rank_pairs, [(*common, a, b, ranks) for a, b in cut(len(ranks) - 1, threads)])
    return Units(ranks=ranks, spelling=Spelling(width=2, words=words))
