"""Completion: pieces that hardly ever stand without each other are joined into one word where that is cheaper.

The teacher's words are at most four units long, so longer ones come in pieces: 内塔尼亚 胡. Over and over,

1. every pair of neighbouring pieces that meets three times or more is measured (see tasks.lexicon.join_gain): what one
   word saves, and the freedom of both pieces;
2. pairs that save, and of which one piece is bound to the other (freedom of at most `min_freedom`), are joined, those
   that save most first,

until there is none. The bound keeps phrases apart: 记者 and 报道 meet often, and are free. A join is a rule, applied in
the order in which the rules were found, as in byte pair encoding (Gage 1994); so any text is joined likewise.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from tasks.lexicon.join_gain import (
    LEAST_MEETINGS,
    NeighbourPairs,
    WordEnds,
    WordTypes,
    freedom,
    join_gain,
    join_spelling,
)
from tasks.text.characters import column_of, decode
from tasks.text.hashing import slot_of
from tasks.text.trie import build_trie, child

_MAX_ROUNDS = 100
_NO_RULE = np.iinfo(np.int64).max


class Completion(NamedTuple):
    """Bounds of joining: words are at most max_length characters long, pieces of more freedom stay apart."""

    max_length: int = 16
    min_freedom: float = 0.1


DEFAULT = Completion()


class Pieces(NamedTuple):
    """Pieces of runs in order: number int64[pieces] of each, -1 for one of no list, and whether a run begins there."""

    number: np.ndarray
    first: np.ndarray


class Joins(NamedTuple):
    """Rules in order: left and right are pieces and whole the word that they become, int64[joins] each."""

    left: np.ndarray
    right: np.ndarray
    whole: np.ndarray

    @classmethod
    def none(cls) -> "Joins":
        """Return no rules."""
        return cls(*np.zeros((3, 0), np.int64))


def find_joins(
    pieces: Pieces, words: pa.StringArray, completion: Completion = DEFAULT
) -> tuple[pa.StringArray, Joins]:
    """Return words that pieces and joins are made of, the given ones first, and the joins.

    Numbers of pieces are indices of words.
    """
    listed = words.to_pylist()
    number_of = {word: i for i, word in enumerate(listed)}
    joins = Joins.none()
    for _ in range(_MAX_ROUNDS):
        found = _round(pieces, listed, number_of, completion)
        if not len(found.whole):
            break
        joins = Joins(*map(np.concatenate, zip(joins, found, strict=True)))
        pieces = apply_joins(pieces, joins)[0]
    return column_of(listed), joins


def apply_joins(pieces: Pieces, joins: Joins) -> tuple[Pieces, np.ndarray]:
    """Return the pieces after all joins, and bool[pieces], which of those given begin one of them."""
    kept = np.ones(len(pieces.number), np.bool_)
    number = pieces.number.copy()
    if len(joins.whole):
        _apply(number, pieces.first, _table(joins), joins.whole, kept)
    return Pieces(number[kept], pieces.first[kept]), kept


def _round(pieces: Pieces, listed: list[str], number_of: dict[str, int], completion: Completion) -> Joins:
    max_length, min_freedom = completion
    text = decode(column_of(listed))
    uses = np.bincount(pieces.number[pieces.number >= 0], minlength=len(listed))
    types = WordTypes.of(text.codes, text.offsets, uses, max_length)
    pairs = _meetings(pieces)
    length = types.length[pairs.left] + types.length[pairs.right]
    ends = WordEnds(*(text.codes[at].astype(np.int64) for at in (text.offsets[:-1], text.offsets[1:] - 1)))
    often = pairs.meetings >= LEAST_MEETINGS
    bound = often & (length <= max_length) & (freedom(pairs, ends, uses) <= min_freedom)
    pairs = NeighbourPairs(*(array[bound] for array in pairs))
    wholes = [listed[a] + listed[b] for a, b in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)]
    held = np.array([number_of.get(word, -1) for word in wholes], np.int64)
    pairs = pairs._replace(existing=np.where(held >= 0, uses[held], 0))
    saved = join_gain(pairs, uses) - join_spelling(pairs, types)
    order = np.lexsort((pairs.right, pairs.left, -saved))
    chosen = order[saved[order] > 0]
    for i in chosen.tolist():
        if wholes[i] not in number_of:
            number_of[wholes[i]] = len(listed)
            listed.append(wholes[i])
    whole = np.array([number_of[wholes[i]] for i in chosen.tolist()], np.int64)
    return Joins(pairs.left[chosen], pairs.right[chosen], whole)


def _meetings(pieces: Pieces) -> NeighbourPairs:
    keys = np.empty(max(len(pieces.number) - 1, 0), np.int64)
    _pair_keys(pieces.number, pieces.first, keys)
    key, count = np.unique(keys[keys >= 0], return_counts=True)
    return NeighbourPairs(key >> 32, key & 0xFFFFFFFF, count, np.zeros(len(key), np.int64))


def _table(joins: Joins) -> np.ndarray:
    bits = max((2 * len(joins.whole)).bit_length(), 4)
    table = np.full((1 << bits, 2), -1, np.int64)
    _fill(table, joins.left << 32 | joins.right)
    return table


class Completer:
    """Joins the pieces of any text by rules over a list of words."""

    def __init__(self, words: pa.StringArray, joins: Joins) -> None:
        self._trie = build_trie(words)
        self._joins = joins
        self._table = _table(joins)

    def joined(self, codes: np.ndarray, character: np.ndarray, begins: np.ndarray) -> np.ndarray:
        """Return bool[n], the places where a piece begins that is joined to the one before.

        codes uint32[n] of runs, character int32[n] negative between them, begins bool[n] where a piece begins.
        """
        result = np.zeros(len(begins), np.bool_)
        if len(self._joins.whole):
            start = np.flatnonzero(begins)
            number, first = np.empty(len(start), np.int64), np.empty(len(start), np.bool_)
            _number(self._trie.character[codes], character, start, self._trie, number, first)
            _, kept = apply_joins(Pieces(number, first), self._joins)
            result[start[~kept]] = True
        return result


@njit(cache=True, nogil=True)
def _pair_keys(number, first, keys):
    for i in range(len(keys)):
        a, b = number[i], number[i + 1]
        keys[i] = -1
        if a >= 0 and b >= 0 and not first[i + 1]:
            key = a << 32 | b
            # 哈哈哈 holds 哈 and 哈 side by side once
            if a != b or i == 0 or keys[i - 1] != key:
                keys[i] = key


@njit(cache=True, nogil=True)
def _fill(table, keys):
    for rank in range(len(keys)):
        slot = slot_of(table, keys[rank])
        if table[slot, 0] == -1:
            table[slot, 0] = keys[rank]
            table[slot, 1] = rank


@njit(cache=True, nogil=True)
def _rank(table, a, b):
    slot = slot_of(table, a << 32 | b)
    return table[slot, 1] if table[slot, 0] >= 0 else _NO_RULE


@njit(cache=True, nogil=True)
def _apply(number, first, table, whole, kept):
    n = len(number)
    at = np.empty(n, np.int64)
    rank = np.empty(n, np.int64)
    low = 0
    while low < n:
        high = low + 1
        while high < n and not first[high] and number[high] >= 0 and number[high - 1] >= 0:
            high += 1
        size = 0
        best = _NO_RULE
        for i in range(low, high):
            at[size] = i
            rank[size] = _rank(table, number[i], number[i + 1]) if i + 1 < high else _NO_RULE
            best = min(best, rank[size])
            size += 1
        while best != _NO_RULE:
            k = 0
            while rank[k] != best:
                k += 1
            number[at[k]] = whole[best]
            kept[at[k + 1]] = False
            for j in range(k + 1, size - 1):
                at[j] = at[j + 1]
                rank[j] = rank[j + 1]
            size -= 1
            rank[k] = _rank(table, number[at[k]], number[at[k + 1]]) if k + 1 < size else _NO_RULE
            if k > 0:
                rank[k - 1] = _rank(table, number[at[k - 1]], number[at[k]])
            best = _NO_RULE
            for j in range(size):
                best = min(best, rank[j])
        low = high


@njit(cache=True, nogil=True)
def _number(characters, character, start, trie, number, first):
    n = len(character)
    for t in range(len(start)):
        i = start[t]
        first[t] = i == 0 or character[i - 1] < 0
        node = np.int64(trie.root[characters[i]])
        j = i + 1
        limit = start[t + 1] if t + 1 < len(start) else n
        while node != 0 and j < limit and character[j] >= 0:
            node = child(trie, node, characters[j])
            j += 1
        number[t] = trie.word[node] if node != 0 else -1
