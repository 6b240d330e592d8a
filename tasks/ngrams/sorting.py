"""Sort all windows of K characters, in buckets that stay in cache.

A window is its list of units, packed into one integer of up to 64 + 18 bits, with one more bit, the lowest, that
tells whether the window begins a context. Its top bits choose a bucket (one counting pass and one scattering pass,
shared by the threads), its low 64 bits are sorted in the bucket by numpy's vectorised sort.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numba import njit

from tasks.ngrams.units import Units

BUCKET_BITS = 18
KEY_BITS = 64 + BUCKET_BITS
_SMALL = 48


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a window of `depth` characters is packed: wide units at `offsets`, then perhaps one character."""

    depth: int
    wide: Units
    single: Units
    offsets: np.ndarray
    tail: bool
    flag: bool

    @property
    def bits(self) -> int:
        """Bits of the packed window."""
        return len(self.offsets) * self.wide.bits + self.tail * self.single.bits + self.flag

    @property
    def bucket_bits(self) -> int:
        """Top bits that choose the bucket; the flag is never one of them, so equal windows share a bucket."""
        windows = max(1, len(self.single.ranks))
        return max(self.bits - 64, min(self.bits - self.flag, 12, windows.bit_length() // 2))


def layout(depth: int, wide: Units, single: Units, *, flag: bool) -> Layout:
    """Cover `depth` characters by units; the last one overlaps or is a single character."""
    width = min(wide.width, depth)
    rest = depth % width
    tail = rest == 1 and width > 1
    offsets = list(range(0, depth - rest, width))
    if rest > 1:
        offsets.append(depth - width)
    return Layout(
        depth=depth, wide=wide, single=single, offsets=np.array(offsets, dtype=np.int64), tail=tail, flag=flag
    )


@njit(cache=True, nogil=True)
def remaining(singles, depth, out):
    """Fill out UInt8[n] with the characters from each position to its context's edge, at most `depth`."""
    left = 0
    for i in range(len(singles) - 1, -1, -1):
        left = 0 if singles[i] == 0 else min(left + 1, depth)
        out[i] = left


@njit(cache=True, nogil=True, inline="always")
def _window(i, wide, wide_bits, singles, single_bits, offsets, tail, flag, depth, left):
    high = np.uint64(0)
    low = np.uint64(0)
    for offset in offsets:
        value = np.uint64(wide[i + offset]) if left > offset else np.uint64(0)
        high = high << np.uint64(wide_bits) | low >> np.uint64(64 - wide_bits)
        low = low << np.uint64(wide_bits) | value
    if tail:
        value = np.uint64(singles[i + depth - 1]) if left == depth else np.uint64(0)
        high = high << np.uint64(single_bits) | low >> np.uint64(64 - single_bits)
        low = low << np.uint64(single_bits) | value
    if flag:
        high = high << np.uint64(1) | low >> np.uint64(63)
        low = low << np.uint64(1) | np.uint64(singles[i - 1] == 0)
    return high, low


@njit(cache=True, nogil=True, inline="always")
def _bucket(high, low, shift):
    if shift >= 64:
        return np.int64(high)
    if shift == 0:
        return np.int64(low)
    return np.int64(high << np.uint64(64 - shift) | low >> np.uint64(shift))


@njit(cache=True, nogil=True)
def _tally(wide, wide_bits, singles, single_bits, offsets, tail, flag, depth, left, shift, begin, end, sizes):
    for i in range(begin, end):
        if left[i]:
            high, low = _window(
                i, wide, wide_bits, singles, single_bits, offsets, tail, flag, depth, left[i]
            )
            sizes[_bucket(high, low, shift)] += 1


@njit(cache=True, nogil=True)
def _scatter(wide, wide_bits, singles, single_bits, offsets, tail, flag, depth, left, shift, begin, end, at, keys):
    for i in range(begin, end):
        if left[i]:
            high, low = _window(
                i, wide, wide_bits, singles, single_bits, offsets, tail, flag, depth, left[i]
            )
            bucket = _bucket(high, low, shift)
            keys[at[bucket]] = low
            at[bucket] += 1


@njit(cache=True, nogil=True)
def _rank(wide, wide_bits, singles, single_bits, offsets, tail, flag, depth, left, shift, begin, end, bounds, distinct, out):
    for i in range(begin, end):
        out[i] = 0
        if left[i]:
            high, low = _window(
                i, wide, wide_bits, singles, single_bits, offsets, tail, flag, depth, left[i]
            )
            bucket = _bucket(high, low, shift)
            first = bounds[bucket]
            last = bounds[bucket + 1]
            while first < last:
                middle = (first + last) >> 1
                if distinct[middle] < low:
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


def in_threads(threads: int, work: Callable, parts: list[tuple]) -> list:
    """Call `work` on every tuple of arguments, results in order."""
    if threads <= 1 or len(parts) <= 1:
        return [work(*part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda part: work(*part), parts))


def cut(size: int, parts: int) -> list[tuple[int, int]]:
    """Cut 0..size into at most `parts` ranges of nearly equal length."""
    edges = np.linspace(0, size, min(parts, max(size, 1)) + 1).astype(np.int64).tolist()
    return list(zip(edges[:-1], edges[1:], strict=True))


@dataclass(frozen=True, kw_only=True)
class SortedWindows:
    """Packed windows in order: the low 64 bits of each, the bucket bounds hold the rest."""

    layout: Layout
    left: np.ndarray
    keys: np.ndarray
    bounds: np.ndarray

    def ranges(self, parts: int) -> list[tuple[int, int]]:
        """Cut the buckets into ranges that hold about equally many windows."""
        targets = [end for _, end in cut(int(self.bounds[-1]), parts)]
        edges = [0, *np.searchsorted(self.bounds, targets, side="left").tolist()]
        edges[-1] = len(self.bounds) - 1
        return [(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True) if b > a]


def arguments(plan: Layout, left: np.ndarray) -> tuple:
    """The arguments that every kernel over windows begins with."""
    return (
        plan.wide.ranks, plan.wide.bits, plan.single.ranks, plan.single.bits, plan.offsets, plan.tail, plan.flag,
        plan.depth, left, plan.bits - plan.bucket_bits,
    )  # fmt: skip


def sort_windows(plan: Layout, threads: int) -> SortedWindows:
    """Pack and sort every window of the text; ValueError when a window needs more than 82 bits."""
    if plan.bits > KEY_BITS:
        raise ValueError(f"a window must fit {KEY_BITS} bits, got {plan.bits}")
    size = len(plan.single.ranks)
    left = np.empty(size, dtype=np.uint8)
    remaining(plan.single.ranks, plan.depth, left)
    common = arguments(plan, left)
    buckets = 1 << plan.bucket_bits
    ranges = cut(size, threads)
    sizes = np.zeros((len(ranges), buckets), dtype=np.int64)
    in_threads(threads, _tally, [(*common, a, b, sizes[t]) for t, (a, b) in enumerate(ranges)])
    bounds = np.zeros(buckets + 1, dtype=np.int64)
    np.cumsum(sizes.sum(axis=0), out=bounds[1:])
    at = bounds[:-1] + np.cumsum(sizes, axis=0) - sizes
    keys = np.empty(int(bounds[-1]), dtype=np.uint64)
    in_threads(threads, _scatter, [(*common, a, b, at[t], keys) for t, (a, b) in enumerate(ranges)])
    result = SortedWindows(layout=plan, left=left, keys=keys, bounds=bounds)
    in_threads(threads, _sort_range, [(keys, bounds, a, b) for a, b in result.ranges(threads)])
    return result


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
    ranks = np.empty(len(windows.left), dtype=np.int32)
    common = arguments(plan, windows.left)
    in_threads(
        threads, _rank, [(*common, a, b, bounds, distinct, ranks) for a, b in cut(len(ranks), threads)]
    )
    spelling = np.zeros((len(distinct) + 1, plan.depth), dtype=np.int32)
    spell(plan, distinct, bounds, 0, spelling[1:])
    return Units(width=plan.depth, ranks=ranks, spelling=spelling)


@njit(cache=True, nogil=True)
def _spell(keys, bounds, base, shift, wide, wide_bits, single, single_bits, offsets, tail, flag, out):
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
            for k in range(len(offsets) - 1, -1, -1):
                rank = np.int64(low & wide_mask)
                low = low >> np.uint64(wide_bits) | high << np.uint64(64 - wide_bits)
                high >>= np.uint64(wide_bits)
                # Units overlap at the end; the earlier one, written later, knows where the context ends.
                for t in range(width):
                    row[offsets[k] + t] = wide[rank, t]


def spell(plan: Layout, keys: np.ndarray, bounds: np.ndarray, base: int, out: np.ndarray) -> None:
    """Fill out Int32[keys, depth] with the code points of packed windows; bounds[0] is that of bucket `base`."""
    _spell(
        keys, bounds, base, plan.bits - plan.bucket_bits, plan.wide.spelling, plan.wide.bits,
        plan.single.spelling, plan.single.bits, plan.offsets, plan.tail, plan.flag, out,
    )  # fmt: skip
