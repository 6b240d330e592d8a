"""The gain against the definition: L of the token sequence before and after really merging."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.lexicon.gain import gain_of_kept, pair_gain, sufficient_pair_gain, sufficient_word_gain, word_gain


def cost_per_character(tokens):
    """L = H / l in nats, from the tokens themselves."""
    _, counts = np.unique(tokens, return_counts=True)
    p = counts / counts.sum()
    return -np.sum(p * np.log(p)) * len(tokens) / sum(map(len, tokens))


def merge(tokens, parts):
    merged, i = [], 0
    while i < len(tokens):
        if tokens[i : i + len(parts)] == parts:
            merged.append("".join(parts))
            i += len(parts)
        else:
            merged.append(tokens[i])
            i += 1
    return merged


sequences = st.lists(st.sampled_from(["a", "b", "c", "dd"]), min_size=4, max_size=60)


@settings(max_examples=200, deadline=None)
@given(sequences, st.lists(st.sampled_from(["a", "b", "c", "dd"]), min_size=2, max_size=4))
def test_gain_is_the_change_of_bits_per_character(tokens, parts):
    after = merge(tokens, parts)
    used = after.count("".join(parts))
    if used == 0:
        return
    distinct = sorted(set(parts))
    counts = np.array([tokens.count(part) for part in distinct])
    times = np.array([parts.count(part) for part in distinct])
    gain = word_gain(np.array([used]), counts, np.array([0, len(distinct)]), len(tokens), times)[0]
    mean_length = sum(map(len, tokens)) / len(tokens)
    assert cost_per_character(after) - cost_per_character(tokens) == pytest.approx(
        -gain / mean_length, abs=1e-12
    )

    kept = gain_of_kept(
        np.array([used]), counts - times * used, np.array([0, len(distinct)]), float(len(after)), times
    )
    assert kept[0] == pytest.approx(gain * len(tokens) / np.log(2), abs=1e-9)


def test_pair_gain_is_equation_2_11():
    n, a, b, ab = 1000.0, 80, 60, 40
    pa, pb, p = a / n, b / n, ab / n
    by_hand = (
        p * np.log(p / (pa * pb)) - (1 - p) * np.log(1 - p)
        + (pa - p) * np.log(1 - p / pa) + (pb - p) * np.log(1 - p / pb)
    )  # fmt: skip
    assert pair_gain(np.array([ab]), np.array([a]), np.array([b]), n)[0] == pytest.approx(by_hand, abs=1e-15)
    always = pair_gain(np.array([40, 40]), np.array([40, 80]), np.array([40, 40]), n)
    assert np.isfinite(always).all()


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 500))
def test_sufficient_gain_is_a_lower_bound(pair, more_left, more_right, rest):
    left, right = pair + more_left, pair + more_right
    total = left + right + rest
    exact = pair_gain(np.array([pair]), np.array([left]), np.array([right]), total)[0]
    bound = sufficient_pair_gain(np.array([pair]), np.array([left]), np.array([right]), total)[0]
    assert bound < exact
    assert sufficient_word_gain(
        np.array([pair]), np.array([left, right]), np.array([0, 2]), total
    )[0] == pytest.approx(bound)  # fmt: skip


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="got 3 parts for 2 words with 2 each"):
        word_gain(np.array([2]), np.array([3]), np.array([0, 1]), 10, np.array([2]))


def test_an_unused_word_saves_nothing():
    gain = gain_of_kept(np.array([0, 2]), np.array([3, 0]), np.array([0, 1, 2]), 5.0, np.array([2, 2]))
    assert gain[0] == 0
    assert gain[1] > 0
