"""Joins of pieces against byte pair encoding by hand, and the words that they are there for."""

import itertools

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.self_training.completion import Completer, Completion, Joins, Pieces, apply_joins, find_joins

WORDS = ["a", "b", "c", "ab", "bc", "abc", "aa", "aab"]


def by_hand(run, rules):
    """Join the pair of the earliest rule, the leftmost first, until no rule holds: a list of (word, start)."""
    run = list(run)
    while True:
        found = [(rules.index(pair), i) for i, pair in enumerate(itertools.pairwise(run)) if pair in rules]
        if not found:
            return run
        _, i = min(found)
        run[i : i + 2] = [run[i] + run[i + 1]]


def numbered(runs, words):
    number = [words.index(w) if w in words else -1 for run in runs for w in run]
    first = [i == 0 for run in runs for i, _ in enumerate(run)]
    return Pieces(np.array(number, np.int64), np.array(first, bool))


def rules_of(pairs, words):
    return Joins(*(np.array([words.index(w) for w in column], np.int64)
                   for column in zip(*((a, b, a + b) for a, b in pairs), strict=True)))  # fmt: skip


RUNS = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "x"]), min_size=1, max_size=9), min_size=1, max_size=5
)
RULES = st.permutations(
    [("a", "b"), ("b", "c"), ("ab", "c"), ("a", "bc"), ("a", "a"), ("aa", "b"), ("a", "ab")]
)


@given(RUNS, RULES)
@settings(max_examples=300, deadline=None)
def test_rules_are_applied_as_byte_pair_encoding_does(runs, rules):
    expected = [by_hand(run, rules) for run in runs]
    after, kept = apply_joins(numbered(runs, WORDS), rules_of(rules, WORDS))
    assert [WORDS[n] if n >= 0 else "x" for n in after.number] == [w for run in expected for w in run]
    starts = [np.cumsum([0, *map(len, run)])[:-1] for run in expected]
    offset = np.cumsum([0, *map(len, runs)])
    begins = np.concatenate([start + low for start, low in zip(starts, offset, strict=False)])
    assert np.flatnonzero(kept).tolist() == begins.tolist()
    assert after.first.tolist() == [i == 0 for run in expected for i, _ in enumerate(run)]


@given(RUNS, RULES)
@settings(max_examples=100, deadline=None)
def test_any_text_is_joined_by_its_characters_as_the_pieces_are(runs, rules):
    text = "".join("." + "".join(run) for run in runs)
    codes = np.array([ord(c) for c in text], np.uint32)
    character = np.where(codes == ord("."), -1, 1).astype(np.int32)
    begins = character >= 0
    joined = Completer(pa.array(WORDS), rules_of(rules, WORDS)).joined(codes, character, begins)
    _, kept = apply_joins(numbered(runs, WORDS), rules_of(rules, WORDS))
    assert joined[begins].tolist() == (~kept).tolist()


def runs_of_names(seed=0):
    rng = np.random.default_rng(seed)
    names = [["内塔尼亚", "胡"], ["小", "浪", "底"], ["土库曼", "斯", "坦"]]
    others = ["记者", "报道", "总理", "在", "的", "了", "说", "胡", "小", "坦"]
    runs = []
    for _ in range(400):
        run = [str(w) for w in rng.choice(others, 4)]
        at = int(rng.integers(0, 4))
        run[at:at] = names[int(rng.integers(0, 3))]
        if rng.random() < 0.3:
            run += ["记者", "报道"]
        runs.append(run)
    return runs


def completed(runs, completion):
    words = sorted({w for run in runs for w in run})
    pieces = numbered(runs, words)
    listed, joins = find_joins(pieces, pa.array(words), completion)
    after, _ = apply_joins(pieces, joins)
    return [listed[int(n)].as_py() for n in after.number], joins


def test_pieces_that_never_stand_alone_are_joined_and_phrases_are_not():
    tokens, _ = completed(runs_of_names(), Completion())
    held = set(tokens)
    assert {"内塔尼亚胡", "小浪底", "土库曼斯坦"} <= held
    assert not held & {"内塔尼亚", "浪底", "土库曼", "记者报道"}


def test_no_word_is_longer_than_asked():
    tokens, _ = completed(runs_of_names(), Completion(max_length=4))
    assert max(map(len, tokens)) == 4
    assert "小浪底" in tokens
    assert "内塔尼亚胡" not in tokens


def test_more_freedom_joins_more():
    strict, loose = (completed(runs_of_names(), Completion(16, share))[1] for share in (0.0, 0.9))
    assert len(loose.whole) > len(strict.whole)


def test_runs_are_never_joined_to_each_other():
    runs = [["北"], ["京"]] * 50
    assert not len(completed(runs, Completion())[1].whole)


def test_nothing_gives_no_joins():
    listed, joins = find_joins(Pieces(np.zeros(0, np.int64), np.zeros(0, bool)), pa.array([], pa.string()))
    assert len(listed) == len(joins.whole) == 0
