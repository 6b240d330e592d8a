"""Dense numbers for the character n-grams of running text: position and length -> gram, with exact counts.

Mined runs are laid end to end as characters numbered from 0, separated by -1. A gram of length n at a position
extends the one of length n - 1 there, so that one hash table an order numbers them all, in the order in which
they first occur.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from tasks.text.characters import CODE_POINTS, Characters
from tasks.text.hashing import packed_slot
from tasks.text.ragged import Ragged
from tasks.text.token_rules import BLANK, MINED, MINED_START, RULE_START, TokenRules, runs
from tasks.text.trie import Trie, child

MAX_RUN = 1024
_FEW = 4_096


@dataclass(frozen=True)
class MinedRuns:
    """The mined runs of a text: character int32[n], -1 before, between and after runs.

    alphabet uint32[characters] in code points; source int64[n] is the place in the text's codes, else -1.
    """

    character: np.ndarray
    alphabet: np.ndarray
    source: np.ndarray

    @property
    def characters(self) -> int:
        """Number of characters in runs."""
        return int((self.character >= 0).sum())

    @property
    def gaps(self) -> np.ndarray:
        """Positions with a character of the same run before them, int64[gaps]: where a word may begin."""
        return np.flatnonzero((self.character[1:] >= 0) & (self.character[:-1] >= 0)) + 1


@dataclass(frozen=True)
class Grams:
    """Grams of lengths 1..max_length at every position, and what is known of each.

    gram int32[n, max_length], -1 where none starts; count int64[grams], first int64[grams] one position,
    length int32[grams]; grams of length k have numbers offsets[k - 1]..offsets[k].
    """

    gram: np.ndarray
    count: np.ndarray
    first: np.ndarray
    length: np.ndarray
    offsets: np.ndarray

    @property
    def max_length(self) -> int:
        """Longest gram."""
        return self.gram.shape[1]


def mined_runs(
    text: Characters,
    token_rules: TokenRules,
    alphabet: np.ndarray | None = None,
    *,
    rules: bool = False,
    apart: int = 1,
) -> MinedRuns:
    """Lay the mined runs of a text end to end, cut after MAX_RUN characters so that memory stays bounded.

    Characters outside a given alphabet uint32[characters] get its size as their number. With `rules` the
    tokens by rule are runs too. Sentences stand `apart`, that many -1 before each that has a run.
    """
    span_codes = runs(text, token_rules)
    mined = np.flatnonzero(
        (span_codes == MINED) | (span_codes == MINED_START) | (rules & (span_codes != BLANK))
    )
    starts = (span_codes[mined] == MINED_START) | (span_codes[mined] == RULE_START)
    begin = np.flatnonzero(starts)
    within = np.arange(len(mined)) - np.repeat(begin, np.diff(np.append(begin, len(mined))))
    starts |= within % MAX_RUN == 0
    before = starts.astype(np.int64)
    first = np.searchsorted(mined, text.offsets[:-1])
    before[first[first < len(mined)]] = apart
    at = np.arange(len(mined)) + np.cumsum(before)
    size = len(mined) + int(before.sum()) + 1
    source = np.full(size, -1, np.int64)
    source[at] = mined
    codes = text.codes[mined]
    if alphabet is None:
        seen = np.zeros(CODE_POINTS, np.bool_)
        seen[codes] = True
        alphabet = np.flatnonzero(seen).astype(np.uint32)
    character = np.full(size, -1, np.int32)
    character[at] = _numbers(alphabet, codes)
    return MinedRuns(character, alphabet, source)


def _numbers(alphabet: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the place of each code point in the alphabet, its size for one that is not there."""
    if len(codes) < _FEW and np.all(alphabet[1:] > alphabet[:-1]):
        place = np.searchsorted(alphabet, codes)
        known = alphabet[np.minimum(place, len(alphabet) - 1)] == codes if len(alphabet) else place < 0
        return np.where(known, place, len(alphabet))
    number = np.full(CODE_POINTS, len(alphabet), np.int32)  # a table of 4 MB: worth it for much text
    number[alphabet] = np.arange(len(alphabet))
    return number[codes]


def number_grams(character: np.ndarray, max_length: int, min_count: int = 1) -> Grams:
    """Number all grams within runs; one longer than two characters has to occur `min_count` times.

    character int32[n], -1 between runs. ValueError when max_length or min_count is below 1.
    """
    if max_length < 1 or min_count < 1:
        raise ValueError(f"max_length and min_count must be at least 1, got {max_length} and {min_count}")
    n = len(character)
    width = int(character.max(initial=-1)) + 1
    gram = np.full((n, max_length), -1, np.int32)
    count, first, offsets = [], [], [0]
    previous = np.where(character >= 0, character, -1).astype(np.int32)
    for length in range(1, max_length + 1):
        if length == 1:
            numbers, found = previous, width
        else:
            numbers = np.full(n, -1, np.int32)
            valid = int((previous >= 0).sum())
            keys = np.full(1 << max((2 * valid).bit_length(), 4), -1, np.int64)
            found = _extend(character, previous, numbers, length, width, keys)
        counts, firsts = _tally(numbers, found)
        if length > 2 and min_count > 1:
            keep = counts >= min_count
            renumber = np.append(np.where(keep, np.cumsum(keep) - 1, -1), -1).astype(np.int32)
            numbers = renumber[numbers]
            counts, firsts = counts[keep], firsts[keep]
        gram[:, length - 1] = np.where(numbers >= 0, numbers + offsets[-1], -1)
        offsets.append(offsets[-1] + len(counts))
        count.append(counts)
        first.append(firsts)
        previous = numbers
    lengths = np.repeat(np.arange(1, max_length + 1, dtype=np.int32), np.diff(offsets))
    return Grams(gram, np.concatenate(count), np.concatenate(first), lengths, np.array(offsets))


def numbered_words(grams: Grams, begins: np.ndarray) -> np.ndarray:
    """Return begins bool[n] with every word that is no numbered gram cut into characters."""
    starts = np.flatnonzero(begins)
    inside = np.flatnonzero(grams.gram[:, 0] >= 0)
    owner = np.searchsorted(starts, inside, "right") - 1
    length = np.bincount(owner, minlength=len(starts))
    unnumbered = grams.gram[starts, length - 1] < 0
    result = begins.copy()
    result[inside[unnumbered[owner]]] = True
    return result


def find_grams(
    codes: np.ndarray, character: np.ndarray, trie: Trie, max_length: int, unknown: int
) -> np.ndarray:
    """Number the grams of runs by a list: int32[n, max_length], `unknown` if not in it, -1 past a run's end.

    codes uint32[n] are code points, whatever they are where character int32[n] is negative.
    """
    gram = np.full((len(character), max_length), -1, np.int32)
    _find_grams(trie, trie.character[codes], character, unknown, gram)
    return gram


@njit(cache=True, nogil=True)
def _find_grams(trie, numbers, character, unknown, gram):
    n, longest = gram.shape
    for i in range(n):
        node = np.int64(trie.root[numbers[i]])
        for k in range(longest):
            if i + k >= n or character[i + k] < 0:
                break
            if k > 0 and node != 0:
                node = child(trie, node, numbers[i + k])
            gram[i, k] = trie.word[node] if node != 0 and trie.word[node] >= 0 else unknown


@njit(cache=True, nogil=True)
def _extend(character, previous, numbers, length, width, keys):
    values = np.zeros(len(keys), np.int32)
    found = 0
    for i in range(len(character) - length + 1):
        last = character[i + length - 1]
        if previous[i] < 0 or last < 0 or previous[i + 1] < 0:
            continue
        key = np.int64(previous[i]) * width + last
        slot = packed_slot(keys, key, 0)
        if keys[slot] < 0:
            keys[slot] = key
            values[slot] = found
            found += 1
        numbers[i] = values[slot]
    return found


@njit(cache=True, nogil=True)
def _tally(numbers, found):
    count = np.zeros(found, np.int64)
    first = np.zeros(found, np.int64)
    for i in range(len(numbers)):
        g = numbers[i]
        if g >= 0:
            if count[g] == 0:
                first[g] = i
            count[g] += 1
    return count, first


def gram_strings(runs: MinedRuns, grams: Grams, chosen: np.ndarray) -> Ragged:
    """Return the code points of chosen grams int64[m], uint32 laid end to end, and offsets int64[m + 1]."""
    length = grams.length[chosen]
    offsets = np.concatenate([[0], np.cumsum(length, dtype=np.int64)])
    place = np.repeat(grams.first[chosen] - offsets[:-1], length) + np.arange(offsets[-1])
    return Ragged(runs.alphabet[runs.character[place]], offsets)
