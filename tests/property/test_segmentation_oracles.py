"""Viterbi and EM against every segmentation of short strings over tiny alphabets."""

from functools import partial
from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.unigram.em import expected_counts, fit_unigram, viterbi_bits
from tasks.unigram.lattice import build_lattice
from tasks.unigram.segmenter import UNITS_PER_NAT, UnigramSegmenter

ALPHABET = "ab😀"
lexicons = st.dictionaries(
    st.text(ALPHABET, min_size=1, max_size=3), st.integers(1, 6), min_size=1, max_size=9
)


def every_segmentation(text):
    for cuts in range(len(text)):
        for inner in combinations(range(1, len(text)), cuts):
            bounds = [0, *inner, len(text)]
            yield [text[i:j] for i, j in pairwise(bounds)]


@settings(max_examples=150, deadline=None)
@given(lexicons, st.text(ALPHABET + "c", min_size=1, max_size=7))
def test_viterbi_is_the_best_of_all(counts, text):
    log_p = dict(
        zip(counts, np.log(np.array(list(counts.values())) / (2 * sum(counts.values()))), strict=True)
    )
    segmenter = UnigramSegmenter(list(log_p), np.array(list(log_p.values())))
    units = {w: round(-p * UNITS_PER_NAT) for w, p in log_p.items()}
    unknown = round(-segmenter.unknown * UNITS_PER_NAT)

    def rank(words):
        cost = sum(units.get(w, unknown) for w in words)
        return cost, len(words), [-len(w) for w in words]

    allowed = [s for s in every_segmentation(text) if all(w in units or len(w) == 1 for w in s)]
    assert segmenter.split(text) == min(allowed, key=rank)


@settings(max_examples=60, deadline=None)
@given(lexicons, st.lists(st.text(ALPHABET, max_size=6), min_size=1, max_size=4))
def test_expected_counts_are_those_of_all_segmentations(counts, texts):
    words = list({**dict.fromkeys(ALPHABET, 1), **counts})
    p = np.array([counts.get(w, 1) for w in words], float)
    p /= p.sum()
    expected, log_likelihood = np.zeros(len(words)), 0.0
    for text in filter(None, texts):
        spelled = [s for s in every_segmentation(text) if all(w in words for w in s)]
        weight = np.array([np.prod([p[words.index(w)] for w in s]) for s in spelled])
        log_likelihood += np.log(weight.sum())
        for s, share in zip(spelled, weight / weight.sum(), strict=True):
            for w in s:
                expected[words.index(w)] += share
    lattice = build_lattice(pa.array(texts, pa.string()), UnigramSegmenter(words, np.log(p)).trie)
    found, found_likelihood = expected_counts(lattice, p)
    assert found == pytest.approx(expected, abs=1e-12)
    assert found_likelihood == pytest.approx(log_likelihood, abs=1e-9)
    assert -found_likelihood / np.log(2) <= viterbi_bits(lattice, p) * lattice.characters + 1e-9


@settings(max_examples=40, deadline=None)
@given(lexicons, st.lists(st.text(ALPHABET, max_size=40), min_size=1, max_size=6))
def test_likelihood_never_falls_and_mass_is_one(counts, texts):
    words = list({**dict.fromkeys(ALPHABET, 1), **counts})
    lattice = build_lattice(
        pa.array(texts, pa.string()), UnigramSegmenter(words, np.full(len(words), -1.0)).trie
    )
    fit = fit_unigram(partial(expected_counts, lattice), np.ones(len(words)), iterations=15, tolerance=0.0)
    assert np.all(np.diff(fit.log_likelihood) >= -1e-9)
    assert abs(fit.probabilities.sum() - 1) < 1e-9
