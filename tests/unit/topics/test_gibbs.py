import numpy as np

from tasks.topics.gibbs import drawn_topics
from tasks.topics.plsa import Counts, Prior, fit_plsa
from tests.unit.topics.test_plsa import random_topics


def drawn_from(topics, documents, tokens, seed):
    """Documents drawn from known topics, each of one topic for the most part."""
    draw = np.random.default_rng(seed)
    shares = draw.dirichlet(np.full(len(topics), 0.1), size=documents)
    dense = np.stack([draw.multinomial(tokens, share @ topics) for share in shares]).astype(float)
    rows, words = np.nonzero(dense)
    first = np.searchsorted(rows, np.arange(documents + 1)).astype(np.int64)
    return Counts(first, words.astype(np.int32), dense[rows, words], topics.shape[1])


TRUE = np.random.default_rng(5).dirichlet(np.full(40, 0.1), size=4)
PRIOR = Prior(topic=0.1, word=0.05)


def test_the_topics_that_made_the_documents_are_found():
    counts = drawn_from(TRUE, 400, 40, 1)
    found, alpha = drawn_topics(counts, 4, PRIOR, sweeps=80, seed=2)
    np.testing.assert_allclose(found.of_documents.sum(axis=1), 1)
    np.testing.assert_allclose(found.of_words.sum(axis=1), 1)
    np.testing.assert_allclose(alpha.sum(), 0.4)
    distance = np.abs(found.of_words[:, None] - TRUE[None]).sum(axis=2) / 2
    assert sorted(distance.argmin(axis=1)) == [0, 1, 2, 3]
    assert distance.min(axis=1).max() < 0.1


def test_a_start_by_drawing_is_likelier_than_one_at_random():
    counts = drawn_from(np.random.default_rng(6).dirichlet(np.full(60, 0.1), size=12), 300, 15, 3)
    drawn, _ = drawn_topics(counts, 12, PRIOR, sweeps=80, seed=0)
    ends = [
        fit_plsa(counts, start, PRIOR, iterations=200).log_likelihood[-1]
        for start in (drawn, *(random_topics(300, 60, 12, seed) for seed in range(3)))
    ]
    assert ends[0] > max(ends[1:])


def test_it_follows_the_seed():
    counts = drawn_from(TRUE, 50, 20, 1)
    one, two, other = (drawn_topics(counts, 4, PRIOR, sweeps=5, seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.of_words, two.of_words)
    assert not np.array_equal(one.of_words, other.of_words)
