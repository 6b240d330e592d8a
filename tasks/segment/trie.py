"""A trie over words as one open-addressing table: (node, character) -> node.

The key of an edge is node * width + character, characters numbered densely from 1; edges out of the root
are an array of their own, for most look-ups end there. Ids fit the words given: loading 300,000 takes a
pass over their characters.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from tasks.segment.characters import CODE_POINTS, Characters, decode
from tasks.segment.classes import SPACE, class_table

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class Trie(NamedTuple):
    """Arrays of a trie; a node's word is -1 where none ends.

    character uint16|int32[0x110000], root int32[width], keys int64[table], nodes int32[table],
    word int32[nodes], inner bool[nodes]; shift takes the hash's top bits, width is characters + 1.
    """

    character: np.ndarray
    root: np.ndarray
    keys: np.ndarray
    nodes: np.ndarray
    word: np.ndarray
    inner: np.ndarray
    shift: int
    width: int


def build_trie(words: Sequence[str] | pa.StringArray | pa.LargeStringArray) -> Trie:
    """Build the trie of distinct words; ValueError for an empty word, white space in one, or a duplicate."""
    column = words if isinstance(words, pa.Array) else pa.array(words, pa.string())
    text = decode(column)
    _check_words(column, text)
    present = np.zeros(CODE_POINTS, np.bool_)
    present[text.codes] = True
    width = int(present.sum()) + 1
    character = np.zeros(CODE_POINTS, np.int32)
    character[present] = np.arange(1, width)
    edges = max(len(text.codes) - len(column), 1)
    bits = max((2 * edges - 1).bit_length(), 4)
    root = np.zeros(width, np.int32)
    keys = np.full(1 << bits, -1, np.int64)
    nodes = np.zeros(1 << bits, np.int32)
    word = np.full(len(text.codes) + 1, -1, np.int32)
    inner = np.zeros(len(text.codes) + 1, np.bool_)
    count, duplicate = _insert(
        character[text.codes], text.offsets, root, keys, nodes, word, inner, 64 - bits, width
    )
    if duplicate >= 0:
        raise ValueError(f"words must be distinct, got {column[duplicate].as_py()!r} twice")
    return Trie(character, root, keys, nodes, word[:count].copy(), inner[:count].copy(), 64 - bits, width)


def find(trie: Trie, words: pa.StringArray | pa.LargeStringArray) -> np.ndarray:
    """Return the number of each word, -1 for one the trie does not hold; int32[n]."""
    text = decode(words)
    found = np.full(len(words), -1, np.int32)
    _find(
        trie.character[text.codes], text.offsets, trie.root, trie.keys, trie.nodes, trie.word,
        trie.shift, trie.width, found,
    )  # fmt: skip
    return found


def _check_words(column: pa.Array, text: Characters) -> None:
    empty = np.flatnonzero(np.diff(text.offsets) == 0)
    if len(empty):
        raise ValueError(f"words must have a character, word {empty[0]} is empty")
    blank = np.flatnonzero(class_table()[text.codes] == SPACE)
    if len(blank):
        index = int(np.searchsorted(text.offsets, blank[0], "right")) - 1
        raise ValueError(f"words must not contain white space, got {column[index].as_py()!r}")


@njit(cache=True, nogil=True, inline="always")
def child(node, character, keys, nodes, shift, width):
    """Return the node one character on, 0 when there is none; the root is node 0 and has no entry here."""
    key = np.int64(node) * width + character
    slot = np.int64((np.uint64(key) * _MULTIPLIER) >> np.uint64(shift))
    mask = len(keys) - 1
    while keys[slot] != key:
        if keys[slot] < 0:
            return np.int32(0)
        slot = (slot + 1) & mask
    return nodes[slot]


@njit(cache=True, nogil=True)
def _insert(characters, offsets, root, keys, nodes, word, inner, shift, width):
    mask = len(keys) - 1
    count = 1
    duplicate = -1
    for w in range(len(offsets) - 1):
        start = offsets[w]
        node = root[characters[start]]
        if node == 0:
            node = count
            root[characters[start]] = node
            count += 1
        for i in range(start + 1, offsets[w + 1]):
            inner[node] = True
            key = np.int64(node) * width + characters[i]
            slot = np.int64((np.uint64(key) * _MULTIPLIER) >> np.uint64(shift))
            while keys[slot] >= 0 and keys[slot] != key:
                slot = (slot + 1) & mask
            if keys[slot] < 0:
                keys[slot] = key
                nodes[slot] = count
                count += 1
            node = nodes[slot]
        if word[node] >= 0 and duplicate < 0:
            duplicate = w
        word[node] = w
    return count, duplicate


@njit(cache=True, nogil=True)
def _find(characters, offsets, root, keys, nodes, word, shift, width, found):
    for w in range(len(offsets) - 1):
        i = offsets[w]
        if i == offsets[w + 1]:
            continue
        node = root[characters[i]]
        i += 1
        while node != 0 and i < offsets[w + 1]:
            node = child(node, characters[i], keys, nodes, shift, width)
            i += 1
        found[w] = word[node]
