"""The words that show what a document is about: by frequency and by entropy, without a list (Gerlach et al. 2019).

    H(D | w) = -sum_d n_dw / n_w ln(n_dw / n_w)                          how evenly a word is spread over documents
    I(w) = E[H(D | w) of n_w tokens thrown at random] - H(D | w)         nats

A word thrown at random lands in document d Poisson(n_w L_d / L) times, L_d the document's tokens. Function words
are spread like that and have I(w) near 0; what a document is about comes in bursts.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from tasks.topics.plsa import Counts


@dataclass(frozen=True, kw_only=True)
class WordChoice:
    """Bounds of a vocabulary: documents at least and at most, nats of information at least, words at most."""

    min_documents: int = 5
    max_document_share: float = 0.15
    min_information: float = 0.3
    max_words: int = 5_000


def choose_words(counts: Counts, choice: WordChoice, eligible: np.ndarray) -> np.ndarray:
    """Return the words int64[n], the most frequent first, that are within the bounds and bool[words] eligible."""
    documents = np.bincount(counts.words, minlength=counts.vocabulary)
    frequent = documents >= choice.min_documents
    common = documents > choice.max_document_share * counts.documents
    telling = information(counts) >= choice.min_information
    kept = np.flatnonzero(frequent & ~common & telling & eligible)
    order = np.argsort(-counts.of_words()[kept], kind="stable")
    return kept[order][: choice.max_words]


def information(counts: Counts) -> np.ndarray:
    """Return I(w) of each word, nats; 0 for words that do not occur."""
    uses = counts.of_words()
    own = np.bincount(
        counts.words, weights=counts.counts * np.log(counts.counts), minlength=counts.vocabulary
    )
    sizes = np.add.reduceat(np.append(counts.counts, 0.0), counts.first[:-1]) * (np.diff(counts.first) > 0)
    lengths, documents = np.unique(sizes[sizes > 0], return_counts=True)
    amounts, which = np.unique(uses, return_inverse=True)
    rates = amounts[:, None] * lengths / max(counts.total, 1.0)
    thrown = (_expected_n_ln_n(rates) * documents).sum(axis=1)[which]
    # The entropy of n tokens is ln n - sum_d n_d ln n_d / n, so ln n cancels.
    return np.divide(own - thrown, uses, out=np.zeros_like(uses), where=uses > 0)


def _expected_n_ln_n(rates: np.ndarray) -> np.ndarray:
    """Return E[n ln n] of Poisson variables, from a table of its values."""
    grid = np.concatenate([[0.0], np.geomspace(1e-4, 1e4, 2_000)])
    return np.interp(rates, grid, np.array([_n_ln_n(rate) for rate in grid]))


def _n_ln_n(rate: float) -> float:
    if rate > _LARGE:
        # Second order in the variance about the mean.
        return float(rate * np.log(rate) + 0.5)
    n = np.arange(2, int(rate + 12 * np.sqrt(rate) + 30))
    return float((n * np.log(n) * np.exp(n * np.log(max(rate, 1e-300)) - rate - gammaln(n + 1))).sum())


_LARGE = 200.0
