"""Exact counts of all n-grams up to a depth K out of one sort.

Every position that is not an edge opens a window of K characters, padded with 0 past the edge of its
context. In the sorted list of windows an n-gram is a run of equal prefixes, so one run-length pass gives
the counts of every order, and the window "gram, then only padding" says how often a gram ends a context.
"""

from collections.abc import Iterator

import numpy as np
from numba import njit

from tasks.ngrams.layout import Layout, layout
from tasks.ngrams.packed import sort_characters
from tasks.ngrams.rows import Rows
from tasks.ngrams.sorting import SortedWindows, sort_windows
from tasks.ngrams.spelling import spell
from tasks.ngrams.units import Alphabet, Units, alphabet_of, characters, pairs
from tasks.ngrams.widening import widen
from tasks.store.parts import GROUP_ROWS


@njit(cache=True, nogil=True)
def _run_lengths(keys, bounds, state, out, out_bounds, count, starts):
    """Fill `out` with distinct windows from the position and bucket in `state` on, and leave there the next."""
    one = np.uint64(1)
    at = np.uint64(state[0])
    bucket = np.uint64(state[1])
    first = bucket
    size = np.uint64(0)
    room = np.uint64(len(out))
    while bucket < np.uint64(len(bounds) - 1):
        out_bounds[bucket - first] = size
        end = np.uint64(bounds[bucket + one])
        run = np.int64(0)
        begins = np.int64(0)
        while at < end and size < room:
            key = keys[at]
            run += 1
            begins += np.int64(key & one)
            # Written in any case and kept when the run ends: half of all runs do, which no processor can predict.
            out[size] = key
            count[size] = run
            starts[size] = begins
            at += one
            ended = np.int64(at == end) | np.int64(key >> one != keys[min(at, end - one)] >> one)
            size += np.uint64(ended)
            run &= ended - 1
            begins &= ended - 1
        if at < end:
            break
        bucket += one
    filled = min(bucket + one, np.uint64(len(bounds) - 1)) - first
    out_bounds[filled] = size
    state[0] = at
    state[1] = bucket
    return filled, size


def windows_of(codes: np.ndarray, depth: int, threads: int) -> tuple[Layout, SortedWindows]:
    """Sort the windows in units of single characters when those fit the keys, in wider units else."""
    alphabet = alphabet_of(codes, threads)
    plan = layout(depth, len(codes), alphabet.spelling, alphabet.spelling)
    if plan.fits:
        return plan, sort_characters(plan, codes, alphabet, threads)
    return windows_of_units(codes, alphabet, depth, threads)


def windows_of_units(
    codes: np.ndarray, alphabet: Alphabet, depth: int, threads: int
) -> tuple[Layout, SortedWindows]:
    """Sort the windows in units that are made wider until the windows fit the keys."""
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


def count_windows(codes: np.ndarray, depth: int, threads: int = 1) -> Iterator[Rows]:
    """Yield the distinct windows of codes Int32[n] (0 at edges) in order; ValueError for a depth below 1.

    Blocks have as many rows as a row group of a Parquet file, but for the last.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
    if not codes.any():
        return
    plan, windows = windows_of(codes, depth, threads)
    del codes
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
