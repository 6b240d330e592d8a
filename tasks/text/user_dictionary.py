"""The user dictionary: forced words, forbidden words and stop characters.

- A *forced* word is one token wherever it stands. Of occurrences that overlap, the one that begins first counts,
  of those that begin together the longest. It may cross script classes (卡拉OK), but never splits a rule token:
  IT does not stand in ITALY.
- A *stop character* is a token of its own.
- A *forbidden* word is no word: a segmenter that finds it as a token splits it where a boundary is likeliest. A
  token by rule (a number, a Latin word) stays a token, but is no word of the lexicon.

Forced tokens and stop characters become tokens by rule in the span codes that `token_rules.runs` writes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.errors import InputError
from tasks.text.characters import CODE_POINTS, Characters
from tasks.text.token_rules import BLANK, MINED, MINED_START, RULE, RULE_START, SPACE, class_table
from tasks.text.trie import Trie, build_trie, child

LONGEST = 64


class Marks(NamedTuple):
    """The trie of forced words, and stop characters bool[0x110000]."""

    active: bool
    forced: Trie
    stop: np.ndarray


@dataclass(frozen=True, kw_only=True)
class UserDictionary:
    """Forced and forbidden words in ascending order, and stop characters."""

    force: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    stop_characters: str = ""

    @classmethod
    def of(cls, force: Iterable[str], forbid: Iterable[str], stop_characters: str) -> "UserDictionary":
        """Check and order what a user gives; InputError in one line for what cannot be."""
        forced, forbidden, stop = sorted(set(force)), sorted(set(forbid)), set(stop_characters)
        for kind, words, least in (("forced", forced, 1), ("forbidden", forbidden, 2)):
            for word in words:
                if not least <= len(word) <= LONGEST or any(_is_blank(c) for c in word):
                    raise InputError(
                        f"a {kind} word must have {least} to {LONGEST} characters and no white space; got {word!r}"
                    )
        if any(_is_blank(c) for c in stop):
            raise InputError(f"stop characters must not be white space; got {stop_characters!r}")
        for word in forced:
            if word in set(forbidden):
                raise InputError(f"a word must not be both forced and forbidden; got {word!r}")
            if len(word) > 1 and stop & set(word):
                raise InputError(
                    f"a forced word must hold no stop character; got {word!r} with {min(stop & set(word))!r}"
                )
        return cls(force=tuple(forced), forbid=tuple(forbidden), stop_characters="".join(sorted(stop)))

    def __bool__(self) -> bool:
        """Whether it decides anything."""
        return bool(self.force or self.forbid or self.stop_characters)

    def as_state(self) -> dict[str, list[str] | str]:
        """Return the fields by name, to be kept beside a lexicon."""
        return {
            "force": list(self.force),
            "forbid": list(self.forbid),
            "stop_characters": self.stop_characters,
        }

    @cached_property
    def marks(self) -> Marks:
        """Forced words and stop characters as arrays for the kernels."""
        stop = np.zeros(CODE_POINTS, np.bool_)
        stop[[ord(c) for c in self.stop_characters]] = True
        return Marks(bool(self.force or self.stop_characters), build_trie(self.force), stop)

    @cached_property
    def _forbidden(self) -> Trie:
        return build_trie(self.forbid)

    def mark(self, text: Characters, span_codes: np.ndarray) -> None:
        """Make forced words and stop characters tokens by rule among the span codes uint8[n] of a text."""
        if self.marks.active:
            _mark(text.codes, text.offsets, span_codes, self.marks)

    def part_forbidden(self, text: Characters, span_codes: np.ndarray, probability: np.ndarray) -> None:
        """Raise to 1 the likeliest boundary float32[n] within every mined token that is forbidden."""
        if self.forbid:
            _part_forbidden(text.codes, span_codes, probability, self._forbidden)


NOTHING = UserDictionary()


def _is_blank(character: str) -> bool:
    return bool(class_table()[ord(character)] == SPACE)


@njit(cache=True, nogil=True)
def _mark(codes, offsets, span_codes, marks):
    for s in range(len(offsets) - 1):
        mark_sentence(codes[offsets[s] : offsets[s + 1]], span_codes[offsets[s] : offsets[s + 1]], marks)


@njit(cache=True, nogil=True)
def mark_sentence(codes, span_codes, marks):
    """Mark forced words and stop characters among the span codes uint8[n] of one sentence."""
    n = len(codes)
    for i in range(n):
        if marks.stop[codes[i]] and span_codes[i] != BLANK:
            span_codes[i] = RULE_START
            if i + 1 < n:
                _begin_token(span_codes, i + 1)
    forced = marks.forced
    i = 0
    while i < n:
        end = i
        if span_codes[i] != BLANK and span_codes[i] != RULE:
            node = np.int64(forced.root[forced.character[codes[i]]])
            j = i + 1
            while node != 0:
                if forced.word[node] >= 0 and (j == n or span_codes[j] != RULE):
                    end = j
                if j == n or not forced.inner[node]:
                    break
                node = child(forced, node, forced.character[codes[j]])
                j += 1
        if end == i:
            i += 1
            continue
        span_codes[i] = RULE_START
        span_codes[i + 1 : end] = RULE
        if end < n:
            _begin_token(span_codes, end)
        i = end


@njit(cache=True, nogil=True)
def _begin_token(span_codes, i):
    if span_codes[i] == MINED:
        span_codes[i] = MINED_START
    elif span_codes[i] == RULE:
        span_codes[i] = RULE_START


@njit(cache=True, nogil=True)
def _part_forbidden(codes, span_codes, probability, forbidden):
    n = len(codes)
    i = 0
    while i < n:
        if span_codes[i] != MINED and span_codes[i] != MINED_START:
            i += 1
            continue
        end = i + 1
        while end < n and span_codes[end] == MINED and probability[end] <= 0.5:
            end += 1
        node = np.int64(forbidden.root[forbidden.character[codes[i]]])
        j = i + 1
        while node != 0 and j < end:
            node = child(forbidden, node, forbidden.character[codes[j]])
            j += 1
        if node == 0 or forbidden.word[node] < 0:
            i = end
            continue
        best = i + 1
        for j in range(i + 2, end):
            if probability[j] > probability[best]:
                best = j
        # looked at again from the same place: a part of it may be forbidden too
        probability[best] = 1.0
