import numpy as np
import pytest

from tasks.topics.plsa import Counts
from tasks.topics.stop_words import WordChoice, choose_words, information


def counts_of(dense):
    rows, words = np.nonzero(dense)
    first = np.searchsorted(rows, np.arange(len(dense) + 1)).astype(np.int64)
    return Counts(first, words.astype(np.int32), dense[rows, words].astype(float), dense.shape[1])


def entropy(column):
    p = column[column > 0] / column.sum()
    return -(p * np.log(p)).sum()


def test_information_is_the_entropy_lost_against_words_thrown_at_random():
    draw = np.random.default_rng(0)
    dense = draw.poisson(np.outer(draw.uniform(2, 20, 60), [0.5, 1.0, 0.2]))
    dense[:, 2] = 0
    dense[:4, 2] = 12
    flat = np.repeat(np.arange(3), dense.sum(axis=0))
    homes = np.repeat(np.arange(60), dense.sum(axis=1))
    thrown = np.zeros((200, 3))
    for trial in range(200):
        table = np.zeros((60, 3))
        np.add.at(table, (draw.permutation(homes), flat), 1)
        thrown[trial] = [entropy(table[:, word]) for word in range(3)]
    expected = thrown.mean(axis=0) - [entropy(dense[:, word]) for word in range(3)]
    found = information(counts_of(dense))
    np.testing.assert_allclose(found, expected, atol=0.05)
    assert found[2] > 1.5 > 0.1 > abs(found[0])


def test_words_are_chosen_by_documents_and_information():
    dense = np.zeros((40, 5), int)
    dense[:, 0] = 3  # everywhere
    dense[:6, 1] = 4  # in bursts
    dense[::4, 2] = 1  # one here and there: no more than by chance
    dense[:2, 3] = 9  # in too few documents
    dense[10:18, 4] = 2
    choice = WordChoice(min_documents=3, max_document_share=0.5, min_information=0.3, max_words=10)
    counts = counts_of(dense)
    assert choose_words(counts, choice, np.ones(5, bool)).tolist() == [1, 4]
    assert choose_words(counts, choice, np.array([1, 0, 1, 1, 1], bool)).tolist() == [4]
    few = WordChoice(min_documents=3, max_document_share=0.5, min_information=0.3, max_words=1)
    assert choose_words(counts, few, np.ones(5, bool)).tolist() == [1]


def test_words_that_do_not_occur_tell_nothing():
    assert information(counts_of(np.array([[2, 0], [1, 0]])))[1] == pytest.approx(0)
