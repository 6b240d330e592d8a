"""Mean and standard deviation of the variations of each length over all its types, which standardise autonomy.

The variation of branching entropy is the change that the last (first) character of a gram makes to the entropy of
the character after (before) it; autonomy is the sum of both sides, standardised over the types of the length
(Magistry and Sagot 2012, nVBE). A gram that occurs once is not in the trie: its entropy is 0, so its variation is
minus the entropy of its prefix, and a prefix has as many of them as characters that occur once after it.

Variations and their squares are added in units of 2^-40, exact in any order.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit

from tasks.engines.threads import ahead
from tasks.ngrams.neighbours import Neighbours
from tasks.ngrams.trie import Trie

_UNIT = 2.0**40
_LIMB = 24
_MASK = (1 << _LIMB) - 1
_CHUNK = 1 << 19


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Mean and standard deviation of the variations of one length, left and right."""

    left_mean: float
    left_deviation: float
    right_mean: float
    right_deviation: float


@njit(cache=True, nogil=True)
def variations(entropy, above, entropy_above, out):
    """Fill out Float64[n] with entropies minus those of the grams at `above`, one character shorter."""
    for i in range(len(entropy)):
        out[i] = entropy[i] - entropy_above[np.uint32(above[i])]


@njit(cache=True, nogil=True, inline="always")
def _units(x):
    scaled = x * _UNIT
    whole = np.trunc(scaled)
    # Halves away from 0.
    return np.int64(whole + np.copysign(1.0, scaled) if abs(scaled - whole) >= 0.5 else whole)


@njit(cache=True, nogil=True)
def _sums(variation):
    """Return the sums of variations and of their squares, in two limbs each."""
    # Two limbs: entropies are below ln 2^21, so squares below 2^48 units, and the sums fit 64 bits.
    low = high = low_square = high_square = np.int64(0)
    for i in range(len(variation)):
        value = _units(variation[i])
        square = _units(variation[i] * variation[i])
        low += value & _MASK
        high += value >> _LIMB
        low_square += square & _MASK
        high_square += square >> _LIMB
    return low, high, low_square, high_square


@njit(cache=True, nogil=True)
def _sums_of_singles(entropy, singles):
    """Return the same sums over grams that occur once, whose variations are -`entropy`."""
    low = high = low_square = high_square = np.int64(0)
    for i in range(len(entropy)):
        value = _units(-entropy[i])
        square = _units(entropy[i] * entropy[i])
        times = np.int64(singles[i])
        low += times * (value & _MASK)
        high += times * (value >> _LIMB)
        low_square += times * (square & _MASK)
        high_square += times * (square >> _LIMB)
    return low, high, low_square, high_square


def moments(trie: Trie, neighbours: Neighbours, orders: int, threads: int) -> Iterator[Moments]:
    """Yield the moments of orders 1..`orders`."""
    start = neighbours.total_entropy
    singles = int(trie.types[0]) - trie.size(1)
    left = right = (-singles * round(start * _UNIT), singles * round(start * start * _UNIT))
    for order in range(1, orders + 1):
        types = int(trie.types[order - 1])
        parts = [(trie, neighbours, order, a) for a in range(0, trie.size(order), _CHUNK)]
        sums = [0] * 8
        for part in ahead(threads, _chunk_sums, parts):
            sums = [a + b for a, b in zip(sums, part, strict=True)]
        left_mean, left_deviation = _mean_and_deviation(left[0] + sums[0], left[1] + sums[1], types)
        right_mean, right_deviation = _mean_and_deviation(right[0] + sums[4], right[1] + sums[5], types)
        yield Moments(
            left_mean=left_mean,
            left_deviation=left_deviation,
            right_mean=right_mean,
            right_deviation=right_deviation,
        )
        left, right = (sums[2], sums[3]), (sums[6], sums[7])


def _chunk_sums(trie: Trie, neighbours: Neighbours, order: int, begin: int) -> list[int]:
    """Return the four sums of each side, left first."""
    here = trie.level(order)
    chunk = slice(here.start + begin, min(here.start + begin + _CHUNK, here.stop))
    variation = np.empty(chunk.stop - chunk.start)
    result = []
    for side in neighbours.sides(trie, order):
        variations(side.entropy[chunk], side.above[chunk], side.entropy_above, variation)
        limbs = _sums(variation) + _sums_of_singles(side.entropy[chunk], side.singles[chunk])
        result += [low + (high << _LIMB) for low, high in zip(limbs[::2], limbs[1::2], strict=True)]
    return result


def _mean_and_deviation(total: int, squares: int, types: int) -> tuple[float, float]:
    if types == 0:
        return 0.0, 0.0
    mean = total / types / _UNIT
    variance = squares / types / _UNIT - mean * mean
    return mean, math.sqrt(variance) if variance > 1e-12 else 0.0
