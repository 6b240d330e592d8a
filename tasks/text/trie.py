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

from tasks.text.characters import CODE_POINTS, Characters, column_of, decode
from tasks.text.hashing import packed_slot
from tasks.text.token_rules import SPACE, class_table

NODE_BITS = 24
NODE_MASK = (1 << NODE_BITS) - 1


class Trie(NamedTuple):
    """Arrays of a trie; a node's word is -1 where none ends.

    character int32[0x110000], root int32[width], edges int64[table] (key << 24 | node, -1 if empty),
    word int32[nodes], inner bool[nodes]; width is characters + 1.
    """

    character: np.ndarray
    root: np.ndarray
    edges: np.ndarray
    word: np.ndarray
    inner: np.ndarray
    width: int


def build_trie(words: Sequence[str] | pa.StringArray | pa.LargeStringArray) -> Trie:
    """Build the trie of distinct words; ValueError for an empty word, white space in one, a duplicate."""
    column = words if isinstance(words, pa.Array) else column_of(words)
    text = decode(column)
    _check_words(column, text)
    present = np.zeros(CODE_POINTS, np.bool_)
    present[text.codes] = True
    width = int(present.sum()) + 1
    character = np.zeros(CODE_POINTS, np.int32)
    character[present] = np.arange(1, width)
    if len(text.codes) + 1 > NODE_MASK or (len(text.codes) + 1) * width >= 1 << (63 - NODE_BITS):
        raise ValueError(f"words must hold fewer than {NODE_MASK} characters, got {len(text.codes)}")
    bits = max((2 * max(len(text.codes) - len(column), 1) - 1).bit_length(), 4)
    root = np.zeros(width, np.int32)
    edges = np.full(1 << bits, -1, np.int64)
    word = np.full(len(text.codes) + 1, -1, np.int32)
    inner = np.zeros(len(text.codes) + 1, np.bool_)
    trie = Trie(character, root, edges, word, inner, width)
    nodes, duplicate = _insert(trie, character[text.codes], text.offsets)
    if duplicate >= 0:
        raise ValueError(f"words must be distinct, got {column[duplicate].as_py()!r} twice")
    return trie._replace(word=word[:nodes].copy(), inner=inner[:nodes].copy())


def find(trie: Trie, words: pa.StringArray | pa.LargeStringArray) -> np.ndarray:
    """Return the number of each word, -1 for one the trie does not hold; int32[n]."""
    text = decode(words)
    found = np.full(len(words), -1, np.int32)
    _find(trie, trie.character[text.codes], text.offsets, found)
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
def child(trie, node, character):
    """Return the node one character on, 0 when there is none; the root is node 0 and has no entry here."""
    edge = trie.edges[packed_slot(trie.edges, np.int64(node) * trie.width + character, NODE_BITS)]
    return edge & NODE_MASK if edge >= 0 else np.int64(0)


@njit(cache=True, nogil=True)
def _insert(trie, characters, offsets):
    root, edges, word = trie.root, trie.edges, trie.word
    count = np.int64(1)
    duplicate = -1
    for w in range(len(offsets) - 1):
        start = offsets[w]
        node = np.int64(root[characters[start]])
        if node == 0:
            node = count
            root[characters[start]] = node
            count += 1
        for i in range(start + 1, offsets[w + 1]):
            trie.inner[node] = True
            key = np.int64(node) * trie.width + characters[i]
            slot = packed_slot(edges, key, NODE_BITS)
            if edges[slot] < 0:
                edges[slot] = key << NODE_BITS | count
                count += 1
            node = edges[slot] & NODE_MASK
        if word[node] >= 0 and duplicate < 0:
            duplicate = w
        word[node] = w
    return count, duplicate


@njit(cache=True, nogil=True)
def _find(trie, characters, offsets, found):
    for w in range(len(offsets) - 1):
        i = offsets[w]
        if i == offsets[w + 1]:
            continue
        node = np.int64(trie.root[characters[i]])
        i += 1
        while node != 0 and i < offsets[w + 1]:
            node = child(trie, node, characters[i])
            i += 1
        found[w] = trie.word[node]
