from functools import partial

import numpy as np
import pyarrow as pa
import pytest

from tasks.text.token_rules import TokenRules
from tasks.text.trie import build_trie
from tasks.unigram.em import expected_counts, fit_unigram, viterbi_bits
from tasks.unigram.lattice import build_lattice

WORDS = ["a", "b", "ab", "ba"]


def bits_of_all_cuts(lattice, p):
    return -expected_counts(lattice, p)[1] / np.log(2) / lattice.characters


def test_a_long_run_does_not_underflow():
    p = np.array([0.1, 0.2, 0.3, 0.4])
    text = "ab" * 20_000
    lattice = build_lattice(pa.array([text]), build_trie(WORDS))
    alpha, scale = np.zeros(len(text) + 1), 0.0
    alpha[0] = 1.0
    for i in range(1, len(text) + 1):
        alpha[i] = alpha[i - 1] * p[WORDS.index(text[i - 1])]
        if i > 1:
            alpha[i] += alpha[i - 2] * p[WORDS.index(text[i - 2 : i])]
        if alpha[i] < 1e-100:
            alpha[i - 1 : i + 1] *= 1e100
            scale -= 100 * np.log(10)
    exact = -(np.log(alpha[-1]) + scale) / np.log(2) / len(text)
    assert bits_of_all_cuts(lattice, p) == pytest.approx(exact, rel=1e-12)
    fit = fit_unigram(partial(expected_counts, lattice), p, iterations=30, tolerance=0.0)
    assert np.all(np.diff(fit.log_likelihood) >= -1e-9)


def test_viterbi_bits_by_hand():
    lattice = build_lattice(pa.array(["ab a", "", "b"]), build_trie(WORDS))
    assert lattice.characters == 4
    p = np.array([0.25, 0.25, 0.5, 0.0])
    assert viterbi_bits(lattice, p) == pytest.approx((1 + 2 + 2) / 4)
    assert bits_of_all_cuts(lattice, p) == pytest.approx((-np.log2(0.5 + 1 / 16) + 4) / 4)


def test_fit_finds_the_words():
    lattice = build_lattice(pa.array(["ab", "abab", "a", "b"]), build_trie(WORDS))
    fit = fit_unigram(partial(expected_counts, lattice), np.ones(4), iterations=200, tolerance=0.0)
    a, b, ab, ba = fit.probabilities
    # the fixed point: ab is spelled a b with the share s its own probabilities imply, ba dies out
    share = a * b / (a * b + ab)
    assert ba < 1e-9
    assert ab == pytest.approx(3 * (1 - share) / (5 + 3 * share), abs=1e-6)
    assert a == pytest.approx(b)


def test_words_do_not_cross_runs_or_blanks():
    lattice = build_lattice(pa.array(["a b", "a"]), build_trie(WORDS))
    assert lattice.word.tolist() == [0, 1, 0]
    classes = TokenRules(mine_latin=True)
    mixed = build_lattice(pa.array(["a中", "12"]), build_trie(["a", "中", "a中", "1", "2", "12"]), classes)
    assert sorted(mixed.word.tolist()) == [0, 1, 3, 4, 5]


def test_text_that_no_words_spell_is_refused():
    with pytest.raises(ValueError, match="no word lets the run at character 2 be spelled"):
        build_lattice(pa.array(["ab", "bc"]), build_trie(WORDS))


def test_a_start_that_is_no_distribution_is_refused():
    lattice = build_lattice(pa.array(["ab"]), build_trie(WORDS))
    with pytest.raises(ValueError, match="finite, not negative and not all zero"):
        fit_unigram(partial(expected_counts, lattice), np.array([1, -1, 0, 0]))


def test_words_of_vanishing_probability_do_no_harm():
    words = ["a", "b", "ab", "aab", "aabb"]
    p = np.array([1e-160, 1e-170, 1e-150, 1e-300, 1.0])
    lattice = build_lattice(pa.array(["aabb" * 50, "aab", "ab" * 30]), build_trie(words))
    expected, log_likelihood = expected_counts(lattice, p)
    assert np.isfinite(expected).all()
    assert expected[4] == pytest.approx(50)
    assert expected @ [1, 1, 2, 3, 4] == pytest.approx(lattice.characters)
    assert log_likelihood == pytest.approx(30 * np.log(1e-150) + np.log(1e-300 + 1e-310), rel=1e-9)
