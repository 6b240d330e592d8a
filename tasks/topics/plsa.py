"""Probabilistic latent semantic analysis: words of hidden topics (Hofmann 1999; J. Su, kexue.fm 5239, eq. 15).

    p(w | d) = sum_k t_dk f_kw,   q(k | d, w) = t_dk f_kw / p(w | d)                              E-step
    T_dk = sum_w n_dw q(k | d, w),   t_dk ~ T_dk + a;   F_kw = sum_d n_dw q(k | d, w),   f_kw ~ F_kw + b    M-step

n_dw are the counts, the pseudo-counts a and b those of a Dirichlet prior; with a = b = 0 the likelihood alone is
maximised, and that is non-negative factorisation of n by the Kullback-Leibler divergence. Only counts that are
not zero cost time: q is never stored, a step takes memory for t and f alone. The sums over documents run in a
fixed order, so results do not depend on threads. Nats.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.em import Fit, fit


class Counts(NamedTuple):
    """How often words occur in documents, row by row: document d has words[first[d]:first[d + 1]], counts alike.

    first int64[documents + 1], words int32[n], counts float64[n], vocabulary its number of words.
    """

    first: np.ndarray
    words: np.ndarray
    counts: np.ndarray
    vocabulary: int

    @property
    def documents(self) -> int:
        """Number of documents, empty ones included."""
        return len(self.first) - 1

    @property
    def total(self) -> float:
        """Number of tokens."""
        return float(self.counts.sum())

    def rows(self, chosen: np.ndarray) -> "Counts":
        """Return the documents that `chosen` int[m] numbers, in its order."""
        sizes = np.diff(self.first)[chosen]
        first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        taken = np.repeat(self.first[chosen] - first[:-1], sizes) + np.arange(first[-1])
        return Counts(first, self.words[taken], self.counts[taken], self.vocabulary)

    def dense(self) -> np.ndarray:
        """Return the counts as float64[documents, vocabulary]."""
        table = np.zeros((self.documents, self.vocabulary))
        np.add.at(table, (np.repeat(np.arange(self.documents), np.diff(self.first)), self.words), self.counts)
        return table

    def of_words(self) -> np.ndarray:
        """Return how often each word occurs, float64[vocabulary]."""
        return np.bincount(self.words, weights=self.counts, minlength=self.vocabulary)


class Topics(NamedTuple):
    """Shares of topics in documents float64[documents, k] and of words in topics float64[k, vocabulary]."""

    of_documents: np.ndarray
    of_words: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Prior:
    """Pseudo-counts of a topic in each document, one for all or float64[k], and of each word in each topic.

    0 is no prior.
    """

    topic: float | np.ndarray = 0.0
    word: float = 0.0


def fit_plsa(
    counts: Counts,
    start: Topics,
    prior: Prior = Prior(),
    *,
    iterations: int = 100,
    tolerance: float = 1e-5,
) -> Fit[Topics]:
    """Fit topics to counts; the trace is ln p(counts) plus the logarithm of the prior up to a constant."""
    return fit(
        start,
        partial(_expect, counts, prior),
        partial(_maximise, prior),
        iterations=iterations,
        tolerance=tolerance,
    )


def fold_in(
    counts: Counts, of_words: np.ndarray, topic_prior: float | np.ndarray, *, iterations: int = 50
) -> np.ndarray:
    """Return the topic shares float64[documents, k] of documents, the topics float64[k, vocabulary] given."""
    by_word = np.ascontiguousarray(of_words.T)
    start = np.full((counts.documents, len(of_words)), 1 / len(of_words))

    def expect(shares: np.ndarray) -> tuple[np.ndarray, float]:
        expected, nothing = np.zeros_like(shares), np.zeros((0, 0))
        value = _pass(counts.first, counts.words, counts.counts, shares, by_word, expected, nothing)
        return expected, value + _log_prior(shares, topic_prior)

    return fit(
        start, expect, lambda expected: _shares(expected, topic_prior), iterations=iterations, tolerance=0.0
    ).parameters


def _expect(counts: Counts, prior: Prior, topics: Topics) -> tuple[Topics, float]:
    by_document = np.zeros_like(topics.of_documents)
    by_word = np.zeros((counts.vocabulary, len(topics.of_words)))
    value = _pass(
        *(counts.first, counts.words, counts.counts),
        *(topics.of_documents, np.ascontiguousarray(topics.of_words.T), by_document, by_word),
    )
    value += _log_prior(topics.of_documents, prior.topic) + _log_prior(topics.of_words, prior.word)
    return Topics(by_document, by_word.T), value


def _maximise(prior: Prior, expected: Topics) -> Topics:
    return Topics(_shares(expected.of_documents, prior.topic), _shares(expected.of_words, prior.word))


def _log_prior(shares: np.ndarray, pseudo: float | np.ndarray) -> float:
    return float((pseudo * np.log(shares)).sum()) if np.any(pseudo) else 0.0


def _shares(expected: np.ndarray, pseudo: float | np.ndarray) -> np.ndarray:
    lifted = np.ascontiguousarray(expected) + pseudo
    total = lifted.sum(axis=1, keepdims=True)
    even = 1 / lifted.shape[1]
    return np.divide(lifted, total, out=np.full_like(lifted, even), where=total > 0)


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _pass(first, words, counts, shares, by_word, expected_documents, expected_words):
    """Add expected counts into two arrays, the second unless it is empty; return the log-likelihood."""
    topics = shares.shape[1]
    total = 0.0
    joint = np.empty(topics)
    for d in range(len(first) - 1):
        for i in range(first[d], first[d + 1]):
            w = words[i]
            mixed = 0.0
            for k in range(topics):
                joint[k] = shares[d, k] * by_word[w, k]
                mixed += joint[k]
            if mixed <= 0.0:
                return -np.inf
            total += counts[i] * np.log(mixed)
            scale = counts[i] / mixed
            for k in range(topics):
                expected_documents[d, k] += scale * joint[k]
            if len(expected_words):
                for k in range(topics):
                    expected_words[w, k] += scale * joint[k]
    return total
