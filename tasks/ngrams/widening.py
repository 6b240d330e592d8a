"""Units of any width from narrower ones: the ranks of windows among themselves (Manber & Myers 1993)."""

import numpy as np
from numba import njit

from tasks.engines.threads import cut, in_threads
from tasks.ngrams.alphabet import Spelling
from tasks.ngrams.layout import Layout
from tasks.ngrams.sorting import SortedWindows, left_after, ranked_text, sort_windows, window
from tasks.ngrams.spelling import spell
from tasks.ngrams.units import Units


@njit(cache=True, nogil=True)
def _distinct(windows, out):
    size = 0
    for bucket in range(len(windows.bounds) - 1):
        out.bounds[bucket] = size
        for i in range(windows.bounds[bucket], windows.bounds[bucket + 1]):
            if i == windows.bounds[bucket] or windows.keys[i] != windows.keys[i - 1]:
                out.keys[size] = windows.keys[i]
                size += 1
    out.bounds[-1] = size
    return size


@njit(cache=True, nogil=True)
def _rank(text, begin, end, distinct, out):
    left = left_after(text, end)
    for i in range(end - 1, begin - 1, -1):
        if text.single[i] == 0:
            left = 0
            out[i] = 0
            continue
        left = min(left + 1, text.depth)
        key = window(text, i, left)
        bucket = text.wide[i] >> text.shift
        first = distinct.bounds[bucket]
        last = distinct.bounds[bucket + 1]
        while first < last:
            middle = (first + last) >> 1
            if distinct.keys[middle] < key:
                first = middle + 1
            else:
                last = middle
        out[i] = first + 1


def widen(plan: Layout, wide: Units, single: Units, threads: int) -> Units:
    """Rank the windows of `plan`, which have no flag, among themselves: units as wide as its depth."""
    windows = sort_windows(plan, wide, single, threads)
    distinct = SortedWindows(np.empty_like(windows.keys), np.empty_like(windows.bounds))
    distinct = SortedWindows(distinct.keys[: _distinct(windows, distinct)], distinct.bounds)
    ranks = np.empty(len(single.ranks), dtype=np.int32)
    text = ranked_text(plan, wide, single)
    in_threads(threads, _rank, [(text, a, b, distinct, ranks) for a, b in cut(len(ranks), threads)])
    words = np.pad(spell(plan, distinct.keys, distinct.bounds, 0), ((0, 0), (1, 0)))
    return Units(ranks=ranks, spelling=Spelling(width=plan.depth, words=words))
