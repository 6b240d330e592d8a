import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evaluation.contrast import PRIOR_SCALE, contrast, frequent_words, telling_words, weighted_log_odds

columns = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=8)


def table(**counts):
    return pl.DataFrame({"word": list(counts), "count": list(counts.values())})


def by_the_formula(a, b, scale):
    """The definition, word by word."""
    prior = [scale * (x + y) for x, y in zip(a, b, strict=True)]
    found = []
    for x, y, alpha in zip(a, b, prior, strict=True):
        odds_a = (x + alpha) / (sum(a) + sum(prior) - x - alpha)
        odds_b = (y + alpha) / (sum(b) + sum(prior) - y - alpha)
        delta = math.log(odds_a) - math.log(odds_b)
        found.append((delta, delta / math.sqrt(1 / (x + alpha) + 1 / (y + alpha))))
    return np.array(found).T


@settings(deadline=None)
@given(columns.filter(lambda rows: sum(x + y > 0 for x, y in rows) == len(rows)), st.floats(0.01, 2))
def test_log_odds_are_the_formula(rows, scale):
    a, b = map(list, zip(*rows, strict=True))
    np.testing.assert_allclose(weighted_log_odds(a, b, scale), by_the_formula(a, b, scale), atol=1e-9)


@settings(deadline=None)
@given(columns)
def test_swapping_the_corpora_turns_every_sign(rows):
    a, b = map(list, zip(*rows, strict=True))
    np.testing.assert_allclose(weighted_log_odds(a, b), -np.array(weighted_log_odds(b, a)), atol=1e-12)


@settings(deadline=None)
@given(st.lists(st.integers(0, 10_000), max_size=8))
def test_equal_corpora_give_zeros(counts):
    assert not np.any(weighted_log_odds(np.array(counts), np.array(counts)))


def test_a_worked_example():
    delta, z = weighted_log_odds(np.array([8, 2]), np.array([2, 8]))
    assert delta[0] == pytest.approx(math.log(9 / 3) - math.log(3 / 9))
    assert z[0] == pytest.approx(delta[0] / math.sqrt(1 / 9 + 1 / 3))
    assert PRIOR_SCALE == 0.1


def test_what_cannot_be_compared_is_zero_or_refused():
    assert weighted_log_odds(np.array([3]), np.array([9])) == (0, 0)
    assert not np.any(weighted_log_odds(np.array([0, 3, 4]), np.array([0, 3, 4])))
    with pytest.raises(ValueError, match="not be negative, got -1"):
        weighted_log_odds(np.array([-1]), np.array([2]))
    with pytest.raises(ValueError, match="the same words, got 1 and 2"):
        weighted_log_odds(np.array([1]), np.array([1, 2]))
    with pytest.raises(ValueError, match="above 0, got 0"):
        weighted_log_odds(np.array([1]), np.array([1]), 0)


def test_tables_are_joined_by_word():
    measured = contrast(table(科学=6, 名著=2, 新词=2), table(科学=2, 名著=6, 旧词=2))
    rows = {row["word"]: row for row in measured.to_dicts()}
    assert (rows["科学"]["count_a"], rows["科学"]["count_b"]) == (6, 2)
    assert rows["旧词"]["count_a"] == 0
    assert rows["新词"]["per_million_a"] == 200_000
    expected = weighted_log_odds(np.array([6, 2, 2, 0]), np.array([2, 6, 0, 2]))[1]
    assert [rows[w]["z"] for w in ("科学", "名著", "新词", "旧词")] == pytest.approx(list(expected))
    assert measured["z"].is_sorted(descending=True)


def test_words_are_grouped_by_where_they_are_used():
    measured = contrast(table(科学=60, 名著=20, 新词=9, 稀=1), table(科学=20, 名著=60, 旧词=9, 生=1))
    told = telling_words(frequent_words(measured, 2), top=5)
    groups = {name: part["word"].to_list() for (name,), part in told.group_by("group", maintain_order=True)}
    assert groups == {"new_in_a": ["新词"], "more_in_a": ["科学"], "more_in_b": ["名著", "旧词"]}
    assert telling_words(measured, top=1).height == 3
    assert telling_words(measured, top=5).height == 6


def test_words_that_the_other_corpus_cuts_otherwise_are_left_out():
    measured = contrast(table(科学=6, 新词=3, 学的=3), table(科学=6, 旧词=6))
    assert telling_words(measured, 5, {"学的"})["word"].to_list() == ["新词", "旧词"]


def test_marks_are_no_words():
    measured = contrast(table(科学=6, **{"，": 60, "Ａ股": 7, "９８": 8}), table(科学=6))
    assert set(frequent_words(measured, 1)["word"]) == {"科学", "Ａ股", "９８"}


def test_a_corpus_against_itself_tells_nothing():
    words = table(科学=6, 名著=2)
    assert telling_words(contrast(words, words), top=5).is_empty()
