"""The weakest split of each gram: the two-way split with the least mutual information.

It has the greatest product of the counts of its parts; of equal ones the shortest head is taken.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.ngrams.neighbours import Neighbours
from tasks.ngrams.trie import Trie


class Splits(NamedTuple):
    """Counts Int64[n] of the two parts, and whether the parts are the same gram, Bool[n]."""

    head: np.ndarray
    tail: np.ndarray
    equal: np.ndarray


class _Part(NamedTuple):
    """One part of a split of each gram: its position in its level, Int32[n], and its count, Integers[n]."""

    node: np.ndarray
    counts: np.ndarray


@njit(cache=True, nogil=True)
def _shorten(links, counts, nodes, part):
    """Fill `part` with the grams one character shorter than `nodes`."""
    for i in range(len(nodes)):
        node = links[np.uint32(nodes[i])]
        part.node[i] = node
        part.counts[i] = counts[np.uint32(node)]


@njit(cache=True, nogil=True)
def _keep_weaker(head, tail, halves, best, splits):
    for i in range(len(best)):
        product = np.float64(head.counts[i]) * np.float64(tail.counts[i])
        if product > best[i]:
            best[i] = product
            splits.head[i] = head.counts[i]
            splits.tail[i] = tail.counts[i]
            splits.equal[i] = halves and head.node[i] == tail.node[i]


def weakest_splits(trie: Trie, neighbours: Neighbours, order: int, nodes: np.ndarray) -> Splits:
    """Return the weakest splits of the grams at positions `nodes` Int32[n] of an order of two or more.

    Level by level, so that many reads are under way at a time and no branch waits for one.
    """
    size = len(nodes)
    parts = [
        _Part(np.empty(size, dtype=np.int32), np.empty(size, dtype=trie.count.dtype)) for _ in range(order)
    ]
    tail, *heads = parts
    above = nodes
    for n in range(order - 1, 0, -1):
        _shorten(trie.parent[trie.level(n + 1)], trie.count[trie.level(n)], above, heads[n - 1])
        above = heads[n - 1].node
    best = np.full(size, -1.0)
    head_counts, tail_counts = np.empty((2, size), dtype=np.int64)
    splits = Splits(head_counts, tail_counts, np.empty(size, dtype=np.bool_))
    below = nodes
    for n in range(1, order):
        suffixes = neighbours.suffix[trie.level(order - n + 1)]
        _shorten(suffixes, trie.count[trie.level(order - n)], below, tail)
        below = tail.node
        _keep_weaker(heads[n - 1], tail, 2 * n == order, best, splits)
    return splits
