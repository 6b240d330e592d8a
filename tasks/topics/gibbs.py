"""A start for pLSA by stochastic EM: the E-step draws each token's topic instead of sharing it out.

    p(k | rest) ~ (n_dk + a_k) (n_kw + b) / (n_k + b V)                   (Griffiths, Steyvers 2004), own token out
    a_k = A (n_k + 1) / (n + K)                                           topics that are used draw documents more

Drawing leaves poor maxima that EM, which never goes downhill, stays in: short documents settle on the topics they
began with. `sweeps` passes over all tokens; the counts of the last fifth of them are averaged. Seeded and
sequential, so always the same.
"""

import numpy as np
from numba import njit

from tasks.text.ragged import Ragged
from tasks.topics.plsa import Counts, Prior, Topics


def drawn_topics(
    counts: Counts, topics: int, prior: Prior, *, sweeps: int = 100, seed: int = 0
) -> tuple[Topics, np.ndarray]:
    """Return topics to start from and the pseudo-count float64[k] of each topic, summing to topics * prior."""
    repeats = counts.counts.astype(np.int64)
    words = np.repeat(counts.words, repeats)
    row = np.repeat(np.arange(counts.documents), np.diff(counts.first))
    first = np.searchsorted(np.repeat(row, repeats), np.arange(counts.documents + 1)).astype(np.int64)
    by_document, by_word = np.zeros((counts.documents, topics)), np.zeros((counts.vocabulary, topics))
    alpha = np.full(topics, float(np.mean(prior.topic)))
    pseudo = prior.word
    _sweep(Ragged(words, first), sweeps, seed, alpha, pseudo, by_document, by_word)
    of_documents = by_document + alpha
    of_words = by_word.T + pseudo
    return (
        Topics(
            of_documents / of_documents.sum(axis=1, keepdims=True),
            np.ascontiguousarray(of_words / of_words.sum(axis=1, keepdims=True)),
        ),
        alpha,
    )


@njit(cache=True, nogil=True)
def _sweep(documents, sweeps, seed, alpha, pseudo, by_document, by_word):
    np.random.seed(seed)
    words, first = documents.values, documents.offsets
    topics = len(alpha)
    tokens = len(words)
    strength = alpha.sum()
    chosen = np.empty(tokens, np.int32)
    of_document = np.zeros(topics)
    of_word = np.zeros(by_word.shape)
    size = np.zeros(topics)
    cumulative = np.empty(topics)
    for i in range(tokens):
        k = np.random.randint(topics)
        chosen[i] = k
        of_word[words[i], k] += 1
        size[k] += 1
    kept = max(1, sweeps // 5)
    for sweep in range(sweeps):
        for d in range(len(first) - 1):
            of_document[:] = 0
            for i in range(first[d], first[d + 1]):
                of_document[chosen[i]] += 1
            for i in range(first[d], first[d + 1]):
                w, k = words[i], chosen[i]
                of_document[k] -= 1
                of_word[w, k] -= 1
                size[k] -= 1
                total = 0.0
                for j in range(topics):
                    total += (
                        (of_document[j] + alpha[j])
                        * (of_word[w, j] + pseudo)
                        / (size[j] + pseudo * len(of_word))
                    )
                    cumulative[j] = total
                drawn = np.random.random() * total
                k = 0
                while k < topics - 1 and cumulative[k] < drawn:
                    k += 1
                chosen[i] = k
                of_document[k] += 1
                of_word[w, k] += 1
                size[k] += 1
            if sweep >= sweeps - kept:
                for j in range(topics):
                    by_document[d, j] += of_document[j] / kept
        if sweep >= sweeps - kept:
            by_word += of_word / kept
        else:
            for j in range(topics):
                alpha[j] = strength * (size[j] + 1) / (tokens + topics)
