"""The n-grams of all orders as a trie in level order, built from sorted windows in one run-length pass.

Order n is a level: its nodes in code point order, each with its last character, its parent (the gram without its
last character, a position in level n-1), its count and how many of its occurrences begin or end a context.
Every character is there; longer grams rarer than `floor` are left out but stay counted in `types`, the number of
distinct grams of each order.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit

from tasks.ngrams.storage import Storage

MAX_NODES = 2**31 - 1


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
    """Int64[nodes]"""
    starts: np.ndarray
    """Int64[nodes]"""
    ends: np.ndarray
    """Int64[nodes]; not known (0) for the deepest order"""

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

    def spell(self, order: int, begin: int, end: int) -> pa.Array:
        """Return the grams begin..end of one order as strings."""
        chars = np.empty((end - begin, order), dtype=np.int32)
        nodes = np.arange(begin, end, dtype=np.int32)
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


@njit(cache=True, nogil=True)
def _extend(
    words, count, row_starts, floor, state, open_count, open_starts, open_ends, path, nodes, types,
    used, chars, parents, counts, starts, ends,
):  # fmt: skip
    depth = len(path) - 1
    bottom = state[0]
    for i in range(len(count) + 1):
        common = 0
        if i < len(count):
            while common < bottom:
                word = words[common // 3, i]
                if np.int32(word >> (42 - 21 * (common % 3)) & 0x1FFFFF) != path[common + 1]:
                    break
                common += 1
        elif not state[1]:
            break
        # Close what the row does not share, deepest first; a gram's occurrences add to its parent's.
        closed_count = np.int64(0)
        closed_starts = np.int64(0)
        for n in range(bottom, common, -1):
            closed_count += open_count[n]
            closed_starts += open_starts[n]
            if closed_count >= floor or n == 1:
                k = used[n]
                chars[n, k] = path[n]
                parents[n, k] = nodes[n - 1]
                counts[n, k] = closed_count
                starts[n, k] = closed_starts
                ends[n, k] = open_ends[n]
                used[n] = k + 1
                nodes[n] += 1
            open_count[n] = 0
            open_starts[n] = 0
            open_ends[n] = 0
        open_count[common] += closed_count
        open_starts[common] += closed_starts
        bottom = common
        if i == len(count):
            break
        while bottom < depth:
            code = np.int32(words[bottom // 3, i] >> (42 - 21 * (bottom % 3)) & 0x1FFFFF)
            if code == 0:
                break
            bottom += 1
            path[bottom] = code
            types[bottom] += 1
        open_count[bottom] += count[i]
        open_starts[bottom] += row_starts[i]
        if bottom < depth:
            open_ends[bottom] += count[i]
    state[0] = bottom


_COLUMNS: dict[str, type] = {
    "char": np.int32,
    "parent": np.int32,
    "count": np.int64,
    "starts": np.int64,
    "ends": np.int64,
}


class TrieBuilder:
    """Takes sorted distinct windows block by block and builds the trie of grams with count >= floor."""

    def __init__(self, *, depth: int, floor: int, storage: Storage | None = None) -> None:
        if depth < 1:
            raise ValueError(f"depth must be at least 1, got {depth}")
        self._storage = storage = storage or Storage()
        self._depth = depth
        self._floor = floor
        size = depth + 1
        self._state = np.zeros(2, dtype=np.int64)
        self._open = [np.zeros(size, dtype=np.int64) for _ in range(3)]
        self._path = np.zeros(size, dtype=np.int32)
        self._nodes = np.zeros(size, dtype=np.int64)
        self._types = np.zeros(size, dtype=np.int64)
        self._buffers: list[np.ndarray] = [np.empty((1, 0), dtype=dtype) for dtype in _COLUMNS.values()]
        self._grown = {
            name: [storage.column(dtype) for _ in range(depth)] for name, dtype in _COLUMNS.items()
        }

    def extend(self, words: np.ndarray, count: np.ndarray, starts: np.ndarray) -> None:
        """Add windows: words Int64[words, n] in order, after all earlier ones; counts and starts Int64[n]."""
        used, columns = self._columns(len(count))
        state = (self._state, *self._open, self._path, self._nodes, self._types)
        _extend(words, count, starts, self._floor, *state, used, *columns)  # type: ignore[call-arg]
        self._keep(used, columns)

    def finish(self) -> Trie:
        """Close the open grams and return the trie."""
        self._state[1] = 1
        empty = np.empty(0, dtype=np.int64)
        self.extend(empty.reshape(1, 0), empty, empty)
        flat = {name: self._storage.join(columns) for name, columns in self._grown.items()}
        offsets = np.concatenate([[0], np.cumsum(self._nodes[1:])])
        return Trie(offsets=offsets, types=self._types[1:].copy(), **flat)

    def _columns(self, rows: int) -> tuple[np.ndarray, list[np.ndarray]]:
        if rows + self._depth >= self._buffers[0].shape[1]:
            shape = (self._depth + 1, rows + self._depth + 1)
            self._buffers = [np.empty(shape, dtype=dtype) for dtype in _COLUMNS.values()]
        return np.zeros(self._depth + 1, dtype=np.int64), self._buffers

    def _keep(self, used: np.ndarray, columns: list[np.ndarray]) -> None:
        if int(self._nodes.max()) > MAX_NODES:
            raise ValueError(f"an order must have at most {MAX_NODES} grams, got {self._nodes.max()}")
        for grown, column in zip(self._grown.values(), columns, strict=True):
            for n, size in enumerate(used.tolist()):
                if size:
                    grown[n - 1].append(column[n, :size])
