"""Sort all windows of K characters of ranked units, in buckets that stay in cache.

One counting and one scattering pass, shared by the threads, bring the windows to their buckets (layout.py); the
keys of a bucket are sorted by numpy's vectorised sort.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit

from tasks.engines.pages import zeros
from tasks.ngrams.layout import Layout
from tasks.ngrams.threads import cut, in_threads
from tasks.ngrams.units import Units

_SMALL = 48


@dataclass(frozen=True, kw_only=True)
class SortedWindows:
    """Packed windows in order: the low 64 bits of each, the bucket bounds hold the rest."""

    keys: np.ndarray
    bounds: np.ndarray

    def ranges(self, parts: int) -> list[tuple[int, int]]:
        """Cut the buckets into ranges that hold about equally many windows."""
        targets = [end for _, end in cut(int(self.bounds[-1]), parts)]
        edges = [0, *np.searchsorted(self.bounds, targets, side="left").tolist()]
        edges[-1] = len(self.bounds) - 1
        return [(a, b) for a, b in pairwise(edges) if b > a]


@njit(cache=True, nogil=True, inline="always")
def left_after(singles, end, depth):
    """Return how many of the `depth` characters from `end` on are in its context."""
    left = 0
    while left < depth and end + left < len(singles) and singles[end + left] != 0:
        left += 1
    return left


@njit(cache=True, nogil=True, inline="always")
def window(i, left, wide, wide_bits, width, units, singles, single_bits, tail, flag, depth):
    """Return the low 64 bits of the window at `i`, of whose characters `left` are in its context."""
    low = np.uint64(wide[i])
    if left == depth:
        for k in range(1, units):
            low = low << wide_bits | np.uint64(wide[i + min(k * width, depth - width)])
        if tail:
            low = low << single_bits | np.uint64(singles[i + depth - 1])
    else:
        for k in range(1, units):
            low <<= wide_bits
            offset = min(k * width, depth - width)
            if left > offset:
                low |= np.uint64(wide[i + offset])
        if tail:
            low <<= single_bits
    return low << flag | (np.uint64(singles[i - 1] == 0) & flag)


@njit(cache=True, nogil=True)
def _tally(wide, shift, begin, end, sizes):
    for i in range(begin, end):
        if wide[i] != 0:
            sizes[wide[i] >> shift] += 1


@njit(cache=True, nogil=True)
def _scatter(wide, bits, width, units, singles, single_bits, tail, flag, depth, shift, begin, end, at, keys):
    wide_bits = np.uint64(bits)
    tail_bits = np.uint64(single_bits)
    flag_bits = np.uint64(flag)
    left = left_after(singles, end, depth)
    for i in range(end - 1, begin - 1, -1):
        if singles[i] == 0:
            left = 0
            continue
        left = min(left + 1, depth)
        key = window(i, left, wide, wide_bits, width, units, singles, tail_bits, tail, flag_bits, depth)
        bucket = wide[i] >> shift
        keys[at[bucket]] = key
        at[bucket] += 1


def window_arguments(plan: Layout, wide: Units, single: Units) -> tuple:
    """Return what the kernels over windows take of a text ranked in wide units and single characters."""
    return (
        wide.ranks, plan.wide.bits, plan.wide.width, plan.units, single.ranks, plan.single.bits,
        plan.tail, plan.flag, plan.depth, plan.bucket_shift,
    )  # fmt: skip


def sort_windows(plan: Layout, wide: Units, single: Units, threads: int) -> SortedWindows:
    """Pack and sort every window of the text; ValueError when a window does not fit a key."""
    if not plan.fits:
        raise ValueError(f"a window must fit a key of 64 bits and its bucket, got {plan.bits} bits")
    ranges = cut(len(single.ranks), threads)
    sizes = np.zeros((len(ranges), 1 << plan.bucket_bits), dtype=np.int64)
    tallied = [(wide.ranks, plan.bucket_shift, a, b, sizes[t]) for t, (a, b) in enumerate(ranges)]
    in_threads(threads, _tally, tallied)
    bounds = np.zeros(sizes.shape[1] + 1, dtype=np.int64)
    np.cumsum(sizes.sum(axis=0), out=bounds[1:])
    at = bounds[:-1] + np.cumsum(sizes, axis=0) - sizes
    keys = zeros(int(bounds[-1]), np.uint64)
    common = window_arguments(plan, wide, single)
    # A copy each: in rows of one array the threads would write to the same cache lines.
    in_threads(threads, _scatter, [(*common, a, b, at[t].copy(), keys) for t, (a, b) in enumerate(ranges)])
    windows = SortedWindows(keys=keys, bounds=bounds)
    sort_buckets(windows, threads)
    return windows


@njit(cache=True, nogil=True)
def _sort_small(keys, bounds, begin, end, small):
    for bucket in range(begin, end):
        first = bounds[bucket]
        last = bounds[bucket + 1]
        if last - first <= small:
            for i in range(first + 1, last):
                key = keys[i]
                j = i
                while j > first and keys[j - 1] > key:
                    keys[j] = keys[j - 1]
                    j -= 1
                keys[j] = key


def sort_buckets(windows: SortedWindows, threads: int) -> None:
    """Sort the keys of every bucket where they are."""
    keys, bounds = windows.keys, windows.bounds
    in_threads(threads, _sort_range, [(keys, bounds, a, b) for a, b in windows.ranges(threads)])


def _sort_range(keys: np.ndarray, bounds: np.ndarray, begin: int, end: int) -> None:
    _sort_small(keys, bounds, begin, end, _SMALL)
    for bucket in begin + np.flatnonzero(np.diff(bounds[begin : end + 1]) > _SMALL):
        keys[bounds[bucket] : bounds[bucket + 1]].sort()
