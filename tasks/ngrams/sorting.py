"""Sort all windows of K characters, in buckets that stay in cache.

A window is its list of units, packed into one integer of up to 64 + 18 bits, with one more bit, the lowest,
that tells whether the window begins a context. The top bits of the first unit choose a bucket (one counting
and one scattering pass, shared by the threads); the low 64 bits are sorted in the bucket by numpy's
vectorised sort.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit

from tasks.ngrams.threads import cut, in_threads
from tasks.ngrams.units import Units

BUCKET_BITS = 18
_SMALL = 48


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a window of `depth` characters is packed: `units` wide units, the last perhaps overlapping, or one
    character at the end.
    """

    depth: int
    wide: Units
    single: Units
    units: int
    tail: bool
    flag: bool

    @property
    def bits(self) -> int:
        """Bits of the packed window."""
        return self.units * self.wide.bits + self.tail * self.single.bits + self.flag

    @property
    def bucket_bits(self) -> int:
        """Top bits of the first unit, and so of the window, that choose the bucket."""
        windows = max(1, len(self.single.ranks))
        return max(self.bits - 64, min(self.wide.bits, 12, windows.bit_length() // 2))

    @property
    def fits(self) -> bool:
        """Whether what the bucket does not tell fits the key."""
        return self.bits - 64 <= min(self.wide.bits, BUCKET_BITS)


def layout(depth: int, wide: Units, single: Units, *, flag: bool) -> Layout:
    """Cover `depth` characters by units, which must not be wider."""
    rest = depth % wide.width
    tail = rest == 1 and wide.width > 1
    units = depth // wide.width + (rest > 1)
    return Layout(depth=depth, wide=wide, single=single, units=units, tail=tail, flag=flag)


@njit(cache=True, nogil=True, inline="always")
def _left_after(singles, end, depth):
    left = 0
    while left < depth and end + left < len(singles) and singles[end + left] != 0:
        left += 1
    return left


@njit(cache=True, nogil=True, inline="always")
def _window(i, left, wide, wide_bits, width, units, singles, single_bits, tail, flag, depth):
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
    left = _left_after(singles, end, depth)
    for i in range(end - 1, begin - 1, -1):
        if singles[i] == 0:
            left = 0
            continue
        left = min(left + 1, depth)
        key = _window(i, left, wide, wide_bits, width, units, singles, tail_bits, tail, flag_bits, depth)
        bucket = wide[i] >> shift
        keys[at[bucket]] = key
        at[bucket] += 1


@njit(cache=True, nogil=True)
def _rank(
    wide,
    bits,
    width,
    units,
    singles,
    single_bits,
    tail,
    flag,
    depth,
    shift,
    begin,
    end,
    bounds,
    distinct,
    out,
):
    wide_bits = np.uint64(bits)
    tail_bits = np.uint64(single_bits)
    flag_bits = np.uint64(flag)
    left = _left_after(singles, end, depth)
    for i in range(end - 1, begin - 1, -1):
        if singles[i] == 0:
            left = 0
            out[i] = 0
            continue
        left = min(left + 1, depth)
        key = _window(i, left, wide, wide_bits, width, units, singles, tail_bits, tail, flag_bits, depth)
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


def _arguments(plan: Layout) -> tuple:
    return (
        plan.wide.ranks, plan.wide.bits, plan.wide.width, plan.units, plan.single.ranks, plan.single.bits,
        plan.tail, plan.flag, plan.depth, plan.wide.bits - plan.bucket_bits,
    )  # fmt: skip


def sort_windows(plan: Layout, threads: int) -> SortedWindows:
    """Pack and sort every window of the text; ValueError when a window does not fit a key."""
    if not plan.fits:
        raise ValueError(f"a window must fit a key of 64 bits and its bucket, got {plan.bits} bits")
    ranges = cut(len(plan.single.ranks), threads)
    buckets = 1 << plan.bucket_bits
    shift = plan.wide.bits - plan.bucket_bits
    sizes = np.zeros((len(ranges), buckets), dtype=np.int64)
    in_threads(threads, _tally, [(plan.wide.ranks, shift, a, b, sizes[t]) for t, (a, b) in enumerate(ranges)])
    bounds = np.zeros(buckets + 1, dtype=np.int64)
    np.cumsum(sizes.sum(axis=0), out=bounds[1:])
    at = bounds[:-1] + np.cumsum(sizes, axis=0) - sizes
    keys = np.empty(int(bounds[-1]), dtype=np.uint64)
    in_threads(threads, _scatter, [(*_arguments(plan), a, b, at[t], keys) for t, (a, b) in enumerate(ranges)])
    result = SortedWindows(keys=keys, bounds=bounds)
    sort_buckets(result, threads)
    return result


def sort_buckets(windows: SortedWindows, threads: int) -> None:
    """Sort the keys of every bucket where they are."""
    keys, bounds = windows.keys, windows.bounds
    in_threads(threads, _sort_range, [(keys, bounds, a, b) for a, b in windows.ranges(threads)])


def _sort_range(keys: np.ndarray, bounds: np.ndarray, begin: int, end: int) -> None:
    _sort_small(keys, bounds, begin, end, _SMALL)
    for bucket in begin + np.flatnonzero(np.diff(bounds[begin : end + 1]) > _SMALL):
        keys[bounds[bucket] : bounds[bucket + 1]].sort()


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


def widen(plan: Layout, threads: int) -> Units:
    """Rank the windows of `plan` among themselves: units as wide as its depth."""
    windows = sort_windows(plan, threads)
    distinct = np.empty_like(windows.keys)
    bounds = np.empty_like(windows.bounds)
    distinct = distinct[: _distinct(windows.keys, windows.bounds, distinct, bounds)]
    ranks = np.empty(len(plan.single.ranks), dtype=np.int32)
    in_threads(
        threads,
        _rank,
        [(*_arguments(plan), a, b, bounds, distinct, ranks) for a, b in cut(len(ranks), threads)],
    )
    spelling = np.zeros((len(distinct) + 1, plan.depth), dtype=np.int32)
    spell(plan, distinct, bounds, 0, spelling[1:])
    return Units(width=plan.depth, ranks=ranks, spelling=spelling)


@njit(cache=True, nogil=True)
def _spell(keys, bounds, base, shift, wide, wide_bits, single, single_bits, units, tail, flag, out):
    width = wide.shape[1]
    depth = out.shape[1]
    wide_mask = (np.uint64(1) << np.uint64(wide_bits)) - np.uint64(1)
    single_mask = (np.uint64(1) << np.uint64(single_bits)) - np.uint64(1)
    for bucket in range(len(bounds) - 1):
        for i in range(bounds[bucket], bounds[bucket + 1]):
            low = keys[i]
            high = np.uint64(base + bucket)
            if shift < 64:
                high = high >> np.uint64(64 - shift) if shift > 0 else np.uint64(0)
            row = out[i]
            if flag:
                low = low >> np.uint64(1) | high << np.uint64(63)
                high >>= np.uint64(1)
            if tail:
                row[depth - 1] = single[np.int64(low & single_mask), 0]
                low = low >> np.uint64(single_bits) | high << np.uint64(64 - single_bits)
                high >>= np.uint64(single_bits)
            for k in range(units - 1, -1, -1):
                rank = np.int64(low & wide_mask)
                low = low >> np.uint64(wide_bits) | high << np.uint64(64 - wide_bits)
                high >>= np.uint64(wide_bits)
                # Units overlap at the end; the earlier one, written later, knows where the context ends.
                offset = min(k * width, depth - width)
                for t in range(width):
                    row[offset + t] = wide[rank, t]


def spell(plan: Layout, keys: np.ndarray, bounds: np.ndarray, base: int, out: np.ndarray) -> None:
    """Fill out Int32[keys, depth] with the code points of windows; bounds[0] is that of bucket `base`."""
    _spell(
        keys, bounds, base, plan.bits - plan.bucket_bits, plan.wide.spelling, plan.wide.bits,
        plan.single.spelling, plan.single.bits, plan.units, plan.tail, plan.flag, out,
    )  # fmt: skip
