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

from tasks.ngrams.sorting import SortedWindows, layout, sort_windows
from tasks.ngrams.threads import in_threads
from tasks.ngrams.units import Units, characters


@dataclass(frozen=True, kw_only=True)
class NgramCounts:
    """Per order, grams in code point order: keys of `bits` bits a character, and occurrences."""

    alphabet: np.ndarray
    """Int32[1 + characters] of code points; rank 0 is padding"""
    bits: int
    keys: tuple[tuple[np.ndarray, ...], ...]
    """Per order, UInt64[n] in pieces"""
    counts: tuple[tuple[np.ndarray, ...], ...]
    """Per order, Int64[n] in pieces"""

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
def _run_lengths(sorted_keys, begin, end, order, bits, keys, counts, ends):
    mask = (np.uint64(1) << bits) - np.uint64(1)
    opened = np.full(order + 1, begin)
    for i in range(begin, end):
        key = sorted_keys[i]
        last = i + 1 == end
        differing = ~np.uint64(0) if last else key ^ sorted_keys[i + 1]
        if differing == 0:
            continue
        for n in range(order, 0, -1):
            if differing == 0:
                break
            if key & mask:
                at = ends[n - 1]
                keys[at] = key
                counts[at] = i + 1 - opened[n]
                ends[n - 1] = at + 1
            opened[n] = i + 1
            key >>= bits
            differing >>= bits


def count_ngrams(codes: np.ndarray, max_order: int, threads: int = 1) -> NgramCounts:
    """Count all n-grams of codes Int32[n] (0 at edges); ValueError when a gram exceeds 64 bits."""
    if max_order < 1:
        raise ValueError(f"max_order must be at least 1, got {max_order}")
    single = characters(codes)
    plan = layout(max_order, single, single, flag=False)
    if plan.bits > 64:
        raise ValueError(f"{max_order} characters must fit 64 bits, got {plan.bits}")
    windows = sort_windows(plan, threads)
    pieces = _pieces(windows, single, max_order, threads)
    parts = in_threads(threads, _count, [(windows.keys, a, b, max_order, single.bits) for a, b in pieces])
    return NgramCounts(
        alphabet=single.spelling[:, 0],
        bits=single.bits,
        keys=tuple(tuple(part[0][n] for part in parts) for n in range(max_order)),
        counts=tuple(tuple(part[1][n] for part in parts) for n in range(max_order)),
    )


def _pieces(windows: SortedWindows, single: Units, order: int, threads: int) -> list[tuple[int, int]]:
    """Cut the sorted keys into ranges of about equal length where the first character changes."""
    keys = windows.keys
    shift = np.uint64(single.bits * (order - 1))
    edges = [0]
    for part in range(1, threads):
        middle = len(keys) * part // threads
        if middle < len(keys):
            first = keys[middle] >> shift << shift
            edges.append(max(edges[-1], int(np.searchsorted(keys, first))))
    edges.append(len(keys))
    return list(pairwise(edges))


def _count(
    sorted_keys: np.ndarray, begin: int, end: int, order: int, bits: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    size = end - begin
    # No more than 2^(bits n) grams of order n, and untouched pages cost nothing.
    room = [0] + [min(size, 1 << min(bits * n, 62)) for n in range(1, order + 1)]
    bases = np.cumsum(np.array(room))
    keys = np.empty(int(bases[-1]), dtype=np.uint64)
    counts = np.empty(int(bases[-1]), dtype=np.int64)
    ends = bases[:-1].copy()
    _run_lengths(sorted_keys, begin, end, order, np.uint64(bits), keys, counts, ends)
    spans = list(zip(bases[:-1].tolist(), ends.tolist(), strict=True))
    return [keys[a:b] for a, b in spans], [counts[a:b] for a, b in spans]
