"""Build the trie of n-grams from sorted windows in one run-length pass.

A gram is open while windows begin with it. When the next window does not, its count is known, and it is written
to its level unless it is rarer than `floor`.
"""

import numpy as np
from numba import njit

from tasks.engines.storage import Storage
from tasks.ngrams.rows import words_for
from tasks.ngrams.trie import Trie

MAX_NODES = 2**31 - 1


@njit(cache=True, nogil=True, inline="always")
def _shared(last, words, i, depth):
    for w in range(len(last)):
        differing = last[w] ^ words[w, i]
        if differing:
            return 3 * w + np.int64(differing < 1 << 42) + np.int64(differing < 1 << 21)
    return depth


@njit(cache=True, nogil=True, inline="always")
def _letter(window, place):
    word = np.uint32(place) // np.uint32(3)
    return np.int32(window[word] >> (42 - 21 * (place - 3 * np.int64(word))) & 0x1FFFFF)


@njit(cache=True, nogil=True)
def _extend(
    words, count, row_starts, closing, floor, state, last, open_count, open_starts, open_ends, nodes,
    types, used, chars, parents, counts, starts, ends,
):  # fmt: skip
    """Take in windows; the latest is kept as `last` until the next says what they share."""
    depth = len(open_count) - 1
    bottom, held, held_count, held_starts = state
    rows = len(count)
    for i in range(rows + closing):
        if held:
            common = _shared(last, words, i, depth) if i < rows else 0
            length = depth
            while _letter(last, length - 1) == 0:
                length -= 1
            types[bottom + 1] += 1
            types[length + 1] -= 1
            # Grams of this window alone that are too rare to be held are not opened at all.
            top = max(bottom, common)
            if top == 0 or held_count >= floor:
                top = length
            open_count[top] += held_count
            open_starts[top] += held_starts
            if top == length and length < depth:
                open_ends[top] += held_count
            # Close what the next does not share, deepest first; a gram's occurrences add to its parent's.
            closed_count = np.int64(0)
            closed_starts = np.int64(0)
            for n in range(top, common, -1):
                closed_count += open_count[n]
                closed_starts += open_starts[n]
                if closed_count >= floor or n == 1:
                    k = used[n]
                    chars[n, k] = _letter(last, n - 1)
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
        if i < rows:
            for w in range(len(last)):
                last[w] = words[w, i]
            held, held_count, held_starts = 1, count[i], row_starts[i]
    state[0], state[1], state[2], state[3] = bottom, held, held_count, held_starts


_BUFFERS: dict[str, type] = {
    "char": np.int32,
    "parent": np.int32,
    "count": np.int64,
    "starts": np.int64,
    "ends": np.int64,
}


class TrieBuilder:
    """Takes sorted distinct windows block by block and builds the trie of grams with count >= floor.

    OverflowError when a count is beyond the integers that `counts` are.
    """

    def __init__(
        self, *, depth: int, floor: int, storage: Storage | None = None, counts: type = np.int64
    ) -> None:
        if depth < 1:
            raise ValueError(f"depth must be at least 1, got {depth}")
        self._storage = storage = storage or Storage()
        self._depth = depth
        self._floor = floor
        size = depth + 1
        self._state = np.zeros(4, dtype=np.int64)
        self._last = np.zeros(words_for(depth), dtype=np.int64)
        self._open = [np.zeros(size, dtype=np.int64) for _ in range(3)]
        self._nodes = np.zeros(size, dtype=np.int64)
        self._types = np.zeros(size + 1, dtype=np.int64)
        self._buffers: list[np.ndarray] = [np.empty((1, 0), dtype=dtype) for dtype in _BUFFERS.values()]
        self._most = np.iinfo(counts).max
        self._grown = {
            name: [storage.column(counts if dtype is np.int64 else dtype) for _ in range(depth)]
            for name, dtype in _BUFFERS.items()
        }

    def extend(self, words: np.ndarray, count: np.ndarray, starts: np.ndarray) -> None:
        """Add windows: words Int64[words, n] in order, after all earlier ones; counts and starts Int64[n]."""
        self._take(words, count, starts, 0)

    def finish(self) -> Trie:
        """Close the open grams and return the trie."""
        empty = np.empty(0, dtype=np.int64)
        self._take(np.empty((len(self._last), 0), dtype=np.int64), empty, empty, 1)
        flat = {name: self._storage.join(columns) for name, columns in self._grown.items()}
        offsets = np.concatenate([[0], np.cumsum(self._nodes[1:])])
        # How many more grams of an order begin at a window than of the order below.
        return Trie(offsets=offsets, types=np.cumsum(self._types)[1:-1], **flat)

    def _take(self, words: np.ndarray, count: np.ndarray, starts: np.ndarray, closing: int) -> None:
        used, columns = self._columns(len(count))
        state = (self._state, self._last, *self._open, self._nodes, self._types)
        _extend(words, count, starts, closing, self._floor, *state, used, *columns)  # type: ignore[call-arg]
        self._keep(used, columns)

    def _columns(self, rows: int) -> tuple[np.ndarray, list[np.ndarray]]:
        if rows + self._depth >= self._buffers[0].shape[1]:
            shape = (self._depth + 1, rows + self._depth + 1)
            self._buffers = [np.empty(shape, dtype=dtype) for dtype in _BUFFERS.values()]
        return np.zeros(self._depth + 1, dtype=np.int64), self._buffers

    def _keep(self, used: np.ndarray, columns: list[np.ndarray]) -> None:
        if int(self._nodes.max()) > MAX_NODES:
            raise ValueError(f"an order must have at most {MAX_NODES} grams, got {self._nodes.max()}")
        # No gram occurs more often than its first character does.
        if used[1] and int(columns[2][1, : used[1]].max()) > self._most:
            raise OverflowError(f"counts must be at most {self._most}, got {columns[2][1, : used[1]].max()}")
        for grown, column in zip(self._grown.values(), columns, strict=True):
            for n, size in enumerate(used.tolist()):
                if size:
                    grown[n - 1].append(column[n, :size])
