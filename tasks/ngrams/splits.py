"""The weakest split of each gram: of its two-way splits the one with the least mutual information.

That is the one with the greatest product of the counts of its parts; the shortest head where several are equal.
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


@njit(cache=True, nogil=True)
def _gather(values, nodes, out):
    for i in range(len(nodes)):
        out[i] = values[np.uint32(nodes[i])]


@njit(cache=True, nogil=True)
def _weaker(head, tail, head_node, tail_node, halves, best, best_head, best_tail, equal):
    for i in range(len(head)):
        product = np.float64(head[i]) * np.float64(tail[i])
        weaker = product > best[i]
        best[i] = product if weaker else best[i]
        best_head[i] = head[i] if weaker else best_head[i]
        best_tail[i] = tail[i] if weaker else best_tail[i]
        equal[i] = halves and head_node[i] == tail_node[i] if weaker else equal[i]


def weakest_splits(trie: Trie, neighbours: Neighbours, order: int, nodes: np.ndarray) -> Splits:
    """Return the weakest splits of the grams at positions `nodes` Int32[n] of an order of two or more.

    One level of the trie after the other, so that many reads are under way at a time and no branch waits for one.
    """
    prefix = np.empty((order, len(nodes)), dtype=np.int32)
    above = nodes
    for n in range(order - 1, 0, -1):
        _gather(trie.parent[trie.level(n + 1)], above, prefix[n])
        above = prefix[n]
    best = np.full(len(nodes), -1.0)
    heads, tails, head, tail = np.empty((4, len(nodes)), dtype=np.int64)
    splits = Splits(heads, tails, np.empty(len(nodes), dtype=np.bool_))
    suffix = np.empty(len(nodes), dtype=np.int32)
    below = nodes
    for n in range(1, order):
        _gather(neighbours.suffix[trie.level(order - n + 1)], below, suffix)
        below = suffix
        _gather(trie.count[trie.level(order - n)], suffix, tail)
        _gather(trie.count[trie.level(n)], prefix[n], head)
        _weaker(head, tail, prefix[n], suffix, 2 * n == order, best, *splits)
    return splits
