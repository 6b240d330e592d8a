"""What stands beside each gram, from the trie: its suffix, and how much its neighbours vary.

The suffix of a gram (the gram without its first character) is a node of the level above: the child, by the
gram's last character, of the suffix of its parent. With N occurrences of a gram and c_x of its extension by
x,

    N H = N ln N - sum_x c_x ln c_x        (nats; every edge is a neighbour of its own: ln 1 = 0)

is its `spread`. Extensions that occur once contribute nothing, so grams of count >= 2 suffice for the exact
entropy. Spreads are integers, in units of 2^-shift nats, so that they add up alike in any order.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.engines.storage import Storage
from tasks.ngrams.formulas import branching_entropy
from tasks.ngrams.threads import cut, in_threads
from tasks.ngrams.trie import Trie

_BLOCK = 4096


class Side(NamedTuple):
    """The neighbours on one side of the grams of one order: columns of all nodes, and of the order above."""

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
    """Int32[nodes]: characters before that are not in the trie, so occur there once"""
    right_singles: np.ndarray
    """Int32[nodes]: characters after that are not in the trie, so occur there once"""
    total: int
    """Characters of the corpus"""
    total_entropy: float
    """Entropy of the characters themselves, nats: of what is beside the empty gram"""

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


@njit(cache=True, nogil=True)
def _suffixes(char, parent, parent_suffix, first_child, above_char, begin, end, out):
    # A block of nodes is searched for at once, one halving after the other: no branch waits for a read, and many
    # reads are under way at a time.
    left = np.empty(_BLOCK, dtype=np.int32)
    for first in range(begin, end, _BLOCK):
        size = min(_BLOCK, end - first)
        most = np.int32(1)
        for k in range(size):
            node = parent_suffix[np.uint32(parent[first + k])]
            out[first + k] = first_child[node]
            left[k] = first_child[node + 1] - first_child[node]
            most = max(most, left[k])
        while most > 1:
            for k in range(size):
                half = left[k] >> 1
                at = out[first + k]
                beyond = above_char[np.uint32(at + max(half, 1) - 1)] < char[first + k]
                out[first + k] = at + (half if beyond else 0)
                left[k] -= half
            most -= most >> 1


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


@njit(cache=True, nogil=True)
def _open(count, edges, scale, small, spread, singles):
    for i in range(len(count)):
        n = count[i]
        spread[i] = small[n] if n < len(small) else _weight(np.float64(n), scale)
        singles[i] = n - edges[i]


@njit(cache=True, nogil=True)
def _extend(child_count, child_node, scale, small, spread, singles):
    for j in range(len(child_count)):
        c = child_count[j]
        spread[child_node[j]] -= small[c] if c < len(small) else _weight(np.float64(c), scale)
        singles[child_node[j]] -= c


@njit(cache=True, nogil=True)
def _close(count, scale, spread, entropy):
    for i in range(len(count)):
        entropy[i] = branching_entropy(count[i], max(spread[i], 0), scale)


def _entropies(
    count: np.ndarray, edges: np.ndarray, child_count: np.ndarray, child_node: np.ndarray, scale: float,
    small: np.ndarray, entropy: np.ndarray, singles: np.ndarray,
) -> None:  # fmt: skip
    # Spreads are added up where the entropies go.
    spread = entropy.view(np.int64)
    _open(count, edges, scale, small, spread, singles)
    _extend(child_count, child_node, scale, small, spread, singles)
    _close(count, scale, spread, entropy)


def shift_for(total: int) -> int:
    """Return how many binary places a sum of count * ln(count) up to `total` may keep in 62 bits."""
    return min(40, 61 - math.ceil(math.log2(max(2.0, total * math.log(max(total, 2))))))


def find_neighbours(trie: Trie, threads: int = 1, storage: Storage | None = None) -> Neighbours:
    """Link every node to its suffix and sum up what extends it on both sides."""
    nodes = len(trie.count)
    storage = storage or Storage()
    suffix = storage.zeros(nodes, np.int32)
    for order in range(2, trie.depth + 1):
        _link(trie, suffix, order, threads)
    characters = trie.count[trie.level(1)]
    total = int(characters.sum())
    shift = shift_for(total)
    scale = float(2**shift)
    small = np.array(
        [0] + [round(c * math.log(c) * scale) for c in range(1, min(total, 4096) + 1)], dtype=np.int64
    )
    inner = trie.level(trie.depth).start
    left_entropy, right_entropy = (storage.zeros(inner, np.float64) for _ in range(2))
    left_singles, right_singles = (storage.zeros(inner, np.int32) for _ in range(2))
    for order in range(1, trie.depth):
        here, below = trie.level(order), trie.level(order + 1)
        count, child_count = trie.count[here], trie.count[below]
        sides = [
            (trie.starts[here], suffix[below], left_entropy[here], left_singles[here]),
            (trie.ends[here], trie.parent[below], right_entropy[here], right_singles[here]),
        ]
        in_threads(
            threads,
            _entropies,
            [(count, edges, child_count, child, scale, small, *out) for edges, child, *out in sides],
        )
    total_entropy = np.zeros(1)
    _entropies(
        np.array([total]), np.array([0]), characters, np.zeros(len(characters), dtype=np.int32), scale, small,
        total_entropy, np.zeros(1, dtype=np.int32),
    )  # fmt: skip
    return Neighbours(
        suffix=suffix,
        left_entropy=left_entropy,
        right_entropy=right_entropy,
        left_singles=left_singles,
        right_singles=right_singles,
        total=total,
        total_entropy=float(total_entropy[0]) if total else 0.0,
    )


def _link(trie: Trie, suffix: np.ndarray, order: int, threads: int) -> None:
    here, above = trie.level(order), trie.level(order - 1)
    grandparents = trie.size(order - 2) if order > 2 else 1
    first_child = np.empty(grandparents + 1, dtype=np.int32)
    _first_children(trie.parent[above], first_child)
    common = (trie.char[here], trie.parent[here], suffix[above], first_child, trie.char[above])
    in_threads(threads, _suffixes, [(*common, a, b, suffix[here]) for a, b in cut(trie.size(order), threads)])
