"""Cheapest spellings against the enumeration of all."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.text.ragged import Ragged
from tasks.unigram.spelling import BARRED, cheapest_parts, distinct, spelling_lattice


def spellings(word, allowed):
    if not word:
        yield ()
    for end in range(1, len(word) + 1):
        if word[:end] in allowed:
            for rest in spellings(word[end:], allowed):
                yield (word[:end], *rest)


@settings(max_examples=100, deadline=None)
@given(st.sets(st.text("ab", min_size=1, max_size=6), max_size=12), st.data())
def test_parts_are_the_cheapest_then_fewest_then_longest_of_all(drawn, data):
    words = sorted({*drawn, "a", "b"})
    costs = {word: data.draw(st.sampled_from([1, 2, 3])) for word in words}
    barred = data.draw(st.sets(st.sampled_from(words))) - {"a", "b"}
    chosen = [i for i in range(len(words)) if data.draw(st.booleans())]
    given_costs = np.array([BARRED if word in barred else costs[word] for word in words])
    lattice = spelling_lattice(pa.array(words))
    found = cheapest_parts(lattice, given_costs, np.array(chosen, np.int64))
    for k, i in enumerate(chosen):
        allowed = set(words) - barred - ({words[i]} if len(words[i]) > 1 else set())
        best = min(
            spellings(words[i], allowed),
            key=lambda way: (sum(costs[p] for p in way), len(way), [-len(p) for p in way]),
        )
        assert tuple(words[part] for part in found.row(k)) == best
    real = cheapest_parts(lattice, given_costs.astype(np.float64), np.array(chosen, np.int64))
    assert real.values.tolist() == found.values.tolist()


def test_a_word_without_a_spelling_is_refused():
    lattice = spelling_lattice(pa.array(["a", "ab"]))
    with pytest.raises(ValueError, match="got word 1 that no shorter ones spell"):
        cheapest_parts(lattice, np.array([1.0, 1.0]))


def test_distinct_parts_are_counted():
    parts, times = distinct(Ragged(np.array([3, 1, 3, 0]), np.array([0, 3, 3, 4])))
    assert (parts.values.tolist(), parts.offsets.tolist()) == ([1, 3, 0], [0, 2, 2, 3])
    assert times.tolist() == [1, 2, 1]
