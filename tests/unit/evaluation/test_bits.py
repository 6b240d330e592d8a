import numpy as np
import pytest

from tasks.evaluation.bits import bits_per_character, character_bits


def test_bits_of_a_fair_alphabet():
    assert character_bits(np.full(8, 5)) == pytest.approx(3.0)


def test_bits_by_hand():
    counts, lengths = np.array([2, 1, 1, 0]), np.array([1, 2, 3, 9])
    assert bits_per_character(counts, lengths) == pytest.approx(1.5 / (7 / 4))


def test_one_word_costs_nothing():
    assert bits_per_character(np.array([9]), np.array([2])) == 0.0
    assert bits_per_character(np.array([0]), np.array([2])) == 0.0


def test_bad_counts_are_refused():
    with pytest.raises(ValueError, match="not be negative, got -1"):
        character_bits(np.array([1, -1]))
    with pytest.raises(ValueError, match="equally many, got 1 and 2"):
        bits_per_character(np.array([1]), np.array([1, 2]))
