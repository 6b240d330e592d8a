"""The unigram word model fitted by expectation-maximisation (J. Su, kexue.fm 5239, eq. 18-20).

A text is generated word by word; its segmentation is hidden. With a(i) the probability of all segmentations
of the first i characters of a run and b(i) the posterior probability that a word ends at i,

    a(j) = sum_w a(j - |w|) p_w,  P(w at [i, j) | text) = a(i) p_w / a(j) * b(j),  b(i) = sum_w P(w at [i, j))

the E-step sums these posteriors into expected counts and the M-step sets p_w to its share of them: the
likelihood never falls and the probabilities sum to one. Log-likelihoods are in nats.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numba import njit

from tasks.em import fit
from tasks.text.characters import StringColumn, blocks, decode
from tasks.text.token_rules import BLANK, MINED_START, RAW, RULE_START, TokenRules, runs
from tasks.text.trie import Trie, child
from tasks.text.user_dictionary import NOTHING, UserDictionary

_TINY, _LN_TINY = 1e-150, float(np.log(1e-150))


class Lattice(NamedTuple):
    """Every word that matches at every character of the runs of a text, in order.

    first int64[characters + 1] indexes length int32[edges] and word int32[edges]; starts bool[characters]
    where a run begins.
    """

    first: np.ndarray
    length: np.ndarray
    word: np.ndarray
    starts: np.ndarray

    @property
    def characters(self) -> int:
        """Number of characters, white space excluded."""
        return len(self.starts)


Expect = Callable[[np.ndarray], tuple[np.ndarray, float]]
"""An E-step: from probabilities float64[words] to expected counts float64[words] and log-likelihood, nats."""


@dataclass(frozen=True)
class UnigramFit:
    """probabilities float64[words] sum to 1; log_likelihood float64[iterations + 1], nats, never falls."""

    probabilities: np.ndarray
    log_likelihood: np.ndarray


def build_lattice(
    texts: StringColumn, trie: Trie, convention: TokenRules = RAW, dictionary: UserDictionary = NOTHING
) -> Lattice:
    """Match the trie's words everywhere in the texts; ValueError when a character begins no word.

    Words never cross white space or a run of the convention; a token by rule that the trie holds is one word.
    """
    parts = []
    for _, block in blocks(texts):
        text = decode(block)
        places = runs(text, convention)
        dictionary.mark(text, places)
        visible = places != BLANK
        parts.append(matches(trie.character[text.codes[visible]], places[visible], trie))
    if not parts:
        parts = [matches(np.zeros(0, np.int32), np.zeros(0, np.uint8), trie)]
    first = np.concatenate([[0], np.cumsum(np.concatenate([p[0] for p in parts]))]).astype(np.int64)
    length, word, starts = (np.concatenate([p[k] for p in parts]) for k in (1, 2, 3))
    lattice = Lattice(first, length, word, starts)
    dead = _dead_end(lattice)
    if dead >= 0:
        raise ValueError(
            f"every text must be spelled by words: no word lets the run at character {dead} be spelled"
        )
    return lattice


def fit_unigram(
    expect: Expect, probabilities: np.ndarray, *, iterations: int = 20, tolerance: float = 1e-5
) -> UnigramFit:
    """Fit word probabilities float64[words] from a positive start, until an iteration gains too little.

    `expect` is the E-step of the text, `partial(expected_counts, lattice)` of one in one piece. Too little is a share
    `tolerance` of the log-likelihood; ValueError for a start that is no distribution.
    """
    p = np.asarray(probabilities, np.float64)
    if np.any(p < 0) or not np.isfinite(p).all() or p.sum() <= 0:
        raise ValueError("probabilities must be finite, not negative and not all zero")
    start = p / p.sum()

    def share(expected: np.ndarray) -> np.ndarray:
        return expected / expected.sum() if expected.sum() > 0 else start

    fitted = fit(start, expect, share, iterations=iterations, tolerance=tolerance)
    return UnigramFit(fitted.parameters, fitted.log_likelihood)


def expected_counts(lattice: Lattice, probabilities: np.ndarray) -> tuple[np.ndarray, float]:
    """Return how often each word is expected, float64[words], and the log-likelihood of the text, nats."""
    expected = np.zeros(len(probabilities))
    return expected, float(_expected(*lattice, np.asarray(probabilities, np.float64), expected))


def viterbi_bits(lattice: Lattice, probabilities: np.ndarray) -> float:
    """Return bits a character of the likeliest segmentation: never fewer than of all summed."""
    with np.errstate(divide="ignore"):
        cost = -np.log2(np.asarray(probabilities, np.float64))
    return float(_cheapest(*lattice, cost)) / max(lattice.characters, 1)


def matches(characters: np.ndarray, places: np.ndarray, trie: Trie) -> tuple[np.ndarray, ...]:
    """Return (words that begin at each character, their length and number, flat, and where runs begin)."""
    arrays = (trie.root, trie.edges, trie.word, trie.inner, trie.shift, trie.width)
    found = np.zeros(len(characters), np.int64)
    none = np.zeros(0, np.int32)
    total = _match(characters, places, *arrays, found, none, none)
    length, word = np.empty(total, np.int32), np.empty(total, np.int32)
    _match(characters, places, *arrays, found, length, word)
    return found, length, word, (places == MINED_START) | (places == RULE_START)


@njit(cache=True, nogil=True)
def _match(characters, places, root, edges, node_word, inner, shift, width, matches, length, word):
    total = 0
    n = len(characters)
    for i in range(n):
        found = 0
        node = np.int64(root[characters[i]])
        j = i + 1
        while node != 0:
            if node_word[node] >= 0:
                if len(word):
                    length[total + found] = j - i
                    word[total + found] = node_word[node]
                found += 1
            if j == n or places[j] == MINED_START or places[j] == RULE_START or not inner[node]:
                break
            node = child(node, characters[j], edges, shift, width)
            j += 1
        matches[i] = found
        total += found
    return total


@njit(cache=True, nogil=True)
def _dead_end(lattice):
    n = len(lattice.starts)
    alive = np.zeros(n + 1, np.bool_)
    end = n
    for i in range(n - 1, -1, -1):
        if i + 1 == end:
            alive[end] = True
        alive[i] = False
        for e in range(lattice.first[i], lattice.first[i + 1]):
            if alive[i + lattice.length[e]]:
                alive[i] = True
        if lattice.starts[i]:
            if not alive[i]:
                return i
            end = i
    return -1


@njit(cache=True, nogil=True)
def _expected(first, length, word, starts, p, expected):
    n = len(starts)
    longest = 1
    for e in range(len(length)):
        longest = max(longest, length[e])
    alpha = np.zeros(n + 1)
    begin = np.zeros(n + 1)
    scale = np.zeros(n + 1, np.int64)
    log_likelihood = 0.0
    low = 0
    while low < n:
        high = low + 1
        while high < n and not starts[high]:
            high += 1
        size = high - low
        alpha[: size + 1] = 0.0
        begin[:size] = 0.0
        alpha[0] = 1.0
        shift = 0
        for i in range(size):
            if alpha[i] < _TINY:
                # all values still in use are within one word's length: lift them together, if none is large
                largest = 0.0
                for j in range(i, min(i + longest, size) + 1):
                    largest = max(largest, alpha[j])
                if 0.0 < largest < _TINY:
                    for j in range(i, min(i + longest, size) + 1):
                        alpha[j] /= _TINY
                    shift += 1
            scale[i] = shift
            here = alpha[i]
            if here == 0.0:
                continue
            for e in range(first[low + i], first[low + i + 1]):
                alpha[i + length[e]] += here * p[word[e]]
        scale[size] = shift
        if alpha[size] == 0.0:
            return -np.inf
        log_likelihood += np.log(alpha[size]) + shift * _LN_TINY
        begin[size] = 1.0
        for i in range(size - 1, -1, -1):
            here = alpha[i]
            total = 0.0
            for e in range(first[low + i], first[low + i + 1]):
                j = i + length[e]
                if begin[j] == 0.0 or alpha[j] == 0.0:
                    continue
                posterior = here / alpha[j] * p[word[e]] * begin[j]
                for _ in range(scale[j] - scale[i]):
                    posterior /= _TINY
                total += posterior
                expected[word[e]] += posterior
            begin[i] = total
        low = high
    return log_likelihood


@njit(cache=True, nogil=True)
def _cheapest(first, length, word, starts, cost):
    n = len(starts)
    best = np.full(n + 1, np.inf)
    total = 0.0
    end = n
    for i in range(n - 1, -1, -1):
        if i + 1 == end:
            best[end] = 0.0
        here = np.inf
        for e in range(first[i], first[i + 1]):
            here = min(here, cost[word[e]] + best[i + length[e]])
        best[i] = here
        if starts[i]:
            total += here
            end = i
    return total


EM_ITERATIONS = 10


UNUSED_SHARE = 0.01


def fit_probabilities(lexicon: pl.DataFrame, expect: Expect) -> pl.DataFrame:
    """Return the lexicon with probabilities and bits fitted by EM to a text, given by its E-step."""
    p = refit(expect, lexicon["probability"].to_numpy())
    return lexicon.with_columns(probability=pl.Series(p), bits=pl.Series(np.abs(np.log2(p))))


def refit(expect: Expect, start: np.ndarray) -> np.ndarray:
    """Return probabilities float64[words] fitted by EM from a start that sums to one.

    What the text never uses keeps a part of what it had, so that no text becomes impossible.
    """
    fitted = fit_unigram(expect, start, iterations=EM_ITERATIONS).probabilities
    p = (1 - UNUSED_SHARE) * fitted + UNUSED_SHARE * start
    return p / p.sum()
