"""Nats that joining two neighbouring words into one saves, and how free the two words are without each other.

A segmented text costs N H (see gain) and every word of its lexicon is spelled once,

    S(w) = -ln P(|w|) - sum_c ln P(c),      lengths and characters counted over the words of the lexicon,

a two-part code (J. Rissanen 1978). Joining the c places where b follows a into ab, which had m tokens before, saves

    gain(c, a, b, m) - S(ab) [m = 0] + S(a) [N_a = c] + S(b) [N_b = c]                      nats of the corpus

with the exact gain of J. Su, kexue.fm 5476 (2.11). A word is free on one side as far as other characters stand there:
1 - exp(-h) of the min-entropy h of the neighbouring character.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.lexicon.gain import merge_gain

# two meetings may be one text and its quotation
LEAST_MEETINGS = 3
_SEEN_ONCE = 1.0


class NeighbourPairs(NamedTuple):
    """Neighbours left and right int64[n], meetings int64[n], how often they meet without overlap.

    existing int64[n] is how many tokens the joined word has already.
    """

    left: np.ndarray
    right: np.ndarray
    meetings: np.ndarray
    existing: np.ndarray


class WordEnds(NamedTuple):
    """First and last character of every word, int64[words] code points."""

    first: np.ndarray
    last: np.ndarray


class WordTypes(NamedTuple):
    """Words of a segmented text: uses and length int64[words], spelling float64[words] nats of their characters.

    of_length float64[longest + 1] are nats of a length.
    """

    uses: np.ndarray
    length: np.ndarray
    spelling: np.ndarray
    of_length: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray, offsets: np.ndarray, uses: np.ndarray, longest: int) -> "WordTypes":
        """Measure words given as code points laid end to end, int64[words + 1] offsets, with uses int64[words].

        Words without a use count neither for characters nor for lengths; `longest` bounds joined words.
        """
        length = np.diff(offsets)
        used = uses > 0
        _, character = np.unique(codes, return_inverse=True)
        times = np.bincount(character, np.repeat(used, length)) if len(codes) else np.ones(1)
        nats = -np.log(np.maximum(times, _SEEN_ONCE) / max(times.sum(), 1.0))
        spelling = np.bincount(np.repeat(np.arange(len(uses)), length), nats[character], len(uses))
        size = max(longest, int(length.max(initial=0))) + 1
        lengths = np.bincount(length[used], minlength=size) + _SEEN_ONCE
        return cls(uses, length, spelling, -np.log(lengths / lengths[1:].sum()))


def join_gain(pairs: NeighbourPairs, uses: np.ndarray) -> np.ndarray:
    """Return by how much joining each pair alone lowers N H, float64[n] nats, words having uses int64[words]."""
    gain = np.empty(len(pairs.meetings))
    _join_gain(pairs, uses.astype(np.float64).reshape(-1, 1), float(uses.sum()), gain)
    return gain


def join_spelling(pairs: NeighbourPairs, words: WordTypes) -> np.ndarray:
    """Return what the words of the lexicon cost more to spell once a pair is joined, float64[n] nats."""
    whole = words.spelling + words.of_length[words.length]
    same = pairs.left == pairs.right
    length = np.minimum(words.length[pairs.left] + words.length[pairs.right], len(words.of_length) - 1)
    new = words.spelling[pairs.left] + words.spelling[pairs.right] + words.of_length[length]
    more = np.where(pairs.existing > 0, 0.0, new)
    more -= np.where(words.uses[pairs.left] == pairs.meetings * (1 + same), whole[pairs.left], 0.0)
    return more - np.where((words.uses[pairs.right] == pairs.meetings) & ~same, whole[pairs.right], 0.0)


def freedom(pairs: NeighbourPairs, ends: WordEnds, uses: np.ndarray) -> np.ndarray:
    """Return float64[n]: how free the less free word of each pair is of the other, as a share of uses int64[words].

    A word that has the same character beside it in all uses but some is free in those. `pairs` are all the places where
    words meet, those that meet once among them; a pair whose words have other characters beside them is free in all.
    """
    right = _share(pairs.left, ends.first[pairs.right], pairs, uses)
    left = _share(pairs.right, ends.last[pairs.left], pairs, uses)
    return 1 - np.maximum(right, left)


def _share(word: np.ndarray, neighbour: np.ndarray, pairs: NeighbourPairs, uses: np.ndarray) -> np.ndarray:
    """Return what share of its uses each word has with the neighbouring character int64[n] beside it."""
    _, group = np.unique(word << 32 | neighbour, return_inverse=True)
    times = np.where(pairs.left == pairs.right, 2 * pairs.meetings, pairs.meetings)
    return np.bincount(group, times)[group] / uses[word] if len(group) else np.zeros(0)


@njit(cache=True, nogil=True)
def _join_gain(pairs, tokens, total, gain):
    for i in range(len(gain)):
        parts = np.array([pairs.left[i], pairs.right[i]])
        times = np.array([2, 0]) if parts[0] == parts[1] else np.array([1, 1])
        gain[i] = merge_gain(pairs.meetings[i], parts, times, pairs.existing[i], tokens, 0, total)
