"""The gain of joining neighbours against the cost of the whole text, written out, before and after."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.lexicon.join_gain import NeighbourPairs, WordEnds, WordTypes, freedom, join_gain, join_spelling
from tasks.text.characters import column_of, decode

LONGEST = 8


def cost(tokens, nats_of_character, nats_of_length):
    """N H of tokens, and every type spelled once by fixed costs."""
    uses = Counter(tokens)
    entropy = -sum(n * np.log(n / len(tokens)) for n in uses.values())
    return entropy + sum(nats_of_length[len(w)] + sum(nats_of_character[c] for c in w) for w in uses)


def joined(tokens, a, b):
    result = []
    for word in tokens:
        if result and result[-1] == a and word == b:
            result[-1] = a + b
        else:
            result.append(word)
    return result


def types_of(tokens, listed):
    text = decode(column_of(listed))
    uses = np.array([Counter(tokens)[word] for word in listed])
    return text, WordTypes.of(text.codes, text.offsets, uses, LONGEST)


@given(st.lists(st.sampled_from(["的", "中", "国", "中国", "人民", "人", "民"]), min_size=2, max_size=60))
@settings(max_examples=200, deadline=None)
def test_a_join_saves_what_the_cost_of_the_text_falls_by(tokens):
    listed = sorted(set(tokens))
    uses = Counter(tokens)
    _, types = types_of(tokens, listed)
    characters = {c: n for w, n in zip(listed, types.spelling, strict=True) if len(w) == 1 for c in w}
    for word in listed:
        for c in word:
            spelled = Counter(c for w in listed for c in w)
            characters[c] = -np.log(spelled[c] / spelled.total())
    for a, b in set(pairwise(tokens)):
        after = joined(tokens, a, b)
        count = Counter(after)[a + b] - uses[a + b]
        pair = NeighbourPairs(*np.array([[listed.index(a)], [listed.index(b)], [count], [uses[a + b]]]))
        fall = cost(tokens, characters, types.of_length) - cost(after, characters, types.of_length)
        saved = join_gain(pair, types.uses) - join_spelling(pair, types)
        assert saved[0] == pytest.approx(fall, abs=1e-8)


def test_costs_of_spelling_are_of_types_that_are_used():
    _, types = types_of(["ab", "a", "ab"], ["a", "ab", "zz"])
    assert types.spelling[0] == pytest.approx(-np.log(2 / 3))
    assert types.spelling[1] == pytest.approx(-np.log(2 / 3) - np.log(1 / 3))
    lengths = np.ones(LONGEST + 1)
    lengths[[1, 2]] += 1
    assert types.of_length == pytest.approx(-np.log(lengths / lengths[1:].sum()))


def test_freedom_is_that_of_the_less_free_word_by_its_neighbouring_character():
    # 0 is followed by 1 or 2, which both begin with the same character; 3 follows 2 or 0
    ends = WordEnds(np.array([10, 20, 20, 30]), np.array([11, 20, 21, 30]))
    pairs = NeighbourPairs(*np.array([[0, 0, 2, 0], [1, 2, 3, 3], [5, 4, 3, 1], [0, 0, 0, 0]]))
    uses = np.array([10, 50, 50, 20])
    assert freedom(pairs, ends, uses) == pytest.approx([0.1, 0.1, 1 - 3 / 20, 1 - 1 / 10])


def test_a_word_beside_itself_is_used_twice():
    pairs = NeighbourPairs(*np.array([[0], [0], [4], [0]]))
    assert freedom(pairs, WordEnds(np.array([1]), np.array([1])), np.array([10])) == pytest.approx([0.2])
