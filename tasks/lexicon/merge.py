"""Words by merging neighbours: from characters, always the merge that saves most, while it pays (kexue.fm 5476).

The pair with the largest exact gain (2.11), or a word of three or four parts around it that gains more (2.16), is
merged everywhere, until no word pays for its entry in the lexicon (see merge_queue). A merge looks at the places
where it happens and at the pairs that its parts are in, not at the text.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from tasks.lexicon.gain import LN2
from tasks.lexicon.merge_queue import MAX_PARTS, floor, look_again, next_merge, pair_bound, set_gain
from tasks.lexicon.merge_state import (
    FIRST,
    FLOOR,
    LEFT,
    LENGTH,
    PAIRS,
    PLACES,
    RIGHT,
    TOKENS,
    TOTAL,
    TYPES,
    Text,
    add_place,
    free_slot,
    occurrences,
    put_together,
    type_of,
)
from tasks.text.hashing import slot_of

_BLOCK = 1 << 16


@dataclass(frozen=True)
class Merge:
    """One merge: the type made, the types of its parts, how often, what it saves and its entry costs, bits."""

    word: int
    parts: tuple[int, ...]
    count: int
    saved_bits: float
    entry_bits: float


@dataclass(frozen=True)
class Merged:
    """A text after merging: its state, the merges in order, and where words begin, bool[n]."""

    text: Text
    merges: tuple[Merge, ...]

    @property
    def begins(self) -> np.ndarray:
        """Where a word begins, bool[n]."""
        return self.text.type >= 0


def merge_neighbours(character: np.ndarray, max_length: int) -> Merged:
    """Merge the characters of runs int32[n], -1 before, between and after them; ValueError without that frame."""
    if len(character) == 0 or character[0] >= 0 or character[-1] >= 0:
        raise ValueError("runs must begin and end with -1")
    text = _characters(character, max_length)
    parts = np.zeros(MAX_PARTS, np.int64)
    merges: list[Merge] = []
    while True:
        width, gain, bits = next_merge(text, parts)
        if width == 0:
            return Merged(text, tuple(merges))
        positions = occurrences(text, parts, width)
        text = _with_room(text, 2 * len(positions) + 1)
        word = int(put_together(text, parts, width, positions))
        made = tuple(int(part) for part in parts[:width])
        look_again(text, word)
        for kind in sorted({*made} - {word}):
            if text.kind[kind, TOKENS] < text.kind[kind, FLOOR]:
                look_again(text, kind)
        merges.append(Merge(word, made, len(positions), gain / LN2, bits))


def _characters(character: np.ndarray, max_length: int) -> Text:
    n = len(character)
    text = Text(
        character=character.astype(np.int32),
        type=np.full(n, -1, np.int32),
        ahead=np.arange(1, n + 1, dtype=np.int32),
        back=np.arange(-1, n - 1, dtype=np.int32),
        pair=np.zeros((_BLOCK, 10), np.int64),
        kind=np.zeros((_BLOCK, 7), np.int64),
        place=np.zeros((_BLOCK, 2), np.int64),
        by_pair=np.full((_BLOCK, 2), -1, np.int64),
        by_string=np.full((_BLOCK, 2), -1, np.int64),
        tree=np.full(2 * _BLOCK, -np.inf),
        size=np.zeros(4, np.int64),
        max_length=max_length,
    )
    text = _with_room(text, int(character.max(initial=-1)) + 1)
    _number_characters(text)
    for start in range(0, n, _BLOCK):
        text = _with_room(text, _BLOCK)
        _place_pairs(text, start, min(start + _BLOCK, n))
    _look_at_all(text)
    return text


def _with_room(text: Text, more: int) -> Text:
    pair, tree = text.pair, text.tree
    if text.size[PAIRS] + more > len(pair):
        size = 1 << (int(text.size[PAIRS]) + more - 1).bit_length()
        pair = _longer(pair, size)
        tree = np.full(2 * size, -np.inf)
        tree[size : size + len(text.tree) // 2] = text.tree[len(text.tree) // 2 :]
        _play(tree)
    text = text._replace(
        pair=pair,
        tree=tree,
        kind=_longer(text.kind, int(text.size[TYPES]) + more),
        place=_longer(text.place, int(text.size[PLACES]) + more),
    )
    if 2 * (text.size[PAIRS] + more) > len(text.by_pair):
        text = text._replace(by_pair=_empty(2 * (int(text.size[PAIRS]) + more)))
        _list_pairs(text)
    if 2 * (text.size[TYPES] + more) > len(text.by_string):
        text = text._replace(by_string=_empty(2 * (int(text.size[TYPES]) + more)))
        _list_strings(text)
    return text


def _longer(rows: np.ndarray, size: int) -> np.ndarray:
    if size <= len(rows):
        return rows
    longer = np.zeros((max(size, len(rows) * 3 // 2), rows.shape[1]), rows.dtype)
    longer[: len(rows)] = rows
    return longer


def _empty(size: int) -> np.ndarray:
    return np.full((1 << size.bit_length(), 2), -1, np.int64)


@njit(cache=True, nogil=True)
def _number_characters(text):
    for i in range(len(text.character)):
        if text.character[i] >= 0:
            kind = type_of(text, i, 1, True)
            text.type[i] = kind
            text.kind[kind, TOKENS] += 1
            text.size[TOTAL] += 1


@njit(cache=True, nogil=True)
def _place_pairs(text, start, end):
    for i in range(start, end):
        if text.type[i] >= 0:
            add_place(text, i)


@njit(cache=True, nogil=True)
def _look_at_all(text):
    for kind in range(text.size[TYPES]):
        text.kind[kind, FLOOR] = floor(text.kind[kind, TOKENS])
    for number in range(text.size[PAIRS]):
        set_gain(text.tree, number, pair_bound(text, number))


@njit(cache=True, nogil=True)
def _play(tree):
    for at in range(len(tree) // 2 - 1, 0, -1):
        tree[at] = max(tree[2 * at], tree[2 * at + 1])


@njit(cache=True, nogil=True)
def _list_pairs(text):
    for number in range(text.size[PAIRS]):
        key = text.pair[number, LEFT] << 31 | text.pair[number, RIGHT]
        slot = slot_of(text.by_pair, key)
        text.by_pair[slot, 0] = key
        text.by_pair[slot, 1] = number


@njit(cache=True, nogil=True)
def _list_strings(text):
    for kind in range(text.size[TYPES]):
        text.by_string[free_slot(text, text.kind[kind, FIRST], text.kind[kind, LENGTH]), 0] = kind
