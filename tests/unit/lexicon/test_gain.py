"""The gain against the definition: L of the token sequence before and after really merging."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.lexicon.gain import gain_of_kept, merge_gain, word_gain


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
    characters = sum(map(len, tokens))
    assert cost_per_character(after) - cost_per_character(tokens) == pytest.approx(
        -gain / characters, abs=1e-12
    )

    kept = gain_of_kept(
        np.array([used]), counts - times * used, np.array([0, len(distinct)]), float(len(after)), times
    )
    assert kept[0] == pytest.approx(gain / np.log(2), abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(
    sequences, st.lists(st.sampled_from(["a", "b", "c", "dd"]), min_size=2, max_size=4), st.integers(1, 30)
)
def test_a_type_that_is_there_already_gains_what_the_tokens_of_both_show(tokens, parts, existing):
    word = "".join(parts)
    tokens = tokens + [word] * existing
    after = merge(tokens, parts)
    used = after.count(word) - existing
    counts = np.array([[tokens.count(part)] for part in parts])
    times = np.array([0 if part in parts[:i] else parts.count(part) for i, part in enumerate(parts)])
    gain = merge_gain(used, np.arange(len(parts)), times, existing, counts, 0, len(tokens))
    characters = sum(map(len, tokens))
    drop = (cost_per_character(tokens) - cost_per_character(after)) * characters
    assert gain == pytest.approx(drop, abs=1e-9)


def test_the_gain_of_a_pair_is_equation_2_11():
    n, a, b, ab = 1000.0, 80, 60, 40
    pa, pb, p = a / n, b / n, ab / n
    by_hand = (
        p * np.log(p / (pa * pb)) - (1 - p) * np.log(1 - p)
        + (pa - p) * np.log(1 - p / pa) + (pb - p) * np.log(1 - p / pb)
    )  # fmt: skip
    pair = np.array([0, 2])
    assert word_gain(np.array([ab]), np.array([a, b]), pair, n, np.ones(2))[0] == pytest.approx(n * by_hand)
    always = word_gain(np.array([40, 40]), np.array([40, 40, 80, 40]), np.array([0, 2, 4]), n, np.ones(4))
    assert np.isfinite(always).all()


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="got 3 parts for 2 words with 2 each"):
        word_gain(np.array([2]), np.array([3]), np.array([0, 1]), 10, np.array([2]))


def test_an_unused_word_saves_nothing():
    gain = gain_of_kept(np.array([0, 2]), np.array([3, 0]), np.array([0, 1, 2]), 5.0, np.array([2, 2]))
    assert gain[0] == 0
    assert gain[1] > 0
