"""Sort all windows of K characters of ranked units, in buckets that stay in cache.

Threads count the windows of each bucket (layout.py) and scatter them there; then numpy's vectorised sort sorts the
keys of each bucket.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.engines.pages import zeros
from tasks.engines.threads import cut, in_threads
from tasks.ngrams.layout import Layout
from tasks.ngrams.prefetching import LINE, prefetch
from tasks.ngrams.units import Units

_SMALL = 48


class SortedWindows(NamedTuple):
    """Packed windows in order: `keys` UInt64[n], their low 64 bits, and `bounds` Int64[buckets + 1] with the others."""

    keys: np.ndarray
    bounds: np.ndarray

    def ranges(self, parts: int) -> list[tuple[int, int]]:
        """Cut the buckets into ranges that hold about equally many windows."""
        targets = [end for _, end in cut(int(self.bounds[-1]), parts)]
        edges = [0, *np.searchsorted(self.bounds, targets, side="left").tolist()]
        edges[-1] = len(self.bounds) - 1
        return [(a, b) for a, b in pairwise(edges) if b > a]


class RankedText(NamedTuple):
    """A text in wide units and in single characters, Int32[n] each, and how its windows are packed (layout.py).

    `shift` are the low bits of a first unit, which do not choose the bucket.
    """

    wide: np.ndarray
    single: np.ndarray
    wide_bits: np.uint64
    single_bits: np.uint64
    flag_bits: np.uint64
    width: int
    units: int
    tail: bool
    depth: int
    shift: int


def ranked_text(plan: Layout, wide: Units, single: Units) -> RankedText:
    """Return a text ranked in wide units and single characters, for windows as in `plan`."""
    return RankedText(
        wide=wide.ranks,
        single=single.ranks,
        wide_bits=np.uint64(plan.wide.bits),
        single_bits=np.uint64(plan.single.bits),
        flag_bits=np.uint64(plan.flag),
        width=plan.wide.width,
        units=plan.units,
        tail=plan.tail,
        depth=plan.depth,
        shift=plan.bucket_shift,
    )


@njit(cache=True, nogil=True, inline="always")
def left_after(text, end):
    """Return how many characters of a window from `end` on are in its context."""
    left = 0
    while left < text.depth and end + left < len(text.single) and text.single[end + left] != 0:
        left += 1
    return left


@njit(cache=True, nogil=True, inline="always")
def window(text, i, left):
    """Return the low 64 bits of the window at `i`, of which `left` characters are in its context."""
    low = np.uint64(text.wide[i])
    if left == text.depth:
        for k in range(1, text.units):
            offset = min(k * text.width, text.depth - text.width)
            low = low << text.wide_bits | np.uint64(text.wide[i + offset])
        if text.tail:
            low = low << text.single_bits | np.uint64(text.single[i + text.depth - 1])
    else:
        for k in range(1, text.units):
            low <<= text.wide_bits
            offset = min(k * text.width, text.depth - text.width)
            if left > offset:
                low |= np.uint64(text.wide[i + offset])
        if text.tail:
            low <<= text.single_bits
    return low << text.flag_bits | (np.uint64(text.single[i - 1] == 0) & text.flag_bits)


@njit(cache=True, nogil=True)
def _tally(wide, shift, begin, end, sizes):
    for i in range(begin, end):
        if wide[i] != 0:
            sizes[wide[i] >> shift] += 1


@njit(cache=True, nogil=True)
def _scatter(text, begin, end, at, keys):
    left = left_after(text, end)
    for i in range(end - 1, begin - 1, -1):
        if text.single[i] == 0:
            left = 0
            continue
        left = min(left + 1, text.depth)
        key = window(text, i, left)
        bucket = text.wide[i] >> text.shift
        place = at[bucket]
        prefetch(keys, place + LINE)  # type: ignore[call-arg]
        keys[place] = key
        at[bucket] = place + 1


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
    text = ranked_text(plan, wide, single)
    # A copy each: in rows of one array the threads would write to the same cache lines.
    in_threads(threads, _scatter, [(text, a, b, at[t].copy(), keys) for t, (a, b) in enumerate(ranges)])
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
