"""The n-grams of all orders as a trie in level order.

Order n is a level: its nodes in code point order, each with its last character, its parent (the gram without its
last character, a position in level n-1), its count and how many of its occurrences begin or end a context.
Every character is there; longer grams rarer than `floor` are left out but stay counted in `types`, the number of
distinct grams of each order.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit


@dataclass(frozen=True, kw_only=True)
class Trie:
    """All levels one after the other; order n is `offsets[n-1]..offsets[n]`, parents count in their level."""

    offsets: np.ndarray
    """Int64[depth + 1]"""
    types: np.ndarray
    """Int64[depth]: distinct grams of each order, pruned ones included"""
    char: np.ndarray
    """Int32[nodes]"""
    parent: np.ndarray
    """Int32[nodes]"""
    count: np.ndarray
    """Int32[nodes], or Int64[nodes] where a count is beyond 32 bits; starts and ends alike"""
    starts: np.ndarray
    ends: np.ndarray
    """Not known (0) for the deepest order"""

    @property
    def depth(self) -> int:
        """The longest order."""
        return len(self.types)

    def level(self, order: int) -> slice:
        """Return where the nodes of one order are; empty beyond the depth."""
        if order > self.depth:
            return slice(0, 0)
        return slice(int(self.offsets[order - 1]), int(self.offsets[order]))

    def size(self, order: int) -> int:
        """Return the number of nodes of one order."""
        where = self.level(order)
        return where.stop - where.start

    def spell(self, order: int, nodes: np.ndarray) -> pa.Array:
        """Return the grams at positions Int32[n] of one order as strings."""
        chars = np.empty((len(nodes), order), dtype=np.int32)
        nodes = nodes.copy()
        for n in range(order, 0, -1):
            where = self.level(n)
            _climb(self.char[where], self.parent[where], nodes, chars, n - 1)
        data = np.empty(4 * chars.size, dtype=np.uint8)
        offsets = np.empty(len(chars) + 1, dtype=np.int32)
        size = _encode(chars, data, offsets)
        return pa.Array.from_buffers(
            pa.string(), len(chars), [None, pa.py_buffer(offsets), pa.py_buffer(data[:size])]
        )


@njit(cache=True, nogil=True)
def _climb(char, parent, nodes, chars, column):
    for i in range(len(nodes)):
        chars[i, column] = char[nodes[i]]
        nodes[i] = parent[nodes[i]]


@njit(cache=True, nogil=True)
def _encode(chars, data, offsets):
    at = 0
    offsets[0] = 0
    for i in range(chars.shape[0]):
        for t in range(chars.shape[1]):
            code = chars[i, t]
            if code < 0x80:
                data[at] = code
                at += 1
            elif code < 0x800:
                data[at] = 0xC0 | code >> 6
                data[at + 1] = 0x80 | code & 0x3F
                at += 2
            elif code < 0x10000:
                data[at] = 0xE0 | code >> 12
                data[at + 1] = 0x80 | code >> 6 & 0x3F
                data[at + 2] = 0x80 | code & 0x3F
                at += 3
            else:
                data[at] = 0xF0 | code >> 18
                data[at + 1] = 0x80 | code >> 12 & 0x3F
                data[at + 2] = 0x80 | code >> 6 & 0x3F
                data[at + 3] = 0x80 | code & 0x3F
                at += 4
        offsets[i + 1] = at
    return at
