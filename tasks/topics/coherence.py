"""How good topics are to read: coherence of their top words, diversity, and which words are shown.

NPMI(a, b) = ln(p_ab / p_a p_b) / -ln p_ab,   p by documents of a reference text; -1 when they never meet
coherence = mean NPMI of the pairs of a topic's top words, over topics    (Bouma 2009; Lau et al. 2014)
diversity = share of distinct words among all top words                   (Dieng et al. 2020)
"""

import numpy as np
from scipy.sparse import csr_matrix

from tasks.topics.plsa import Counts

TOP = 10


def top_words(scores: np.ndarray, count: int = TOP) -> np.ndarray:
    """Return the words int64[k, count] of highest score in each topic, best first."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :count]


def coherent_words(of_words: np.ndarray, training: Counts, count: int = TOP) -> np.ndarray:
    """Return words int64[k, count]: of twice as many likeliest ones those that go together in the training text.

    The word of least mean NPMI with the others goes, until `count` are left; they stay in the order of p(w | k).
    """
    candidates = top_words(of_words, 2 * count)
    table = Npmi(np.unique(candidates), training)
    shown = np.empty((len(candidates), min(count, candidates.shape[1])), np.int64)
    for topic, words in enumerate(candidates):
        values = table.among(words)
        np.fill_diagonal(values, 0.0)
        left = np.arange(len(words))
        while len(left) > shown.shape[1]:
            together = values[np.ix_(left, left)].sum(axis=1)
            # Of several that go equally badly with the others the least likely one goes.
            left = np.delete(left, len(left) - 1 - together[::-1].argmin())
        shown[topic] = words[left]
    return shown


def coherence(top: np.ndarray, reference: Counts) -> np.ndarray:
    """Return the mean NPMI of each topic's words int[k, n] over a reference text, float64[k]."""
    table = Npmi(np.unique(top), reference)
    pairs = np.triu_indices(top.shape[1], 1)
    return np.array([table.among(words)[pairs].mean() for words in top])


class Npmi:
    """NPMI of any two of some words int[n], by the documents of a reference text."""

    def __init__(self, words: np.ndarray, reference: Counts) -> None:
        row = np.repeat(np.arange(reference.documents), np.diff(reference.first))
        chosen = np.isin(reference.words, words)
        column = np.searchsorted(words, reference.words[chosen])
        ones = np.ones(len(column), np.float64)
        present = csr_matrix((ones, (row[chosen], column)), shape=(reference.documents, len(words)))
        both = (present.T @ present).toarray()
        alone = np.diag(both).copy()
        with np.errstate(divide="ignore", invalid="ignore"):
            npmi = np.log(both * reference.documents / np.outer(alone, alone)) / -np.log(
                both / reference.documents
            )
        npmi[both == 0] = -1.0
        npmi[both == reference.documents] = 1.0
        self._words, self._npmi = words, npmi

    def among(self, words: np.ndarray) -> np.ndarray:
        """Return the NPMI float64[n, n] of words int[n] that are among those of the table."""
        place = np.searchsorted(self._words, words)
        return self._npmi[np.ix_(place, place)]


def diversity(top: np.ndarray) -> float:
    """Return the share of distinct words among top words int[k, n].

    >>> diversity(np.array([[0, 1], [1, 2]]))
    0.75
    """
    return len(np.unique(top)) / top.size
