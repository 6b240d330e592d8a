import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.explain.spelling import Spelling, best_other_spelling, substrings


def spellings(word):
    for cuts in product([False, True], repeat=len(word) - 1):
        parts, start = [], 0
        for end in [i + 1 for i, cut in enumerate(cuts) if cut] + [len(word)]:
            parts.append(word[start:end])
            start = end
        yield tuple(parts)


@settings(deadline=None)
@given(st.text("中外科", min_size=2, max_size=7), st.data())
def test_it_is_the_cheapest_of_all_other_spellings(word, data):
    characters = {c: data.draw(st.integers(3, 40)) / 4 for c in sorted(set(word))}
    longer = data.draw(st.sets(st.sampled_from(substrings(word))))
    bits = {part: data.draw(st.integers(3, 60)) / 4 for part in sorted(longer)} | characters
    others = [p for p in spellings(word) if p != (word,) and all(part in bits for part in p)]
    found = best_other_spelling(word, bits)
    assert found.parts in others
    assert found.bits == pytest.approx(min(sum(bits[part] for part in p) for p in others), abs=1e-5)
    assert found.bits == pytest.approx(sum(bits[part] for part in found.parts))


def test_without_the_characters_there_is_no_cost():
    assert best_other_spelling("中外", {"中外": 3.0, "中": 2.0}) == Spelling(("中", "外"), None)
    assert best_other_spelling("中外", {}) == Spelling(("中", "外"), None)


def test_a_character_has_no_other_spelling():
    assert best_other_spelling("中", {"中": 2.0}) is None


def test_substrings_are_all_runs():
    assert set(substrings("abc")) == {"a", "b", "c", "ab", "bc", "abc"}
    assert len(substrings("a" * 64)) == 64
    assert math.comb(65, 2) == len(substrings("".join(map(chr, range(0x4E00, 0x4E40)))))
