"""Exact counts of all n-grams up to a depth K from one sort.

Every position that is not an edge opens a window of K characters, padded with 0 past the edge of its
context. In the sorted list of windows an n-gram is a run of equal prefixes, so one run-length pass gives
the counts of every order, and the window "gram, then only padding" says how often a gram ends a context.
"""

from collections.abc import Iterator

import numpy as np
from numba import njit

from tasks.ngrams.alphabet import Alphabet, alphabet_of
from tasks.ngrams.layout import Layout, layout
from tasks.ngrams.packed import sort_characters
from tasks.ngrams.rows import Rows
from tasks.ngrams.sorting import SortedWindows, sort_windows
from tasks.ngrams.spelling import spell
from tasks.ngrams.units import Units, characters, pairs
from tasks.ngrams.widening import widen
from tasks.store.parts import GROUP_ROWS


@njit(cache=True, nogil=True)
def _run_lengths(keys, bounds, state, out, out_bounds, count, starts):
    """Write the next distinct windows to `out`, from `state` (position and bucket) on, and move `state` on."""
    one = np.uint64(1)
    at = np.uint64(state[0])
    bucket = np.uint64(state[1])
    first = bucket
    size = np.uint64(0)
    room = np.uint64(len(out))
    begins = np.int64(0)
    while bucket < np.uint64(len(bounds) - 1):
        out_bounds[bucket - first] = size
        end = np.uint64(bounds[bucket + one])
        if at < end:
            key = keys[at]
            while at < end - one and size < room:
                following = keys[at + one]
                begins += np.int64(key & one)
                at += one
                # Written in any case and kept when the run ends: half of all runs do, which is unpredictable.
                out[size] = key
                count[size] = at
                starts[size] = begins
                size += np.uint64((key ^ following) > one)
                key = following
            if size == room:
                break
            begins += np.int64(key & one)
            at += one
            out[size] = key
            count[size] = at
            starts[size] = begins
            size += one
        bucket += one
    filled = min(bucket + one, np.uint64(len(bounds) - 1)) - first
    out_bounds[filled] = size
    # So far they are the sums over all runs.
    for i in range(np.int64(size) - 1, 0, -1):
        count[i] -= count[i - 1]
        starts[i] -= starts[i - 1]
    count[0] -= state[0]
    state[0] = at
    state[1] = bucket
    return filled, size


def windows_of(
    codes: np.ndarray, alphabet: Alphabet, depth: int, threads: int
) -> tuple[Layout, SortedWindows]:
    """Sort the windows in units of single characters if those fit the keys, otherwise in wider units."""
    plan = layout(depth, len(codes), alphabet.spelling, alphabet.spelling)
    if plan.fits:
        return plan, sort_characters(plan, codes, alphabet, threads)
    return windows_of_units(codes, alphabet, depth, threads)


def windows_of_units(
    codes: np.ndarray, alphabet: Alphabet, depth: int, threads: int
) -> tuple[Layout, SortedWindows]:
    """Sort the windows in units wide enough for the windows to fit the keys."""
    unit = single = characters(codes, alphabet, threads)
    if alphabet.spelling.words.shape[1] ** 2 <= max(1 << 24, 64 * len(codes)) and depth > 1:
        unit = pairs(single, threads)
    while not (plan := layout(depth, len(codes), unit.spelling, single.spelling)).fits:
        unit = _widest(unit, single, depth, threads)
    return plan, sort_windows(plan, unit, single, threads)


def _widest(unit: Units, single: Units, depth: int, threads: int) -> Units:
    fitting = [
        plan
        for width in range(unit.spelling.width + 1, depth)
        if (plan := layout(width, len(single.ranks), unit.spelling, single.spelling, flag=False)).fits
    ]
    return widen(fitting[-1], unit, single, threads)


def count_windows(
    codes: np.ndarray, depth: int, threads: int = 1, alphabet: Alphabet | None = None
) -> Iterator[Rows]:
    """Yield the distinct windows of codes Integers[n] (0 at edges) in order; ValueError for a depth below 1.

    Without an `alphabet` the codes are code points. Blocks have as many rows as a row group of a Parquet file,
    except the last.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
    alphabet = alphabet or alphabet_of(codes, threads)
    if alphabet.spelling.words.shape[1] == 1:
        return
    plan, windows = windows_of(codes, alphabet, depth, threads)
    state = np.zeros(2, dtype=np.int64)
    distinct = np.empty(GROUP_ROWS, dtype=np.uint64)
    bounds = np.empty(len(windows.bounds), dtype=np.int64)
    while state[1] < len(windows.bounds) - 1:
        first = int(state[1])
        count, starts = np.empty((2, GROUP_ROWS), dtype=np.int64)
        buckets, size = _run_lengths(windows.keys, windows.bounds, state, distinct, bounds, count, starts)
        if size:
            words = spell(plan, distinct[: int(size)], bounds[: int(buckets) + 1], first)
            yield Rows(words=words, count=count[: int(size)], starts=starts[: int(size)])
