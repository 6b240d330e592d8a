from itertools import combinations, pairwise

import numpy as np
import pytest

from tasks.topics.coherence import coherence, coherent_words, diversity, top_words
from tests.unit.topics.test_stop_words import counts_of

DENSE = np.random.default_rng(3).poisson(0.7, (50, 6))


def plain_npmi(dense, a, b):
    both = ((dense[:, a] > 0) & (dense[:, b] > 0)).mean()
    if both in (0, 1):
        return 2 * both - 1
    alone = (dense[:, a] > 0).mean() * (dense[:, b] > 0).mean()
    return np.log(both / alone) / -np.log(both)


def test_coherence_is_the_mean_over_pairs():
    top = np.array([[0, 3, 2], [5, 1, 4]])
    expected = [np.mean([plain_npmi(DENSE, a, b) for a, b in combinations(words, 2)]) for words in top]
    np.testing.assert_allclose(coherence(top, counts_of(DENSE)), expected)


def test_words_that_always_or_never_meet_and_a_word_that_does_not_occur():
    dense = np.array([[1, 1, 0, 1, 0], [1, 1, 0, 1, 0], [0, 0, 1, 1, 0]])
    pairs = [[0, 1], [0, 2], [0, 4]]
    found = [coherence(np.array([pair]), counts_of(dense))[0] for pair in pairs]
    assert found == pytest.approx([1.0, -1.0, -1.0])
    assert coherence(np.array([[3, 3]]), counts_of(dense))[0] == 1.0


def test_top_words_and_diversity():
    scores = np.array([[0.1, 0.5, 0.4], [0.3, 0.3, 0.4]])
    assert top_words(scores, 2).tolist() == [[1, 2], [2, 0]]
    assert diversity(np.array([[1, 2], [2, 0]])) == 0.75


def test_of_the_likeliest_words_those_that_go_together_are_shown():
    dense = np.zeros((40, 6), int)
    dense[:20, :3] = 1
    dense[20:, 3:] = 1
    of_words = np.array([[0.3, 0.2, 0.1, 0.25, 0.1, 0.05]])
    assert coherent_words(of_words, counts_of(dense), 3).tolist() in ([[0, 1, 2]], [[3, 4, 5]])
    shown = coherent_words(np.array([[0.3, 0.2, 0.1, 0.25, 0.0, 0.0]]), counts_of(dense), 2)[0]
    assert shown.tolist() == [0, 1]
    assert all(of_words[0, a] >= of_words[0, b] for a, b in pairwise(shown))
