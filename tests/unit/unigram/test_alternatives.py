"""Alternatives against the enumeration of all segmentations of short sentences."""

from itertools import pairwise, product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import UserDictionary
from tasks.unigram.alternatives import boundary_probabilities, draw, likeliest
from tasks.unigram.segmenter import UNITS_PER_NAT, UnigramSegmenter

WORDS = ["甲", "乙", "甲乙", "乙甲", "甲乙甲", "乙乙", "甲甲甲甲"]
LOG_P = np.log([0.2, 0.1, 0.25, 0.1, 0.1, 0.05, 0.2])
sentences = st.text("甲乙丙 ", max_size=8)


def all_cuts(segmenter: UnigramSegmenter, text: str) -> dict[tuple[str, ...], int]:
    """Return every segmentation of characters mined together and its cost."""
    known = dict(zip(WORDS, segmenter.costs.tolist(), strict=True))
    pieces = []
    for run in text.split():
        ways = {}
        for cuts in product((False, True), repeat=len(run) - 1):
            at = [0, *(i + 1 for i, cut in enumerate(cuts) if cut), len(run)]
            words = tuple(run[i:j] for i, j in pairwise(at))
            if all(word in known or len(word) == 1 for word in words):
                ways[words] = sum(known.get(word, segmenter.unknown_cost) for word in words)
        pieces.append(ways)
    joined: dict[tuple[str, ...], int] = {(): 0}
    for ways in pieces:
        joined = {a + b: x + y for a, x in joined.items() for b, y in ways.items()}
    return joined


def cuts_of(found, text, k):
    at = slice(found.offsets[k], found.offsets[k + 1])
    return tuple(text[i:j] for i, j in zip(found.start[at], found.end[at], strict=True))


@settings(max_examples=150, deadline=None)
@given(st.lists(sentences, min_size=1, max_size=3), st.integers(1, 12))
def test_the_n_likeliest_are_those_of_the_enumeration(texts, count):
    segmenter = UnigramSegmenter(WORDS, LOG_P)
    found = likeliest(segmenter, pa.array(texts, pa.string()), count)
    plain = segmenter.segment(pa.array(texts, pa.string()))
    for row, text in enumerate(texts):
        ways = all_cuts(segmenter, text)
        mine = np.flatnonzero(found.sentence == row)
        best = sorted(ways.items(), key=lambda way: (way[1], len(way[0]), [-len(w) for w in way[0]]))
        got = [cuts_of(found, text, k) for k in mine]
        assert [ways[cut] for cut in got] == [cost for _, cost in best[:count]]
        assert len(set(got)) == len(got)
        assert got[0] == best[0][0]
        whole = plain.sentence_index == row
        assert (
            found.start[found.offsets[mine[0]] : found.offsets[mine[0] + 1]].tolist()
            == plain.start[whole].tolist()
        )
        total = sum(np.exp(-cost / UNITS_PER_NAT) for cost in ways.values())
        for k, cut in zip(mine, got, strict=True):
            p = np.exp(-ways[cut] / UNITS_PER_NAT)
            assert found.log_probability[k] == pytest.approx(np.log(p))
            assert found.posterior[k] == pytest.approx(p / total)


@settings(max_examples=100, deadline=None)
@given(st.lists(sentences, min_size=1, max_size=3))
def test_boundary_probabilities_are_those_of_the_enumeration(texts):
    segmenter = UnigramSegmenter(WORDS, LOG_P)
    probability, offsets = boundary_probabilities(segmenter, pa.array(texts, pa.string()))
    for row, text in enumerate(texts):
        ways = all_cuts(segmenter, text)
        expected = np.zeros(len(text))
        for cut, cost in ways.items():
            at = 0
            for word in cut:
                at = text.index(word, at)
                expected[at] += np.exp(-cost / UNITS_PER_NAT)
                at += len(word)
        expected /= sum(np.exp(-cost / UNITS_PER_NAT) for cost in ways.values())
        assert probability[offsets[row] : offsets[row + 1]] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_samples_come_as_often_as_they_are_likely(temperature):
    segmenter = UnigramSegmenter(WORDS, LOG_P)
    text, count = "甲乙甲乙", 20_000
    found = draw(segmenter, pa.array([text]), seed=5, temperature=temperature, count=count)
    ways = all_cuts(segmenter, text)
    weight = {cut: np.exp(-cost / UNITS_PER_NAT / temperature) for cut, cost in ways.items()}
    total = sum(weight.values())
    drawn = [cuts_of(found, text, k) for k in range(count)]
    for cut, share in weight.items():
        p = share / total
        assert abs(drawn.count(cut) / count - p) < 4.5 * np.sqrt(p * (1 - p) / count)
        if cut in drawn:
            assert found.posterior[drawn.index(cut)] == pytest.approx(p)


def test_samples_depend_on_seed_and_line_alone():
    segmenter = UnigramSegmenter(WORDS, LOG_P)
    texts = pa.array(["甲乙甲乙甲乙乙甲"] * 50)
    whole = draw(segmenter, texts, seed=1)
    later = draw(segmenter, texts.slice(20), seed=1, first_row=20)
    assert whole.start[whole.offsets[20] :].tolist() == later.start.tolist()
    assert draw(segmenter, texts, seed=2).start.tolist() != whole.start.tolist()
    assert len({tuple(whole.start[a:b].tolist()) for a, b in pairwise(whole.offsets)}) > 5


def test_a_temperature_near_zero_draws_the_likeliest():
    segmenter = UnigramSegmenter(WORDS, LOG_P)
    texts = pa.array(["甲乙甲乙甲甲", "丙 甲乙"])
    cold = draw(segmenter, texts, seed=3, temperature=1e-3)
    assert cold.start.tolist() == segmenter.segment(texts).start.tolist()


def test_tokens_by_rule_and_forced_words_are_whole_in_every_alternative():
    segmenter = UnigramSegmenter(
        WORDS,
        LOG_P,
        token_rules=TokenRules(),
        dictionary=UserDictionary(force=("乙甲",), stop_characters="丙"),
    )
    found = likeliest(segmenter, pa.array(["甲乙甲甲 12.5丙甲"]), 9)
    cuts = [cuts_of(found, "甲乙甲甲 12.5丙甲", k) for k in range(len(found.sentence))]
    assert cuts == [("甲", "乙甲", "甲", "12.5", "丙", "甲")]


def test_nothing_to_cut_is_one_empty_alternative():
    found = likeliest(UnigramSegmenter(WORDS, LOG_P), pa.array(["", " "]), 3)
    assert found.sentence.tolist() == [0, 1]
    assert found.offsets.tolist() == [0, 0, 0]
    assert found.posterior.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("count", "temperature"), [(0, 1.0), (1, 0.0), (1, float("nan"))])
def test_senseless_requests_are_refused(count, temperature):
    with pytest.raises(ValueError, match="positive"):
        draw(UnigramSegmenter(WORDS, LOG_P), pa.array(["甲"]), seed=1, temperature=temperature, count=count)
    with pytest.raises(ValueError, match="at least 1"):
        likeliest(UnigramSegmenter(WORDS, LOG_P), pa.array(["甲"]), 0)
