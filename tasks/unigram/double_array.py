"""A trie as a double array: the child of a node by a character is the slot base(node) + character.

J. Aoe, An efficient digital search algorithm by using a double-array structure (1989). No two nodes share a
base, so a slot belongs to the node that looks there exactly when the slot's own character is the one looked
for. A step reads 16 bytes, cost included. Characters are numbered from 1, the most frequent first, and nodes
with most children are placed first: slots fill without gaps. Slot c is the first character c itself; a leaf
has base 0, where no slot answers.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.text.trie import NODE_BITS, NODE_MASK, Trie

SLOT = np.dtype([("base", np.int32), ("character", np.int32), ("cost", np.int64)])
NO_WORD = np.int64(1 << 60)


class DoubleArray(NamedTuple):
    """character int32[0x110000], 0 for one in no word; slots SLOT[slots]; word int32[slots], -1 for none."""

    character: np.ndarray
    slots: np.ndarray
    word: np.ndarray


def double_array(trie: Trie, costs: np.ndarray) -> DoubleArray:
    """Lay out a trie whose words cost int64[words] each, less than NO_WORD."""
    edges = trie.edges[trie.edges >= 0]
    parent, character = np.divmod(edges >> NODE_BITS, trie.width)
    child = edges & NODE_MASK
    frequency = np.bincount(character, minlength=trie.width)
    frequency[0] = len(edges) + 1
    rank = np.empty(trie.width, np.int64)
    rank[np.argsort(-frequency, kind="stable")] = np.arange(trie.width)
    character = rank[character]
    order = _sorted(parent, _sorted(character, np.arange(len(edges)), trie.width), len(trie.word))
    parent, character, child = parent[order], character[order], child[order]
    children = np.bincount(parent, minlength=len(trie.word))
    first = np.cumsum(children) - children
    nodes = np.flatnonzero(children)
    nodes = _sorted(-children + children.max(initial=0), nodes, trie.width + 1)
    base = np.zeros(len(trie.word), np.int64)
    base[nodes], slots = _place(first[nodes], children[nodes], character, trie.width)

    table = np.zeros(slots + trie.width, SLOT)
    word = np.full(len(table), -1, np.int32)
    slot = np.zeros(len(trie.word), np.int64)
    begun = np.flatnonzero(trie.root)
    slot[trie.root[begun]] = rank[begun]
    slot[child] = base[parent] + character
    table["character"] = -1
    table["character"][slot[child]] = character
    table["base"][slot[1:]] = base[1:]
    word[slot[1:]] = trie.word[1:]
    table["cost"] = NO_WORD
    table["cost"][word >= 0] = costs[word[word >= 0]]
    return DoubleArray(rank[trie.character].astype(np.int32), table, word)


@njit(cache=True, nogil=True)
def _sorted(key, order, limit):
    # counting sort of the indices `order` by key, each below the limit; stable
    place = np.zeros(limit + 1, np.int64)
    for i in order:
        place[key[i] + 1] += 1
    place = np.cumsum(place)
    out = np.empty(len(order), np.int64)
    for i in order:
        out[place[key[i]]] = i
        place[key[i]] += 1
    return out


@njit(cache=True, nogil=True)
def _place(first, children, character, width):
    # free slots form a list in ascending order; the end fits all; where one node was refused the next is not
    # tried: only nodes with half as many children start over
    size = 2 * (len(character) + width) + 1024
    after, before = np.arange(1, size + 1), np.arange(-1, size - 1)
    taken, based = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    base = np.empty(len(first), np.int64)
    free = top = at = np.int64(width)
    most = np.int64(0)
    for k in range(len(first)):
        low, high = first[k], first[k] + children[k]
        if k == 0 or 2 * children[k] <= most:
            at, most = free, children[k]
        found = np.int64(-1)
        while at < top:
            start = at - character[low]
            if start > 0 and not based[start]:
                fits = True
                for e in range(low + 1, high):
                    if taken[start + character[e]]:
                        fits = False
                        break
                if fits:
                    found = start
                    break
            at = after[at]
            while taken[at]:
                at = after[at]
        if found < 0:
            found = max(np.int64(1), top - character[low])
            while based[found] or found + character[low] < top:
                found += 1
        base[k] = found
        based[found] = True
        last = found + character[high - 1]
        if last + width + 2 >= size:
            grown = 2 * size + width
            after, before = _longer(after, grown, 1), _longer(before, grown, -1)
            taken, based = _padded(taken, grown), _padded(based, grown)
            size = grown
        for e in range(low, high):
            s = found + character[e]
            taken[s] = True
            if s == free:
                free = after[s]
            else:
                after[before[s]] = after[s]
            before[after[s]] = before[s]
        top = max(top, last + 1)
        while taken[at]:
            at = after[at]
    return base, top


@njit(cache=True, nogil=True)
def _longer(links, size, step):
    longer = np.arange(size) + step
    longer[: len(links)] = links
    return longer


@njit(cache=True, nogil=True)
def _padded(flags, size):
    padded = np.zeros(size, np.bool_)
    padded[: len(flags)] = flags
    return padded
