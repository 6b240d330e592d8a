"""Exact counts of all n-grams up to a depth K out of one sort.

Every position that is not an edge opens a window of K characters, padded with 0 past the edge of its
context. In the sorted list of windows an n-gram is a run of equal prefixes, so one run-length pass gives
the counts of every order, and the window "gram, then only padding" tells how often a gram ends a context.
"""

from collections.abc import Iterator

import numpy as np
from numba import njit

from tasks.ngrams.rows import Rows, words_for
from tasks.ngrams.sorting import Layout, layout, sort_windows, spell, widen
from tasks.ngrams.threads import in_threads
from tasks.ngrams.units import Units, characters, pairs

_ROWS = 1 << 17


@njit(cache=True, nogil=True)
def _run_lengths(keys, bounds, begin, end, out, out_bounds, count, starts):
    size = 0
    for bucket in range(begin, end):
        out_bounds[bucket - begin] = size
        for i in range(bounds[bucket], bounds[bucket + 1]):
            key = keys[i]
            if i == bounds[bucket] or key >> np.uint64(1) != keys[i - 1] >> np.uint64(1):
                out[size] = key
                count[size] = 0
                starts[size] = 0
                size += 1
            count[size - 1] += 1
            starts[size - 1] += np.int64(key & np.uint64(1))
    out_bounds[end - begin] = size
    return size


@njit(cache=True, nogil=True)
def _pack(chars, words):
    rows, depth = chars.shape
    for w in range(words.shape[0]):
        for i in range(rows):
            word = np.int64(0)
            for t in range(3 * w, 3 * w + 3):
                word <<= 21
                if t < depth:
                    word |= chars[i, t]
            words[w, i] = word


def plan_windows(codes: np.ndarray, depth: int, threads: int, *, flag: bool = True) -> Layout:
    """Choose units so that a window of `depth` characters fits one sort key."""
    single = characters(codes)
    plan = layout(depth, single, single, flag=flag)
    if plan.bits <= 64:
        return plan
    unit = single
    if len(single.spelling) ** 2 <= max(1 << 24, 64 * len(codes)):
        unit = pairs(single)
    while not layout(depth, unit, single, flag=flag).fits:
        unit = _widest(unit, single, depth, threads)
    return layout(depth, unit, single, flag=flag)


def _widest(unit: Units, single: Units, depth: int, threads: int) -> Units:
    fitting = [
        plan
        for width in range(unit.width + 1, depth)
        if (plan := layout(width, unit, single, flag=False)).fits
    ]
    return widen(fitting[-1], threads)


def count_windows(codes: np.ndarray, depth: int, threads: int = 1) -> Iterator[Rows]:
    """Yield the distinct windows of codes Int32[n] (0 at edges) in order; ValueError for a depth below 1."""
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
    if not codes.any():
        return
    plan = plan_windows(codes, depth, threads)
    windows = sort_windows(plan, threads)
    ranges = windows.ranges(max(1, len(windows.keys) // _ROWS))
    for at in range(0, len(ranges), threads):
        yield from in_threads(
            threads,
            _rows,
            [(plan, windows.keys, windows.bounds, a, b) for a, b in ranges[at : at + threads]],
        )


def _rows(plan: Layout, keys: np.ndarray, bounds: np.ndarray, begin: int, end: int) -> Rows:
    size = int(bounds[end] - bounds[begin])
    distinct = np.empty(size, dtype=np.uint64)
    local = np.empty(end - begin + 1, dtype=np.int64)
    count = np.empty(size, dtype=np.int64)
    starts = np.empty(size, dtype=np.int64)
    size = _run_lengths(keys, bounds, begin, end, distinct, local, count, starts)
    chars = np.empty((size, plan.depth), dtype=np.int32)
    spell(plan, distinct[:size], local, begin, chars)
    words = np.empty((words_for(plan.depth), size), dtype=np.int64)
    _pack(chars, words)
    return Rows(words=words, count=count[:size], starts=starts[:size])
