"""Mean and deviation of the variations of each length, over all its types: what autonomy standardises by.

The variation of branching entropy is what the last (first) character of a gram does to the entropy of the
character after (before) it; autonomy is the sum of both sides, standardised over the types of the length
(Magistry and Sagot 2012, nVBE). A gram that occurs once is not in the trie: it falls from its prefix's entropy
to 0, and there are as many as the prefix has characters after it that occur there once.

Variations and their squares are added in units of 2^-40, exact in any order.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit

from tasks.ngrams.neighbours import Neighbours
from tasks.ngrams.threads import ahead
from tasks.ngrams.trie import Trie

_UNIT = 2.0**40
_LIMB = 24
_MASK = (1 << _LIMB) - 1
_CHUNK = 1 << 19


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Mean and standard deviation of a length's variations."""

    left_mean: float
    left_deviation: float
    right_mean: float
    right_deviation: float


@njit(cache=True, nogil=True)
def variations(entropy, above, entropy_above, out):
    """Fill out Float64[n]: entropies less those of the grams at `above`, one character shorter."""
    for i in range(len(entropy)):
        out[i] = entropy[i] - entropy_above[np.uint32(above[i])]


@njit(cache=True, nogil=True, inline="always")
def _units(x):
    scaled = x * _UNIT
    whole = np.trunc(scaled)
    # Halves away from 0.
    return np.int64(whole + np.copysign(1.0, scaled) if abs(scaled - whole) >= 0.5 else whole)


@njit(cache=True, nogil=True, inline="always")
def _add(sums, row, value, times):
    # Two limbs: entropies are below ln 2^21, so squares below 2^48 units, and sums of products fit 64 bits.
    sums[row, 0] += np.int64(times) * (value & _MASK)
    sums[row, 1] += np.int64(times) * (value >> _LIMB)


@njit(cache=True, nogil=True)
def _sum(variation, entropy, singles, sums):
    for i in range(len(variation)):
        x = variation[i]
        _add(sums, 0, _units(x), 1)
        _add(sums, 1, _units(x * x), 1)
        if singles[i]:
            h = entropy[i]
            _add(sums, 2, -_units(h), singles[i])
            _add(sums, 3, _units(h * h), singles[i])


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
        sums = np.zeros((4, 2), dtype=np.int64)
        variations(side.entropy[chunk], side.above[chunk], side.entropy_above, variation)
        _sum(variation, side.entropy[chunk], side.singles[chunk], sums)
        result += [low + (high << _LIMB) for low, high in sums.tolist()]
    return result


def _mean_and_deviation(total: int, squares: int, types: int) -> tuple[float, float]:
    if types == 0:
        return 0.0, 0.0
    mean = total / types / _UNIT
    variance = squares / types / _UNIT - mean * mean
    return mean, math.sqrt(variance) if variance > 1e-12 else 0.0
