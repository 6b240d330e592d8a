"""The counts that the statistics of a gram are computed from, gathered beside the gram itself.

Columns: gram, length, count, starts, ends; left_spread, right_spread, left_singles, right_singles
(neighbours.py); head_count, tail_count - the two parts of the split with the least mutual information, that
is the greatest product of counts; equal_parts - whether they are the same gram; prefix_count, prefix_spread
and suffix_count, suffix_spread - the gram without its last and without its first character, with the right
and left spread of each. The empty gram occurs once a character and has the spread of the characters.
"""

import numpy as np
import pyarrow as pa
from numba import njit

from tasks.ngrams.neighbours import Neighbours
from tasks.ngrams.trie import Trie


@njit(cache=True, nogil=True)
def _weakest_splits(order, begin, end, offsets, count, parent, suffix, head, tail, equal):
    prefixes = np.empty(order + 1, dtype=np.int64)
    suffixes = np.empty(order + 1, dtype=np.int64)
    for j in range(begin, end):
        prefixes[order] = j
        suffixes[order] = j
        for n in range(order, 1, -1):
            prefixes[n - 1] = parent[offsets[n - 1] + prefixes[n]]
            suffixes[n - 1] = suffix[offsets[n - 1] + suffixes[n]]
        best = -1.0
        for n in range(1, order):
            a = count[offsets[n - 1] + prefixes[n]]
            b = count[offsets[order - n - 1] + suffixes[order - n]]
            product = np.float64(a) * np.float64(b)
            if product > best:
                best = product
                head[j - begin] = a
                tail[j - begin] = b
                equal[j - begin] = 2 * n == order and prefixes[n] == suffixes[n]


def neighbour_evidence(
    trie: Trie, neighbours: Neighbours, order: int, begin: int, end: int
) -> dict[str, np.ndarray | pa.Array]:
    """Return the columns that the moments are summed from, of the grams begin..end of one order."""
    base = int(trie.offsets[order - 1])
    here = slice(base + begin, base + end)
    columns = {
        "count": trie.count[here],
        "left_spread": neighbours.left_spread[here],
        "right_spread": neighbours.right_spread[here],
        "left_singles": neighbours.left_singles[here],
        "right_singles": neighbours.right_singles[here],
    }
    if order == 1:
        columns["prefix_count"] = columns["suffix_count"] = np.full(end - begin, neighbours.total)
        columns["prefix_spread"] = columns["suffix_spread"] = np.full(end - begin, neighbours.total_spread)
    else:
        above = int(trie.offsets[order - 2])
        prefix, suffix = above + trie.parent[here], above + neighbours.suffix[here]
        columns["prefix_count"] = trie.count[prefix]
        columns["prefix_spread"] = neighbours.right_spread[prefix]
        columns["suffix_count"] = trie.count[suffix]
        columns["suffix_spread"] = neighbours.left_spread[suffix]
    return columns


def evidence(
    trie: Trie, neighbours: Neighbours, order: int, begin: int, end: int
) -> dict[str, np.ndarray | pa.Array]:
    """Return all columns of the grams begin..end of one order."""
    size = end - begin
    base = int(trie.offsets[order - 1])
    here = slice(base + begin, base + end)
    head = np.full(size, neighbours.total, dtype=np.int64)
    tail = head.copy()
    equal = np.zeros(size, dtype=np.bool_)
    if order > 1:
        _weakest_splits(
            order, begin, end, trie.offsets, trie.count, trie.parent, neighbours.suffix, head, tail, equal
        )
    return {
        **neighbour_evidence(trie, neighbours, order, begin, end),
        "gram": trie.spell(order, begin, end),
        "length": np.full(size, order, dtype=np.int64),
        "starts": trie.starts[here],
        "ends": trie.ends[here],
        "head_count": head,
        "tail_count": tail,
        "equal_parts": equal,
    }
