import numpy as np
import pyarrow as pa
import pytest

from tasks.evaluation.word_unigram import WordUnigram
from tasks.lm.alphabet import SCALAR_VALUES, Alphabet

TRAINING = pa.array(["ab a", "ba", "abab"], pa.string())
WORDS = pa.array(["a", "ab", "b", "ba"], pa.string())
ALPHABET = Alphabet.of(TRAINING)
MODEL = WordUnigram.of(ALPHABET, WORDS, np.array([2.0, 4.0, 1.0, 1.0]), 6.0, TRAINING)


def test_words_white_space_and_end_share_one_distribution():
    assert MODEL.probabilities.sum() + MODEL.spaces.sum() + MODEL.end == pytest.approx(1)
    assert MODEL.end == pytest.approx(3 / 10)
    assert MODEL.spaces[ord(" ")] == pytest.approx(1 / 10)


def cost(text):
    likeliest, marginal = MODEL.nats(pa.array([text], pa.string()))
    return np.exp(-likeliest), np.exp(-marginal)


def by_hand(text):
    """Sum and maximum over all sequences of words, blanks and unknown characters that spell the text."""
    p = dict(zip(WORDS.to_pylist(), MODEL.probabilities * (1 - ALPHABET.escape), strict=True))
    p[" "] = MODEL.spaces[ord(" ")] * (1 - ALPHABET.escape)
    unknown = ALPHABET.escape / (SCALAR_VALUES - len(ALPHABET.codes))
    found = []

    def spell(rest, so_far):
        if not rest:
            found.append(so_far * MODEL.end * (1 - ALPHABET.escape))
        for token in {*p, *rest[:1]}:
            if rest and rest.startswith(token):
                spell(rest[len(token) :], so_far * p.get(token, unknown))

    spell(text, 1.0)
    return max(found), sum(found)


@pytest.mark.parametrize("text", ["ab", "aba b", "x", "axb", " ", "abab ba\u3000", ""])
def test_costs_are_those_of_all_cuts_spelled_out(text):
    assert cost(text) == pytest.approx(by_hand(text), rel=1e-9)
    assert cost(text)[0] <= cost(text)[1] * (1 + 1e-12)
