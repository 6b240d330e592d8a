import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.explain.contexts import SIDE_CHARS, around, occurrences, places


@settings(deadline=None)
@given(st.integers(1, 10_000), st.integers(0, 10_000), st.integers(1, 9))
def test_places_are_distinct_in_order_and_spread(documents, more, lines):
    found = places(documents, documents + more, lines)
    assert found == sorted(set(found))
    assert len(found) == min(lines, documents + more)
    assert found[-1] < documents + more
    if documents >= lines:
        gaps = [
            b - a for a, b in zip([-found[0] - 1, *found], [*found, 2 * documents - found[-1]], strict=True)
        ]
        assert max(gaps) <= documents / lines + 2


@settings(deadline=None)
@given(st.text("ab", max_size=20), st.text("ab", min_size=1, max_size=3))
def test_occurrences_are_all_of_them(text, word):
    assert list(occurrences(text, word)) == [m.start() for m in re.finditer(f"(?={word})", text)]


def test_what_stands_around_is_bounded():
    text = "前" * 50 + "词" + "后" * 50
    assert around(text, 50, 1) == ("前" * SIDE_CHARS, "后" * SIDE_CHARS)
    assert around("词", 0, 1) == ("", "")
