"""A word bigram with interpolated Kneser-Ney smoothing over a spelling model, in numba.

    P(w | u)  = (max(N_uw - d2, 0) + (s + d2 T_u) P(w)) / (N_u + s)
    P(w)      = (max(t_w - d1, 0) + (s + d1 K) P0(w)) / (sum t + s)
    P0(w)     = P(|w|) prod_c P(c)

N counts word pairs in the segmented text, T_u the types that follow u, t_w the types that w follows, K the
word types; runs begin and end with a word of their own. Lengths and characters are estimated over types,
discounts by d = n1 / (n1 + 2 n2) from how many counts are 1 and 2; the strength s is 1. (Kneser & Ney 1995;
with one table a context this is the hierarchical Pitman-Yor model of Mochihashi et al. 2009.)
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.text.hashing import slot_of

STRENGTH = 1.0
FOLLOWING, CONTEXT, SUCCESSORS = range(3)


class Bigram(NamedTuple):
    """Counts of a segmented text over words numbered 0..words - 1; number `words` is the edge of a run.

    pairs int64[slots, 2] is an open-addressing table (u * (words + 1) + w, N_uw), -1 where empty; per word
    int32[words + 1, 4]: t_w, N_u, T_u and 0; totals int64[2]: sum t and K. spelling float64[characters],
    lengths float64[max_length + 1] and discounts float64[2] (d1, d2) parametrise P0 and P.
    """

    pairs: np.ndarray
    word: np.ndarray
    totals: np.ndarray
    spelling: np.ndarray
    lengths: np.ndarray
    discounts: np.ndarray


def count_bigrams(character: np.ndarray, gram: np.ndarray, begins: np.ndarray, words: int) -> Bigram:
    """Count the word pairs of a segmentation begins bool[n]; character int32[n], gram int32[n, max_length].

    ValueError when a word is longer than max_length or has no number.
    """
    if len(character) and not _spelled(character, gram, begins):
        raise ValueError(f"every word must be a numbered gram of at most {gram.shape[1]} characters")
    tokens = int(begins.sum()) + 1
    bits = max((2 * (tokens + int(np.count_nonzero(character < 0)))).bit_length(), 4)
    pairs = np.full((1 << bits, 2), -1, np.int64)
    pairs[:, 1] = 0
    word = np.zeros((words + 1, 4), np.int32)
    totals = np.zeros(2, np.int64)
    _count(character, gram, begins, pairs, word, totals, words)
    width = int(character.max(initial=-1)) + 1
    spelling, lengths = _spelling(character, gram, begins, word, width)
    d1 = _discount(word[:words, FOLLOWING])
    d2 = _discount(pairs[:, 1])
    return Bigram(pairs, word, totals, spelling, lengths, np.array([d1, d2]))


def refitted(model: Bigram, character: np.ndarray, gram: np.ndarray, begins: np.ndarray) -> Bigram:
    """Return a model that counts begins bool[n] already with the spelling and the discounts that follow from it.

    Pairs that are gone stay in the table; when they fill half of it, everything is counted anew.
    """
    words = len(model.word) - 1
    if 2 * np.count_nonzero(model.pairs[:, 0] >= 0) > len(model.pairs):
        return count_bigrams(character, gram, begins, words)
    spelling, lengths = _spelling(character, gram, begins, model.word, int(character.max(initial=-1)) + 1)
    discounts = np.array([_discount(model.word[:words, FOLLOWING]), _discount(model.pairs[:, 1])])
    return model._replace(spelling=spelling, lengths=lengths, discounts=discounts)


def bigram_of_pairs(
    pairs: np.ndarray, words: int, spelling: np.ndarray, lengths: np.ndarray, discounts: np.ndarray
) -> Bigram:
    """Build the counts again from distinct pairs int64[n, 3]: u, w, N_uw; `words` is the edge of a run."""
    bits = max((2 * len(pairs)).bit_length(), 4)
    table = np.full((1 << bits, 2), -1, np.int64)
    table[:, 1] = 0
    word = np.zeros((words + 1, 4), np.int32)
    _insert(table, pairs, words)
    word[:, FOLLOWING] = np.bincount(pairs[:, 1], minlength=len(word))
    word[:, CONTEXT] = np.bincount(pairs[:, 0], pairs[:, 2], minlength=len(word))
    word[:, SUCCESSORS] = np.bincount(pairs[:, 0], minlength=len(word))
    totals = np.array([len(pairs), np.count_nonzero(word[:words, FOLLOWING])])
    return Bigram(table, word, totals, spelling, lengths, discounts)


def limit_length(character: np.ndarray, begins: np.ndarray, max_length: int) -> np.ndarray:
    """Return begins bool[n] with words cut after max_length characters and one at every start of a run."""
    limited = np.zeros(len(begins), np.bool_)
    _limit(character, begins, max_length, limited)
    return limited


def _discount(counts: np.ndarray) -> float:
    once, twice = int(np.count_nonzero(counts == 1)), int(np.count_nonzero(counts == 2))
    return once / (once + 2 * twice) if once and twice else 0.5


def _spelling(
    character: np.ndarray, gram: np.ndarray, begins: np.ndarray, word: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray]:
    of_character = np.full(width + 1, 0.5)
    of_length = np.ones(gram.shape[1] + 1)
    of_length[0] = 0.0
    seen = np.zeros(len(word), np.bool_)
    _spell(character, gram, begins, seen, of_character, of_length)
    return of_character / of_character.sum(), of_length / of_length.sum()


@njit(cache=True, nogil=True)
def _insert(table, pairs, words):
    for i in range(len(pairs)):
        key = pairs[i, 0] * (words + 1) + pairs[i, 1]
        slot = slot_of(table, key)
        table[slot, 0] = key
        table[slot, 1] = pairs[i, 2]


@njit(cache=True, nogil=True)
def add_pair(pairs, word, totals, u, w):
    """Count the pair u, w once more."""
    key = np.int64(u) * len(word) + w
    slot = slot_of(pairs, key)
    pairs[slot, 0] = key
    pairs[slot, 1] += 1
    word[u, CONTEXT] += 1
    if pairs[slot, 1] == 1:
        word[u, SUCCESSORS] += 1
        if word[w, FOLLOWING] == 0 and w != len(word) - 1:
            totals[1] += 1
        word[w, FOLLOWING] += 1
        totals[0] += 1


@njit(cache=True, nogil=True)
def remove_pair(pairs, word, totals, u, w):
    """Count the pair u, w once less."""
    slot = slot_of(pairs, np.int64(u) * len(word) + w)
    pairs[slot, 1] -= 1
    word[u, CONTEXT] -= 1
    if pairs[slot, 1] == 0:
        word[u, SUCCESSORS] -= 1
        word[w, FOLLOWING] -= 1
        totals[0] -= 1
        if word[w, FOLLOWING] == 0 and w != len(word) - 1:
            totals[1] -= 1


@njit(cache=True, nogil=True)
def _spelled(character, gram, begins):
    i = 0
    while i < len(character):
        if character[i] < 0:
            i += 1
            continue
        end = i + 1
        while end < len(character) and character[end] >= 0 and not begins[end]:
            end += 1
        if end - i > gram.shape[1] or gram[i, end - i - 1] < 0:
            return False
        i = end
    return True


@njit(cache=True, nogil=True)
def _count(character, gram, begins, pairs, word, totals, edge):
    i = 0
    n = len(character)
    while i < n:
        if character[i] < 0:
            i += 1
            continue
        u = edge
        while i < n and character[i] >= 0:
            end = i + 1
            while end < n and character[end] >= 0 and not begins[end]:
                end += 1
            w = gram[i, end - i - 1]
            add_pair(pairs, word, totals, u, w)
            u = w
            i = end
        add_pair(pairs, word, totals, u, edge)


@njit(cache=True, nogil=True)
def _spell(character, gram, begins, seen, of_character, of_length):
    i = 0
    n = len(character)
    while i < n:
        if character[i] < 0:
            i += 1
            continue
        end = i + 1
        while end < n and character[end] >= 0 and not begins[end]:
            end += 1
        w = gram[i, end - i - 1]
        if not seen[w]:
            seen[w] = True
            of_length[end - i] += 1
            for j in range(i, end):
                of_character[character[j]] += 1
        i = end


@njit(cache=True, nogil=True)
def _limit(character, begins, max_length, limited):
    length = 0
    for i in range(len(character)):
        if character[i] < 0:
            length = 0
            continue
        if length == 0 or length == max_length or begins[i]:
            limited[i] = True
            length = 0
        length += 1
