"""Units of any width from narrower ones: the ranks of windows among themselves (Manber & Myers 1993)."""

import numpy as np
from numba import njit

from tasks.ngrams.alphabet import Spelling
from tasks.ngrams.layout import Layout
from tasks.ngrams.sorting import left_after, sort_windows, window, window_arguments
from tasks.ngrams.spelling import spell
from tasks.ngrams.threads import cut, in_threads
from tasks.ngrams.units import Units


@njit(cache=True, nogil=True)
def _distinct(keys, bounds, out, out_bounds):
    size = 0
    for bucket in range(len(bounds) - 1):
        out_bounds[bucket] = size
        for i in range(bounds[bucket], bounds[bucket + 1]):
            if i == bounds[bucket] or keys[i] != keys[i - 1]:
                out[size] = keys[i]
                size += 1
    out_bounds[-1] = size
    return size


@njit(cache=True, nogil=True)
def _rank(
    wide, bits, width, units, singles, single_bits, tail, flag, depth, shift, begin, end, bounds, distinct, out
):  # fmt: skip
    wide_bits = np.uint64(bits)
    tail_bits = np.uint64(single_bits)
    flag_bits = np.uint64(flag)
    left = left_after(singles, end, depth)
    for i in range(end - 1, begin - 1, -1):
        if singles[i] == 0:
            left = 0
            out[i] = 0
            continue
        left = min(left + 1, depth)
        key = window(i, left, wide, wide_bits, width, units, singles, tail_bits, tail, flag_bits, depth)
        bucket = wide[i] >> shift
        first = bounds[bucket]
        last = bounds[bucket + 1]
        while first < last:
            middle = (first + last) >> 1
            if distinct[middle] < key:
                first = middle + 1
            else:
                last = middle
        out[i] = first + 1


def widen(plan: Layout, wide: Units, single: Units, threads: int) -> Units:
    """Rank the windows of `plan`, which have no flag, among themselves: units as wide as its depth."""
    windows = sort_windows(plan, wide, single, threads)
    distinct = np.empty_like(windows.keys)
    bounds = np.empty_like(windows.bounds)
    distinct = distinct[: _distinct(windows.keys, windows.bounds, distinct, bounds)]
    ranks = np.empty(len(single.ranks), dtype=np.int32)
    common = window_arguments(plan, wide, single)
    ranked = [(*common, a, b, bounds, distinct, ranks) for a, b in cut(len(ranks), threads)]
    in_threads(threads, _rank, ranked)
    words = np.pad(spell(plan, distinct, bounds, 0), ((0, 0), (1, 0)))
    return Units(ranks=ranks, spelling=Spelling(width=plan.depth, words=words))
