"""Build the trie of n-grams from sorted windows in one run-length pass.

A gram is open while windows begin with it. When the next window does not, its count is complete, and it is
written to its level unless it is rarer than `floor`.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.engines.storage import Storage
from tasks.ngrams.rows import Rows, words_for
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


class _Open(NamedTuple):
    """The grams of each order that the latest window `window` Int64[words] begins with, Int64[depth + 1] each.

    `nodes` are the positions that they will have in their levels. `state` Int64[5]: the longest order that
    `window` shares with the one before it, whether there is a window, its count and starts, and the greatest count
    of a character.
    """

    counts: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    nodes: np.ndarray
    window: np.ndarray
    state: np.ndarray


class _Closed(NamedTuple):
    """Columns [depth + 1, n] of nodes by order, how many of each are `used`, and the changes in distinct grams."""

    char: np.ndarray
    parent: np.ndarray
    counts: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    used: np.ndarray
    types: np.ndarray


@njit(cache=True, nogil=True, inline="always")
def _close(grams, closed, top, common, floor):
    """Close the orders above `common`, longest first; a gram's occurrences add to its parent's."""
    count = np.int64(0)
    starts = np.int64(0)
    for n in range(top, common, -1):
        count += grams.counts[n]
        starts += grams.starts[n]
        if count >= floor or n == 1:
            k = closed.used[n]
            closed.char[n, k] = _letter(grams.window, n - 1)
            closed.parent[n, k] = grams.nodes[n - 1]
            closed.counts[n, k] = count
            closed.starts[n, k] = starts
            closed.ends[n, k] = grams.ends[n]
            closed.used[n] = k + 1
            grams.nodes[n] += 1
        grams.counts[n] = 0
        grams.starts[n] = 0
        grams.ends[n] = 0
    grams.counts[common] += count
    grams.starts[common] += starts
    return count


@njit(cache=True, nogil=True)
def _extend(rows, last, grams, closed, floor):
    """Take in windows; the latest is kept until the next says how much they share, or until it is the last."""
    depth = len(grams.counts) - 1
    bottom, held, held_count, held_starts, most = grams.state
    size = len(rows.count)
    for i in range(size + last):
        if held:
            common = _shared(grams.window, rows.words, i, depth) if i < size else 0
            length = depth
            while _letter(grams.window, length - 1) == 0:
                length -= 1
            closed.types[bottom + 1] += 1
            closed.types[length + 1] -= 1
            # Grams of this window alone that are too rare to be held are not opened at all.
            top = max(bottom, common)
            if top == 0 or held_count >= floor:
                top = length
            grams.counts[top] += held_count
            grams.starts[top] += held_starts
            if top == length and length < depth:
                grams.ends[top] += held_count
            count = _close(grams, closed, top, common, floor)
            if common == 0:
                most = max(most, count)
            bottom = common
        if i < size:
            for w in range(len(grams.window)):
                grams.window[w] = rows.words[w, i]
            held, held_count, held_starts = 1, rows.count[i], rows.starts[i]
    state = grams.state
    state[0], state[1], state[2], state[3], state[4] = bottom, held, held_count, held_starts, most


class TrieBuilder:
    """Takes sorted distinct windows block by block and builds the trie of grams with count >= floor.

    OverflowError when a count exceeds the integers of type `counts`.
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
        open_counts, starts, ends, nodes = np.zeros((4, size), dtype=np.int64)
        window, state = np.zeros(words_for(depth), dtype=np.int64), np.zeros(5, dtype=np.int64)
        self._open = _Open(open_counts, starts, ends, nodes, window, state)
        self._types = np.zeros(size + 1, dtype=np.int64)
        self._most = np.iinfo(counts).max
        self._kinds = {
            "char": np.int32,
            "parent": np.int32,
            "count": counts,
            "starts": counts,
            "ends": counts,
        }
        self._buffers: list[np.ndarray] = [np.empty((1, 0), dtype=kind) for kind in self._kinds.values()]
        self._grown = {
            name: [storage.column(kind) for _ in range(depth)] for name, kind in self._kinds.items()
        }

    def extend(self, words: np.ndarray, count: np.ndarray, starts: np.ndarray) -> None:
        """Add windows: words Int64[words, n] in order, after all earlier ones; counts and starts Int64[n]."""
        self._take(Rows(words, count, starts), last=False)

    def finish(self) -> Trie:
        """Close the open grams and return the trie."""
        empty = np.empty(0, dtype=np.int64)
        self._take(Rows(np.empty((len(self._open.window), 0), dtype=np.int64), empty, empty), last=True)
        flat = {name: self._storage.join(columns) for name, columns in self._grown.items()}
        offsets = np.concatenate([[0], np.cumsum(self._open.nodes[1:])])
        # A window adds one gram to each order above the prefix shared with the window before it, up to its length.
        return Trie(offsets=offsets, types=np.cumsum(self._types)[1:-1], **flat)

    def _take(self, rows: Rows, *, last: bool) -> None:
        if rows.size + self._depth >= self._buffers[0].shape[1]:
            shape = (self._depth + 1, rows.size + self._depth + 1)
            self._buffers = [np.empty(shape, dtype=kind) for kind in self._kinds.values()]
        used = np.zeros(self._depth + 1, dtype=np.int64)
        char, parent, counts, starts, ends = self._buffers
        closed = _Closed(char, parent, counts, starts, ends, used, self._types)
        _extend(rows, int(last), self._open, closed, self._floor)
        self._keep(used.tolist())

    def _keep(self, used: list[int]) -> None:
        nodes, most = int(self._open.nodes.max()), int(self._open.state[-1])
        if nodes > MAX_NODES:
            raise ValueError(f"an order must have at most {MAX_NODES} grams, got {nodes}")
        # No gram occurs more often than its first character does.
        if most > self._most:
            raise OverflowError(f"counts must be at most {self._most}, got {most}")
        for grown, column in zip(self._grown.values(), self._buffers, strict=True):
            for n, size in enumerate(used):
                if size:
                    grown[n - 1].append(column[n, :size])
