"""All grams of documents up to an order, with both counts that Kneser-Ney needs, in one trie of three arrays.

The windows of tasks.ngrams.count, sorted, hold every gram as a prefix. One pass lays them out level by level: the
children of a node, its one-symbol continuations, stand together in the order of their symbols. The edge, symbol 0,
opens a gram as the begin of a document and closes one as its end.

The continuation count of a gram is the number of different symbols seen before it. Nothing stands before the begin
of a document, so a gram that begins with it keeps its occurrences (Chen and Goodman 1998; Heafield et al. 2013).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.lm.alphabet import EDGE, Symbols
from tasks.ngrams.count import count_windows
from tasks.ngrams.rows import CHARS_PER_WORD

_BITS = 21
_NONE = -1


class GramTrie(NamedTuple):
    """Nodes level by level, the root first: the children of node i are first[i] to first[i + 1].

    first int64[nodes + 1], symbol int32[nodes], occurrences and continuations int64[nodes]; the grams of order k are
    nodes level[k] to level[k + 1], level int64[order + 2].
    """

    first: np.ndarray
    symbol: np.ndarray
    occurrences: np.ndarray
    continuations: np.ndarray
    level: np.ndarray

    @property
    def order(self) -> int:
        """Length of the longest grams."""
        return len(self.level) - 2


def count_grams(text: Symbols, order: int, threads: int = 1) -> GramTrie:
    """Count all grams of documents; ValueError unless order is 1..16 and there is a document with a character."""
    if not 1 <= order <= 16:
        raise ValueError(f"order must be from 1 to 16, got {order}")
    if not text.characters:
        raise ValueError("documents must hold at least one character to count, got none")
    grams, counts = _sorted_grams(text, order, threads)
    shared = np.empty(len(grams), np.int64)
    sizes = np.zeros(order + 1, np.int64)
    _share(grams, shared, sizes)
    sizes[0] = 1
    level = np.concatenate([[0], np.cumsum(sizes)])
    nodes = int(level[-1])
    first, parent = np.full(nodes + 1, nodes, np.int64), np.zeros(nodes, np.int64)
    symbol, occurrences = np.full(nodes, _NONE, np.int32), np.zeros(nodes, np.int64)
    trie = GramTrie(first, symbol, occurrences, np.zeros(nodes, np.int64), level)
    _lay_out(grams, counts, shared, trie, parent)
    _continue(trie, parent)
    return trie


def _sorted_grams(text: Symbols, order: int, threads: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the longest grams int32[n, order] in order, -1 past an end, and their occurrences int64[n]."""
    blocks = list(count_windows(text.symbol, order, threads))
    words = np.concatenate([rows.words for rows in blocks], axis=1)
    counts = np.concatenate([rows.count for rows in blocks])
    starts = np.concatenate([rows.starts for rows in blocks])
    inner = np.empty((words.shape[1], order), np.int32)
    for k in range(order):
        shift = _BITS * (CHARS_PER_WORD - 1 - k % CHARS_PER_WORD)
        inner[:, k] = words[k // CHARS_PER_WORD] >> shift & ((1 << _BITS) - 1)
    opening = inner[starts > 0, : order - 1]
    begins = np.concatenate([np.zeros((len(opening), 1), np.int32), opening], axis=1)
    grams = np.concatenate([begins, inner])
    past_end = np.cumsum(grams[:, 1:] == EDGE, axis=1)[:, :-1] > 0
    grams[:, 2:][past_end] = _NONE
    return grams, np.concatenate([starts[starts > 0], counts])


@njit(cache=True, nogil=True)
def _share(grams, shared, sizes):
    """Find how many symbols each gram shares with the one before, and how many grams each order has."""
    order = grams.shape[1]
    for i in range(len(grams)):
        k = 0
        if i:
            while k < order and grams[i, k] == grams[i - 1, k]:
                k += 1
        shared[i] = k
        while k < order and grams[i, k] >= 0:
            sizes[k + 1] += 1
            k += 1


@njit(cache=True, nogil=True)
def _lay_out(grams, counts, shared, trie, parent):
    first, symbol, level = trie.first, trie.symbol, trie.level
    order = grams.shape[1]
    at = level[:-1].copy()
    path = np.zeros(order + 1, np.int64)
    first[0] = level[1]
    at[0] = 1
    for i in range(len(grams)):
        for k in range(1, order + 1):
            if grams[i, k - 1] < 0:
                break
            if k > shared[i]:
                node = at[k]
                at[k] += 1
                path[k] = node
                symbol[node] = grams[i, k - 1]
                parent[node] = path[k - 1]
                if k < order:
                    first[node] = at[k + 1]
            trie.occurrences[path[k]] += counts[i]


@njit(cache=True, nogil=True, inline="always")
def child(trie, node, wanted):
    """Return the child of a node by its symbol, -1 when there is none; the trie has arrays `first` and `symbol`."""
    first, symbol = trie.first, trie.symbol
    low = first[node]
    high = first[node + 1]
    while low < high:
        middle = (low + high) >> 1
        if symbol[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    if low < first[node + 1] and symbol[low] == wanted:
        return low
    return -1


@njit(cache=True, nogil=True)
def _continue(trie, parent):
    symbol, level, continuations = trie.symbol, trie.level, trie.continuations
    suffix = np.zeros(len(symbol), np.int64)
    opens = np.zeros(len(symbol), np.bool_)
    for node in range(level[1], level[2]):
        opens[node] = symbol[node] == 0
    for node in range(level[2], len(symbol)):
        opens[node] = opens[parent[node]]
        suffix[node] = child(trie, suffix[parent[node]], symbol[node])
        continuations[suffix[node]] += 1
    for node in range(level[2], len(symbol)):
        if opens[node]:
            continuations[node] = trie.occurrences[node]
