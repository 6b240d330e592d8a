"""Counts of all short n-grams in memory: one sort of 64-bit keys, one run-length pass.

A key is a window of max_order ranks in the alphabet, the first highest, padded with 0 past the edge of the
context. In the sorted keys every order is a run of equal prefixes. Threads share the work at changes of the
first character, where no run goes on.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numba import njit

from tasks.ngrams.sorting import SortedWindows, sort_buckets
from tasks.ngrams.threads import cut, in_threads
from tasks.ngrams.units import alphabet_of, histograms
from tasks.ngrams.workspace import Workspace

_BUCKET_BITS = 10


@dataclass(frozen=True, kw_only=True)
class NgramCounts:
    """Per order, grams in code point order: keys of `bits` bits a character, and occurrences."""

    alphabet: np.ndarray
    """Int32[1 + characters] of code points; rank 0 is padding"""
    bits: int
    keys: tuple[tuple[np.ndarray, ...], ...]
    """Per order, UInt64[n] in pieces"""
    counts: tuple[tuple[np.ndarray, ...], ...]
    """Per order, Int32[n] in pieces; Int64[n] from 2^31 characters on"""

    def table(self, order: int) -> pa.Table:
        """Return key and count of one order; keys of at most 63 bits, else unsigned."""
        return pa.table(
            {"key": pa.chunked_array(self.keys[order - 1]), "count": pa.chunked_array(self.counts[order - 1])}
        )

    def grams(self, order: int) -> list[str]:
        """Return the grams of one order as strings."""
        keys = np.concatenate(self.keys[order - 1])
        mask = np.uint64((1 << self.bits) - 1)
        columns = [keys >> np.uint64(self.bits * k) & mask for k in range(order - 1, -1, -1)]
        codes = self.alphabet[np.stack(columns, axis=1).astype(np.int64)]
        return ["".join(map(chr, row)) for row in codes.tolist()]


@njit(cache=True, nogil=True)
def _scatter(codes, table, bits, order, shift, begin, end, at, keys):
    top = bits * np.uint64(order - 1)
    key = np.uint64(0)
    for i in range(min(end + order - 1, len(codes)) - 1, begin - 1, -1):
        rank = table[codes[i]]
        if rank == 0:
            key = np.uint64(0)
            continue
        key = np.uint64(rank) << top | key >> bits
        if i < end:
            bucket = rank >> shift
            keys[at[bucket]] = key
            at[bucket] += 1


@njit(cache=True, nogil=True)
def _run_lengths(top, begin, end, order, bits, keys, counts, top_counts, ends):
    mask = (np.uint64(1) << bits) - np.uint64(1)
    opened = np.full(order + 1, begin)
    written = since = begin
    for i in range(begin, end):
        key = top[i]
        differing = ~np.uint64(0) if i + 1 == end else key ^ top[i + 1]
        # Written in any case and kept when the run ends: half of all runs do, which no processor can predict.
        top[written] = key
        top_counts[written - begin] = i + 1 - since
        written += np.int64((differing != 0) & (key & mask != 0))
        since = i + 1 if differing != 0 else since
        for n in range(order - 1, 0, -1):
            key >>= bits
            differing >>= bits
            if differing == 0:
                break
            if key & mask:
                at = ends[n - 1]
                keys[at] = key
                counts[at] = i + 1 - opened[n]
                ends[n - 1] = at + 1
            opened[n] = i + 1
    return written


def count_ngrams(
    codes: np.ndarray, max_order: int, threads: int = 1, workspace: Workspace | None = None
) -> NgramCounts:
    """Count all n-grams of codes Int32[n] (0 at edges); ValueError when a gram exceeds 64 bits.

    With a workspace, the counts are valid until its next use.
    """
    space = workspace or Workspace()
    if max_order < 1:
        raise ValueError(f"max_order must be at least 1, got {max_order}")
    tallies = histograms(codes, threads)
    alphabet = alphabet_of(tallies)
    bits = max(1, (len(alphabet) - 1).bit_length())
    if bits * max_order > 64:
        raise ValueError(f"{max_order} characters must fit 64 bits, got {bits * max_order}")
    windows = _sort(codes, alphabet, tallies, bits, max_order, threads, space)
    pieces = _pieces(windows.keys, bits * (max_order - 1), threads)
    parts = in_threads(
        threads,
        _count,
        [(windows.keys, a, b, max_order, bits, space, str(t)) for t, (a, b) in enumerate(pieces)],
    )
    return NgramCounts(
        alphabet=alphabet,
        bits=bits,
        keys=tuple(tuple(part[0][n] for part in parts) for n in range(max_order)),
        counts=tuple(tuple(part[1][n] for part in parts) for n in range(max_order)),
    )


def _sort(
    codes: np.ndarray, alphabet: np.ndarray, tallies: np.ndarray, bits: int, order: int, threads: int,
    space: Workspace,
) -> SortedWindows:  # fmt: skip
    """Sort the windows in buckets by the top bits of their first character, whose tallies are known."""
    table = np.zeros(tallies.shape[1], dtype=np.int32)
    table[alphabet] = np.arange(len(alphabet), dtype=np.int32)
    shift = max(0, bits - _BUCKET_BITS)
    edges = np.searchsorted(np.arange(1, len(alphabet)) >> shift, np.arange((len(alphabet) >> shift) + 2))
    before = np.zeros((len(tallies), len(alphabet)), dtype=np.int64)
    np.cumsum(tallies[:, alphabet[1:]], axis=1, out=before[:, 1:])
    sizes = np.diff(before[:, edges], axis=1)
    bounds = np.concatenate([[0], np.cumsum(sizes.sum(axis=0))])
    at = bounds[:-1] + np.cumsum(sizes, axis=0) - sizes
    keys = space.empty("windows", int(bounds[-1]), np.uint64)
    common = (codes, table, np.uint64(bits), order, shift)
    ranges = cut(len(codes), threads)
    # A copy each: in rows of one array the threads would write to the same cache lines.
    in_threads(threads, _scatter, [(*common, a, b, at[t].copy(), keys) for t, (a, b) in enumerate(ranges)])
    windows = SortedWindows(keys=keys, bounds=bounds)
    sort_buckets(windows, threads)
    return windows


def _pieces(keys: np.ndarray, shift: int, threads: int) -> list[tuple[int, int]]:
    """Cut the sorted keys into ranges of about equal length where the first character changes."""
    edges = [0]
    for part in range(1, threads):
        middle = len(keys) * part // threads
        if middle < len(keys):
            first = keys[middle] >> np.uint64(shift) << np.uint64(shift)
            edges.append(max(edges[-1], int(np.searchsorted(keys, first))))
    edges.append(len(keys))
    return list(pairwise(edges))


def _count(
    sorted_keys: np.ndarray, begin: int, end: int, order: int, bits: int, space: Workspace, name: str
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Count one piece; the keys of the longest grams take the place of the windows they came from."""
    size = end - begin
    # No more than 2^(bits n) grams of order n, and untouched pages cost nothing.
    bases = np.cumsum([0] + [min(size, 1 << min(bits * n, 62)) for n in range(1, order)])
    counted = np.int32 if len(sorted_keys) < 1 << 31 else np.int64
    keys = space.empty(f"keys {name}", int(bases[-1]), np.uint64)
    counts = space.empty(f"counts {name}", int(bases[-1]), counted)
    top_counts = space.empty(f"top {name}", size, counted)
    ends = bases[:-1].copy()
    written = _run_lengths(sorted_keys, begin, end, order, np.uint64(bits), keys, counts, top_counts, ends)
    spans = list(zip(bases[:-1].tolist(), ends.tolist(), strict=True))
    return (
        [*(keys[a:b] for a, b in spans), sorted_keys[begin:written]],
        [*(counts[a:b] for a, b in spans), top_counts[: written - begin]],
    )
