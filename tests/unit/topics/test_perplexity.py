import numpy as np
import pytest

from tasks.topics.perplexity import halves, perplexity, unigram
from tests.unit.topics.test_stop_words import counts_of

DENSE = np.random.default_rng(1).poisson(1.2, (30, 8))
DENSE[4] = 0
DENSE[5] = [1, 0, 0, 0, 0, 0, 0, 0]


def test_halves_share_out_every_token_of_documents_of_two_and_more():
    shown, hidden = halves(counts_of(DENSE), 3)
    kept = DENSE[DENSE.sum(axis=1) >= 2]
    np.testing.assert_array_equal(shown.dense() + hidden.dense(), kept)
    apart = shown.dense().sum(axis=1) - hidden.dense().sum(axis=1)
    assert set(apart) <= {0, 1}
    again, _ = halves(counts_of(DENSE), 3)
    np.testing.assert_array_equal(again.dense(), shown.dense())
    other, _ = halves(counts_of(DENSE), 4)
    assert not np.array_equal(other.dense(), shown.dense())


@pytest.mark.parametrize("at_once", [1, 7, 500])
def test_perplexity_is_the_inverse_geometric_mean_of_the_probabilities(at_once):
    shown, hidden = halves(counts_of(DENSE), 0)
    told = shown.dense() + 0.5
    told /= told.sum(axis=1, keepdims=True)
    expected = np.exp(-(hidden.dense() * np.log(told)).sum() / hidden.dense().sum())

    def predict(part):
        p = part.dense() + 0.5
        return p / p.sum(axis=1, keepdims=True)

    assert perplexity(predict, shown, hidden, at_once=at_once) == pytest.approx(expected)


def test_even_shares_are_as_perplexing_as_their_number():
    shown, hidden = halves(counts_of(DENSE), 0)
    assert perplexity(lambda part: np.full((part.documents, 8), 1 / 8), shown, hidden) == pytest.approx(8)


def test_the_unigram_leaves_no_word_out():
    share = unigram(counts_of(np.array([[3, 0], [2, 0]])))
    assert share == pytest.approx([5 / 5.5, 0.5 / 5.5])
