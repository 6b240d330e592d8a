"""Sort the windows of a text directly from its codes, if its windows fit the keys in single characters.

The text is read backwards: each window is the one after it with one character shifted in. The tallies of the
characters give the sizes of the buckets, so one pass scatters the windows, and no array of ranks or units is made.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.engines.pages import zeros
from tasks.engines.threads import in_threads
from tasks.ngrams.alphabet import Alphabet
from tasks.ngrams.layout import Layout
from tasks.ngrams.prefetching import LINE, prefetch
from tasks.ngrams.sorting import SortedWindows, sort_buckets


class _Text(NamedTuple):
    """Codes Integers[n], 0 at edges, their ranks, and how their windows are packed (layout.py)."""

    codes: np.ndarray
    ranks: np.ndarray
    bits: np.uint64
    depth: int
    shift: np.uint64


@njit(cache=True, nogil=True)
def _scatter(text, begin, end, at, keys):
    codes, ranks, bits, depth, shift = text
    top = np.uint64(bits * np.uint64(depth - 1))
    below = top - bits if depth > 1 else np.uint64(0)
    rest = np.uint64(0)
    for i in range(min(end + depth - 1, len(codes)) - 1, begin - 1, -1):
        rank = np.uint64(ranks[np.uint32(codes[i])])
        if rank == 0:
            rest = np.uint64(0)
            continue
        if i < end:
            bucket = rank >> shift
            place = at[bucket]
            prefetch(keys, place + np.uint64(LINE))  # type: ignore[call-arg]
            keys[place] = (rank << top | rest) << np.uint64(1) | np.uint64(codes[i - 1] == 0)
            at[bucket] = place + np.uint64(1)
        rest = rank << below | rest >> bits if depth > 1 else np.uint64(0)


def sort_characters(plan: Layout, codes: np.ndarray, alphabet: Alphabet, threads: int) -> SortedWindows:
    """Pack and sort every window of codes Integers[n], 0 at edges, in units of one character, flagged."""
    sizes = _bucket_sizes(plan, alphabet)
    bounds = np.zeros(sizes.shape[1] + 1, dtype=np.int64)
    np.cumsum(sizes.sum(axis=0), out=bounds[1:])
    at = (bounds[:-1] + np.cumsum(sizes, axis=0) - sizes).astype(np.uint64)
    keys = zeros(int(bounds[-1]), np.uint64)
    text = _Text(codes, alphabet.ranks, np.uint64(plan.wide.bits), plan.depth, np.uint64(plan.bucket_shift))
    ranges = list(pairwise(alphabet.edges.tolist()))
    # A copy each: in rows of one array the threads would write to the same cache lines.
    in_threads(threads, _scatter, [(text, a, b, at[t].copy(), keys) for t, (a, b) in enumerate(ranges)])
    windows = SortedWindows(keys=keys, bounds=bounds)
    sort_buckets(windows, threads)
    return windows


def _bucket_sizes(plan: Layout, alphabet: Alphabet) -> np.ndarray:
    """Return Int64[stretches, buckets]: the windows of each stretch that go to each bucket."""
    before = np.zeros((len(alphabet.tallies), alphabet.tallies.shape[1]), dtype=np.int64)
    np.cumsum(alphabet.tallies[:, 1:], axis=1, out=before[:, 1:])
    last = np.minimum(
        (np.arange(1, (1 << plan.bucket_bits) + 1) << plan.bucket_shift) - 1, before.shape[1] - 1
    )
    return np.diff(before[:, last], axis=1, prepend=0)
