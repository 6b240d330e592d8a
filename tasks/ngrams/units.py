"""Units: order-preserving integers for short stretches of text, so that a long n-gram is few integers.

The unit of width u at position i is the rank of the u characters from i on among all such stretches of the
text, in code point order, padded with 0 past the edge of the context. Two n-grams compare like their lists
of units. Width 1 is the rank in the alphabet; width 2 comes from a bitmap over pairs of characters, without
sorting; wider units are the ranks of lists of narrower ones (Manber & Myers 1993, prefix doubling).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.engines.pages import zeros
from tasks.ngrams.rows import packed_characters
from tasks.ngrams.threads import cut, in_threads


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """What the ranks of one width spell: words as in rows.py, Int64[words, 1 + distinct]; rank 0 is padding."""

    width: int
    words: np.ndarray

    @property
    def bits(self) -> int:
        """Bits that hold every rank."""
        return max(1, int(self.words.shape[1] - 1).bit_length())


@dataclass(frozen=True, kw_only=True)
class Units:
    """Units of one width: the rank at every position, Int32[n], 0 at edges, and what each rank spells."""

    ranks: np.ndarray
    spelling: Spelling


class Alphabet(NamedTuple):
    """The characters of a text: `ranks` Int32[2^21] by code point, `tallies` Int64[stretches, 1 + characters].

    A tally is how often each rank occurs in one of the stretches that the threads share the text in.
    """

    ranks: np.ndarray
    tallies: np.ndarray
    spelling: Spelling


_CODES = 1 << 21


@njit(cache=True, nogil=True)
def _tally(codes, begin, end, tallies):
    most = np.uint32(0)
    for i in range(begin, end):
        code = np.uint32(codes[i])
        most = max(most, code)
        if code >= tallies.shape[1]:
            break
        # Two in turn: what counts a character again would wait until the count before it is written.
        tallies[i & 1, code] += 1
    return most


@njit(cache=True, nogil=True)
def _look_up(codes, table, begin, end, out):
    for i in range(begin, end):
        out[i] = table[np.uint32(codes[i])]


def alphabet_of(codes: np.ndarray, threads: int = 1) -> Alphabet:
    """Find and tally the characters of codes Int32[n], 0 at edges; ValueError beyond 21 bits."""
    ranges = cut(len(codes), threads)
    tallies = np.zeros((len(ranges), 2, _CODES), dtype=np.int32 if len(codes) < 1 << 31 else np.int64)
    most = max(in_threads(threads, _tally, [(codes, a, b, tallies[t]) for t, (a, b) in enumerate(ranges)]))
    if most >= _CODES:
        raise ValueError(f"code points must be from 0 to {_CODES - 1}, got {codes.min()} to {codes.max()}")
    # What lies beyond the last character that occurs is never touched, so it takes neither memory nor time.
    sums = tallies[:, :, : most + 1].sum(axis=1)
    letters = np.concatenate([[0], np.flatnonzero(sums[:, 1:].any(axis=0)) + 1])
    ranks = np.zeros(_CODES, dtype=np.int32)
    ranks[letters] = np.arange(len(letters), dtype=np.int32)
    spelling = Spelling(width=1, words=packed_characters(letters.reshape(-1, 1)))
    return Alphabet(ranks=ranks, tallies=sums[:, letters], spelling=spelling)


def characters(codes: np.ndarray, alphabet: Alphabet, threads: int = 1) -> Units:
    """Rank the single characters of codes Int32[n] that make up `alphabet`."""
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
