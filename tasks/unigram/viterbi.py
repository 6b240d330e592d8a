"""Cheapest segmentations, sentence by sentence from UTF-8 to tokens, so that memory stays in cache.

The best segmentation of the end of a sentence is extended backwards, one character at a time; a walk forwards then
emits the tokens. The word chosen so far is one number, end << 32 | slot, so that the cheaper of two is a select and no
branch; words are counted for ties only.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.text.characters import decode_sentence
from tasks.text.ragged import Ragged
from tasks.text.token_rules import (
    BLANK,
    MINED_START,
    RULE,
    RULE_START,
    TokenRules,
    class_tables,
    sentence_runs,
)
from tasks.text.user_dictionary import Marks, UserDictionary, mark_sentence
from tasks.unigram.double_array import DoubleArray

_NONE = np.int64((1 << 31) - 1)


class Tokens(NamedTuple):
    """Columns of tokens: sentence int64[n]; start and end in characters, word, length in bytes int32[n]."""

    sentence: np.ndarray
    start: np.ndarray
    end: np.ndarray
    word: np.ndarray
    length: np.ndarray

    @classmethod
    def room(cls, size: int) -> "Tokens":
        """Return columns of which only the part that is written to will take memory."""
        return cls(np.empty(size, np.int64), *(np.empty(size, np.int32) for _ in range(4)))

    def part(self, first: int, end: int | None = None) -> "Tokens":
        """Return the tokens [first, end) as views."""
        return Tokens(*(column[first:end] for column in self))


class _Rules(NamedTuple):
    tables: tuple[np.ndarray, np.ndarray]
    flags: tuple[bool, bool, bool, bool]
    marks: Marks


class _Scratch(NamedTuple):
    codes: np.ndarray
    byte: np.ndarray
    span_codes: np.ndarray
    characters: np.ndarray
    best: np.ndarray
    words: np.ndarray
    reach: np.ndarray
    slot: np.ndarray


def segment(
    sentences: Ragged,
    lexicon: DoubleArray,
    unknown: int,
    token_rules: TokenRules,
    dictionary: UserDictionary,
    first_row: int,
    tokens: Tokens,
) -> int:
    """Segment sentences of UTF-8, uint8[bytes]; write tokens, return how many."""
    offsets = sentences.offsets
    longest = int(sentences.lengths.max(initial=0)) if len(offsets) != 2 else int(offsets[1] - offsets[0])
    int32 = (np.empty(longest + 1, np.int32) for _ in range(5))
    byte, characters, words, reach, slot = int32
    scratch = _Scratch(
        np.empty(longest, np.uint32), byte, np.empty(longest, np.uint8), characters,
        np.empty(longest + 1, np.int64), words, reach, slot,
    )  # fmt: skip
    rules = _Rules(class_tables(), token_rules.flags, dictionary.marks)
    written = int(_segment(sentences, lexicon, unknown, rules, scratch, tokens))
    if first_row:
        tokens.sentence[:written] += first_row
    return written


@njit(cache=True, nogil=True)
def _segment(sentences, lexicon, unknown, rules, scratch, tokens):
    written = 0
    for s in range(len(sentences.offsets) - 1):
        n = decode_sentence(sentences.values, sentences.offsets[s], sentences.offsets[s + 1], scratch.codes)
        sentence_runs(scratch.codes, 0, n, rules.tables, rules.flags, scratch.span_codes)
        if rules.marks.active:
            mark_sentence(scratch.codes[:n], scratch.span_codes[:n], rules.marks)
        byte = 0
        for i in range(n):
            code = scratch.codes[i]
            scratch.characters[i] = lexicon.character[code]
            scratch.byte[i] = byte
            byte += 1 + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000)
        scratch.byte[n] = byte
        _cheapest(n, lexicon, unknown, scratch)
        i = 0
        while i < n:
            if scratch.span_codes[i] == BLANK:
                i += 1
                continue
            tokens.sentence[written] = s
            tokens.start[written] = i
            slot = scratch.slot[i]
            begin = scratch.byte[i]
            i = scratch.reach[i]
            tokens.end[written] = i
            tokens.length[written] = scratch.byte[i] - begin
            tokens.word[written] = -1 if slot == _NONE else lexicon.word[slot]
            written += 1
    return written


@njit(cache=True, nogil=True)
def _cheapest(n, lexicon, unknown, scratch):
    characters, span_codes, best = scratch.characters, scratch.span_codes, scratch.best
    words, slots = scratch.words, lexicon.slots
    end = n
    best[n] = 0
    words[n] = 0
    for i in range(n - 1, -1, -1):
        place = span_codes[i]
        if place == BLANK:
            end = i
            continue
        if place == RULE:
            continue
        if i + 1 == end:
            best[end] = 0
            words[end] = 0
        node = np.int64(characters[i])
        j = i + 1
        if place == RULE_START:
            scratch.slot[i] = _whole(node, j, end, characters, slots)
            scratch.reach[i] = end
            end = i
            continue
        cost = best[j] + unknown
        chosen = np.int64(j) << 32 | _NONE
        while True:
            total = best[j] + slots[node].cost
            better = total < cost
            if total == cost:
                better = words[j] <= words[chosen >> 32]
            cost = total if better else cost
            chosen = j << 32 | node if better else chosen
            if j == end:
                break
            character = characters[j]
            node = slots[node].base + character
            if slots[node].character != character:
                break
            j += 1
        best[i] = cost
        words[i] = words[chosen >> 32] + 1
        scratch.reach[i] = chosen >> 32
        scratch.slot[i] = chosen & _NONE
        if place == MINED_START:
            end = i


@njit(cache=True, nogil=True)
def _whole(node, j, end, characters, slots):
    while j < end:
        character = characters[j]
        node = slots[node].base + character
        if slots[node].character != character:
            return _NONE
        j += 1
    return node
