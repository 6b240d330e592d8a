"""Sort the windows of a text whose characters fit the keys one by one: straight from the code points.

Read from its end, a text gives each window by shifting one character into the window after it. The tallies of
the characters are the sizes of the buckets, so there is one scattering pass, and no array of ranks or units.
"""

import numpy as np
from numba import njit

from tasks.engines.pages import zeros
from tasks.ngrams.layout import Layout
from tasks.ngrams.sorting import SortedWindows, sort_buckets
from tasks.ngrams.threads import cut, in_threads
from tasks.ngrams.units import Alphabet


@njit(cache=True, nogil=True)
def _scatter(codes, ranks, bits, depth, shift, begin, end, at, keys):
    bits = np.uint64(bits)
    top = np.uint64(bits * np.uint64(depth - 1))
    below = top - bits if depth > 1 else np.uint64(0)
    rest = np.uint64(0)
    for i in range(min(end + depth - 1, len(codes)) - 1, begin - 1, -1):
        rank = np.uint64(ranks[np.uint32(codes[i])])
        if rank == 0:
            rest = np.uint64(0)
            continue
        if i < end:
            bucket = rank >> np.uint64(shift)
            keys[at[bucket]] = (rank << top | rest) << np.uint64(1) | np.uint64(codes[i - 1] == 0)
            at[bucket] += np.uint64(1)
        rest = rank << below | rest >> bits if depth > 1 else np.uint64(0)


def sort_characters(plan: Layout, codes: np.ndarray, alphabet: Alphabet, threads: int) -> SortedWindows:
    """Pack and sort every window of codes Int32[n], 0 at edges, of units one character wide, flagged."""
    sizes = _bucket_sizes(plan, alphabet)
    bounds = np.zeros(sizes.shape[1] + 1, dtype=np.int64)
    np.cumsum(sizes.sum(axis=0), out=bounds[1:])
    at = (bounds[:-1] + np.cumsum(sizes, axis=0) - sizes).astype(np.uint64)
    keys = zeros(int(bounds[-1]), np.uint64)
    common = (codes, alphabet.ranks, plan.wide.bits, plan.depth, plan.bucket_shift)
    ranges = cut(len(codes), threads)
    # A copy each: in rows of one array the threads would write to the same cache lines.
    in_threads(threads, _scatter, [(*common, a, b, at[t].copy(), keys) for t, (a, b) in enumerate(ranges)])
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
