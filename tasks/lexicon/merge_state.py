"""The state of a text whose neighbours are merged into words in place (gains: see gain).

A text is a row of tokens. An occurrence of a word is counted where it does not overlap the one before. Every distinct
string is one type, whatever it was merged from.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.text.hashing import GOLDEN, slot_of

LEFT, RIGHT, TARGET, COUNT, HEAD, TAIL, AS_LEFT, AS_RIGHT, AS_TARGET, STATE = range(10)
UNLISTED, LISTED, GIVEN_UP = range(3)
LEAST_COUNT = 3
TOKENS, FIRST, LENGTH, LEFTS, RIGHTS, SPELLINGS, FLOOR = range(7)
PAIRS, TYPES, PLACES, TOTAL = range(4)
_NONE = -1


class Text(NamedTuple):
    """Tokens of a text and the pairs of neighbours, each with a chain of the places where it stands.

    character int32[n], -1 before, between and after runs; type int32[n] of the token that begins there, else -1;
    ahead and back int32[n] to the places beside it. pair int64[pairs, 10]: types, target, count, first and last
    place in `place` int64[places, 2] (position, next), links to the next pair with the same left, right and
    target, state; pairs seen LEAST_COUNT times are listed. kind int64[types, 7]: tokens, one position, length,
    where those links begin, and the floor of tokens that bounds of gains reckon with. by_pair and by_string
    int64[slots, 2] are hash tables, tree float64[2 * pairs] a tournament of gains, size int64[4] what is in use.
    """

    character: np.ndarray
    type: np.ndarray
    ahead: np.ndarray
    back: np.ndarray
    pair: np.ndarray
    kind: np.ndarray
    place: np.ndarray
    by_pair: np.ndarray
    by_string: np.ndarray
    tree: np.ndarray
    size: np.ndarray
    max_length: int


@njit(cache=True, nogil=True)
def free_slot(text, position, length):
    """Return the slot of the characters there in by_string, or the empty one where they belong."""
    key = np.uint64(length)
    for i in range(position, position + length):
        key = (key ^ np.uint64(text.character[i] + 1)) * GOLDEN
        key ^= key >> np.uint64(29)
    mask = len(text.by_string) - 1
    slot = np.int64(key & np.uint64(mask))
    while text.by_string[slot, 0] >= 0:
        known = text.by_string[slot, 0]
        first = text.kind[known, FIRST]
        same = text.kind[known, LENGTH] == length
        for i in range(length):
            same = same and text.character[first + i] == text.character[position + i]
        if same:
            break
        slot = (slot + 1) & mask
    return slot


@njit(cache=True, nogil=True)
def type_of(text, position, length, new):
    """Return the type of the characters there, -1 when they are none yet; `new` numbers them."""
    slot = free_slot(text, position, length)
    number = text.by_string[slot, 0]
    if number < 0 and new:
        number = text.size[TYPES]
        text.size[TYPES] += 1
        text.by_string[slot, 0] = number
        text.kind[number] = _NONE
        text.kind[number, TOKENS] = 0
        text.kind[number, FIRST] = position
        text.kind[number, LENGTH] = length
    return number


@njit(cache=True, nogil=True)
def add_place(text, position):
    """Count the pair that begins at a position; return its number, -1 when there is none or it is too long."""
    beside = text.ahead[position]
    if text.type[beside] < 0:
        return _NONE
    left, right = np.int64(text.type[position]), np.int64(text.type[beside])
    length = text.kind[left, LENGTH] + text.kind[right, LENGTH]
    if length > text.max_length:
        return _NONE
    key = left << 31 | right
    slot = slot_of(text.by_pair, key)
    if text.by_pair[slot, 0] < 0:
        number = text.size[PAIRS]
        text.size[PAIRS] += 1
        text.by_pair[slot, 0] = key
        text.by_pair[slot, 1] = number
        target = type_of(text, position, length, True)
        row = text.pair[number]
        row[LEFT], row[RIGHT], row[TARGET], row[COUNT] = left, right, target, 0
        row[HEAD], row[TAIL] = _NONE, _NONE
        row[STATE] = UNLISTED
    number = text.by_pair[slot, 1]
    at = text.size[PLACES]
    text.size[PLACES] += 1
    text.place[at, 0] = position
    text.place[at, 1] = _NONE
    if text.pair[number, HEAD] < 0:
        text.pair[number, HEAD] = at
    else:
        text.place[text.pair[number, TAIL], 1] = at
    text.pair[number, TAIL] = at
    row = text.pair[number]
    row[COUNT] += 1
    if row[COUNT] >= LEAST_COUNT and row[STATE] == UNLISTED:
        row[STATE] = LISTED
        for kind, link, begin in (
            (row[LEFT], AS_LEFT, LEFTS),
            (row[RIGHT], AS_RIGHT, RIGHTS),
            (row[TARGET], AS_TARGET, SPELLINGS),
        ):
            row[link] = text.kind[kind, begin]
            text.kind[kind, begin] = number
    return number


@njit(cache=True, nogil=True)
def occurrences(text, parts, width):
    """Return the positions int64[c], ascending, where parts int64[width] stand side by side, not overlapping."""
    number = text.by_pair[slot_of(text.by_pair, parts[0] << 31 | parts[1]), 1]
    if number < 0:
        return np.empty(0, np.int64)
    found = np.empty(text.pair[number, COUNT], np.int64)
    count = 0
    at = text.pair[number, HEAD]
    while at >= 0:
        i = text.place[at, 0]
        for part in range(width):
            if text.type[i] != parts[part]:
                break
            if part == width - 1:
                found[count] = text.place[at, 0]
                count += 1
            i = text.ahead[i]
        at = text.place[at, 1]
    found = np.sort(found[:count])
    end = 0
    count = 0
    for position in found:
        if position >= end:
            found[count] = position
            count += 1
            end = position
            for _ in range(width):
                end = text.ahead[end]
    return found[:count]


@njit(cache=True, nogil=True)
def put_together(text, parts, width, positions):
    """Make the parts at ascending positions one token each; return its type."""
    length = 0
    for i in range(width):
        length += text.kind[parts[i], LENGTH]
    word = type_of(text, positions[0], length, True)
    for position in positions:
        _leave(text, text.back[position])
        end = position
        for _ in range(width):
            _leave(text, end)
            here = end
            end = text.ahead[here]
            text.type[here] = _NONE
        text.type[position] = word
        text.ahead[position] = end
        text.back[end] = position
        if text.type[text.back[position]] >= 0:
            add_place(text, text.back[position])
        add_place(text, position)
    for i in range(width):
        text.kind[parts[i], TOKENS] -= len(positions)
    text.kind[word, TOKENS] += len(positions)
    text.size[TOTAL] -= (width - 1) * len(positions)
    return word


@njit(cache=True, nogil=True)
def _leave(text, position):
    beside = text.ahead[position]
    if text.type[position] >= 0 and text.type[beside] >= 0:
        key = np.int64(text.type[position]) << 31 | text.type[beside]
        number = text.by_pair[slot_of(text.by_pair, key), 1]
        if number >= 0:
            text.pair[number, COUNT] -= 1
