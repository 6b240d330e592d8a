from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tasks.evaluation.disagreements import badly_cut, error_kinds, stretches
from tasks.evaluation.spans import word_spans

GOLD = [["产业", "化", "的", "路"], ["北京", "市"], ["工业", "化"], ["工业", "化"], ["好"]]
CUT = [["产业化", "的", "路"], ["北", "京市"], ["工业化"], ["工业化"], ["好"]]


def test_kinds_are_counted_with_their_commonest_example():
    first, second = error_kinds(GOLD, CUT)
    assert (first.gold_lengths, first.predicted_lengths, first.count) == ("2+1", "3", 3)
    assert (first.gold, first.predicted) == ("工业 化", "工业化")
    assert (second.gold_lengths, second.predicted_lengths, second.count) == ("2+1", "1+2", 1)


def test_the_worst_come_first():
    worst = badly_cut(GOLD, CUT, 2)
    assert [(text.missed, text.gold) for text in worst] == [(2, "产业 化 的 路"), (2, "北京 市")]
    assert badly_cut([["好"]], [["好"]], 5) == []


@given(st.text("ab", min_size=1, max_size=12), st.integers(0, 2**12), st.integers(0, 2**12))
def test_stretches_hold_exactly_the_words_that_differ(text, first, second):
    def words(cuts: int) -> list[str]:
        at = [0, *(i for i in range(1, len(text)) if cuts >> i & 1), len(text)]
        return [text[i:j] for i, j in pairwise(at)]

    gold, cut = words(first), words(second)
    found = list(stretches(gold, cut))
    assert all("".join(a) == "".join(b) for a, b in found)
    missed = len(set(word_spans(gold)) - set(word_spans(cut)))
    assert sum(len(side) for side, _ in found) == missed
