"""Suffix links of the trie, and the entropy of the characters before and after each gram.

The suffix of a gram (the gram without its first character) is a node of the level above: the child, by the
gram's last character, of the suffix of its parent. With N occurrences of a gram and c_x of its extension by
x,

    N H = N ln N - sum_x c_x ln c_x        (nats; every edge is a neighbour of its own: ln 1 = 0)

is its `spread`. Extensions that occur once contribute nothing, so grams of count >= 2 are enough for the exact
entropy. Spreads are integers, in units of 2^-shift nats, so that they add up alike in any order.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.engines.storage import Storage
from tasks.engines.threads import cut, in_threads
from tasks.ngrams.formulas import branching_entropy
from tasks.ngrams.prefetching import prefetch
from tasks.ngrams.trie import Trie

_BLOCK = 4096
_AHEAD = 32


class Side(NamedTuple):
    """One side of the grams of an order: columns of all nodes, and the entropies of the order above."""

    entropy: np.ndarray
    singles: np.ndarray
    above: np.ndarray
    entropy_above: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """Per node of the trie, laid out like the trie; entropies and singles of all orders but the deepest."""

    suffix: np.ndarray
    """Int32[nodes]: position in the level above"""
    left_entropy: np.ndarray
    """Float64[nodes], nats"""
    right_entropy: np.ndarray
    """Float64[nodes], nats"""
    left_singles: np.ndarray
    """Int32[nodes]: characters that occur once before the gram, so that the longer gram is not in the trie"""
    right_singles: np.ndarray
    """Int32[nodes]: characters that occur once after the gram, so that the longer gram is not in the trie"""
    total: int
    """Characters of the corpus"""
    total_entropy: float
    """Entropy of the characters of the corpus, nats: the neighbours of the empty gram"""

    def sides(self, trie: Trie, order: int) -> tuple[Side, Side]:
        """Return the left and the right side of one order: a gram without its first, without its last character."""
        above = trie.level(order - 1)
        nothing = np.array([self.total_entropy])
        return (
            Side(
                entropy=self.left_entropy,
                singles=self.left_singles,
                above=self.suffix,
                entropy_above=self.left_entropy[above] if order > 1 else nothing,
            ),
            Side(
                entropy=self.right_entropy,
                singles=self.right_singles,
                above=trie.parent,
                entropy_above=self.right_entropy[above] if order > 1 else nothing,
            ),
        )


class _Level(NamedTuple):
    """The nodes of one order and of the order above, among whose nodes their suffixes are searched for.

    Nodes: last characters `char` and positions `parent`, the suffixes `parent_suffix` of the order above, and where
    the children of each node of the order above begin (`children`). The order above: its characters `above_char`,
    and where the children of each node of the order above that begin (`above_children`). All are Int32.
    """

    char: np.ndarray
    parent: np.ndarray
    parent_suffix: np.ndarray
    children: np.ndarray
    above_char: np.ndarray
    above_children: np.ndarray


@njit(cache=True, nogil=True)
def _suffixes(level, begin, end, out):
    # A block of nodes is searched for at once, one halving after the other: no branch waits for a read, and many
    # reads are under way at a time. Of the children of the parent's suffix each child of the parent has one, in
    # order, so the k-th of m is the k-th at least, and m - k more come after it.
    left = np.empty(_BLOCK, dtype=np.int32)
    searched = np.empty(_BLOCK, dtype=np.int32)
    for first in range(begin, end, _BLOCK):
        size = 0
        for i in range(first, min(first + _BLOCK, end)):
            parent = np.uint32(level.parent[i])
            node = level.parent_suffix[parent]
            eldest = level.children[parent]
            among = level.above_children[node + 1] - level.above_children[node]
            out[i] = level.above_children[node] + (i - eldest)
            searched[size] = i
            left[size] = among - (level.children[parent + np.uint32(1)] - eldest) + 1
            size += left[size] > 1
        while size:
            kept = 0
            for k in range(size):
                i = searched[k]
                half = left[k] >> 1
                beyond = level.above_char[np.uint32(out[i] + half - 1)] < level.char[i]
                out[i] += half if beyond else 0
                searched[kept] = i
                left[kept] = left[k] - half
                kept += left[kept] > 1
            size = kept


@njit(cache=True, nogil=True)
def _first_children(parent, out):
    node = 0
    for j in range(len(parent)):
        while node <= parent[j]:
            out[node] = j
            node += 1
    while node < len(out):
        out[node] = len(parent)
        node += 1


@njit(cache=True, nogil=True)
def _weight(count, scale):
    return np.int64(np.rint(count * np.log(count) * scale))


class _Weights(NamedTuple):
    """c ln c in units of 1 / scale nats: `small` Int64[n] by count, the same numbers that `_weight` returns."""

    scale: float
    small: np.ndarray


@njit(cache=True, nogil=True, inline="always")
def _weight_of(count, weights):
    if count < len(weights.small):
        return weights.small[count]
    return _weight(np.float64(count), weights.scale)


@njit(cache=True, nogil=True)
def _open(count, edges, weights, spread, singles):
    for i in range(len(count)):
        spread[i] = _weight_of(count[i], weights)
        singles[i] = count[i] - edges[i]


@njit(cache=True, nogil=True)
def _extend(count, extended, weights, spread, singles):
    for j in range(len(count)):
        ahead = extended[min(j + _AHEAD, len(count) - 1)]
        prefetch(spread, ahead)  # type: ignore[call-arg]
        prefetch(singles, ahead)
        node = np.uint32(extended[j])
        spread[node] -= _weight_of(count[j], weights)
        singles[node] -= count[j]


@njit(cache=True, nogil=True)
def _close(count, scale, spread, entropy):
    for i in range(len(count)):
        entropy[i] = branching_entropy(count[i], max(spread[i], 0), scale)


class _Gram(NamedTuple):
    """Grams of an order: their counts, and how many of their occurrences are at an edge of a context, Integers[n]."""

    counts: np.ndarray
    edges: np.ndarray


class _Extension(NamedTuple):
    """Grams one character longer: their counts Integers[n], and the positions of the grams that they extend."""

    counts: np.ndarray
    extended: np.ndarray


def _entropies(
    grams: _Gram, extensions: _Extension, weights: _Weights, entropy: np.ndarray, singles: np.ndarray
) -> None:
    # Spreads are added up where the entropies go.
    spread = entropy.view(np.int64)
    _open(*grams, weights, spread, singles)
    _extend(*extensions, weights, spread, singles)
    _close(grams.counts, weights.scale, spread, entropy)


def shift_for(total: int) -> int:
    """Return how many binary places a sum of count * ln(count) up to `total` may keep in 62 bits."""
    return min(40, 61 - math.ceil(math.log2(max(2.0, total * math.log(max(total, 2))))))


def find_neighbours(trie: Trie, threads: int = 1, storage: Storage | None = None) -> Neighbours:
    """Link every node to its suffix and compute the entropies on both sides."""
    nodes = len(trie.count)
    storage = storage or Storage()
    suffix = storage.zeros(nodes, np.int32)
    _link_suffixes(trie, suffix, threads)
    characters = trie.count[trie.level(1)]
    total = int(characters.sum())
    shift = shift_for(total)
    scale = float(2**shift)
    small = [0] + [round(c * math.log(c) * scale) for c in range(1, min(total, 4096) + 1)]
    weights = _Weights(scale, np.array(small, dtype=np.int64))
    inner = trie.level(trie.depth).start
    left_entropy, right_entropy = (storage.zeros(inner, np.float64) for _ in range(2))
    left_singles, right_singles = (storage.zeros(inner, np.int32) for _ in range(2))
    for order in range(1, trie.depth):
        here, below = trie.level(order), trie.level(order + 1)
        count, longer = trie.count[here], trie.count[below]
        left = (_Gram(count, trie.starts[here]), _Extension(longer, suffix[below]))
        right = (_Gram(count, trie.ends[here]), _Extension(longer, trie.parent[below]))
        sides = [
            (*left, weights, left_entropy[here], left_singles[here]),
            (*right, weights, right_entropy[here], right_singles[here]),
        ]
        in_threads(threads, _entropies, sides)
    total_entropy = np.zeros(1)
    everything = _Gram(np.array([total]), np.array([0]))
    first = _Extension(characters, np.zeros(len(characters), dtype=np.int32))
    _entropies(everything, first, weights, total_entropy, np.zeros(1, dtype=np.int32))
    return Neighbours(
        suffix=suffix,
        left_entropy=left_entropy,
        right_entropy=right_entropy,
        left_singles=left_singles,
        right_singles=right_singles,
        total=total,
        total_entropy=float(total_entropy[0]) if total else 0.0,
    )


def _link_suffixes(trie: Trie, suffix: np.ndarray, threads: int) -> None:
    """Fill suffix Int32[nodes] of the orders from 2 on."""
    above_children = np.array([0, trie.size(1)], dtype=np.int32)
    for order in range(2, trie.depth + 1):
        here, above = trie.level(order), trie.level(order - 1)
        children = np.empty(trie.size(order - 1) + 1, dtype=np.int32)
        _first_children(trie.parent[here], children)
        level = _Level(
            char=trie.char[here],
            parent=trie.parent[here],
            parent_suffix=suffix[above],
            children=children,
            above_char=trie.char[above],
            above_children=above_children,
        )
        ranges = cut(trie.size(order), threads)
        in_threads(threads, _suffixes, [(level, a, b, suffix[here]) for a, b in ranges])
        above_children = children
