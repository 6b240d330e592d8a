from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.text.characters import decode
from tasks.text.grams import MAX_RUN, _numbers, find_grams, mined_runs, number_grams, numbered_words
from tasks.text.token_rules import RAW, TokenRules
from tasks.text.trie import build_trie

texts = st.lists(st.text("abc", max_size=9), min_size=1, max_size=5)


def lay_out(strings):
    return mined_runs(decode(pa.array(strings, pa.string())), RAW)


def counts_by_hand(strings, longest):
    return Counter(
        s[i : i + k] for s in strings for k in range(1, longest + 1) for i in range(len(s) - k + 1)
    )


@settings(max_examples=80, deadline=None)
@given(texts, st.integers(1, 5), st.integers(1, 3))
def test_counts_are_exact(strings, longest, least):
    runs = lay_out(strings)
    grams = number_grams(runs.character, longest, least)
    spelled = "".join(map(chr, runs.alphabet))
    names = [
        "".join(spelled[c] for c in runs.character[f : f + k])
        for f, k in zip(grams.first.tolist(), grams.length.tolist(), strict=True)
    ]
    expected = {g: c for g, c in counts_by_hand(strings, longest).items() if len(g) <= 2 or c >= least}
    assert dict(zip(names, grams.count.tolist(), strict=True)) == expected
    assert np.diff(grams.offsets).tolist() == [sum(len(g) == k + 1 for g in expected) for k in range(longest)]
    joined = "".join(spelled[c] if c >= 0 else "|" for c in runs.character)
    for i, row in enumerate(grams.gram.tolist()):
        for k, number in enumerate(row):
            here = joined[i : i + k + 1]
            assert (names[number] if number >= 0 else None) == (here if here in expected else None)


def test_runs_are_mined_ones_and_bounded():
    runs = mined_runs(decode(pa.array(["中国，人12", "的" * (MAX_RUN + 1)])), TokenRules())
    assert runs.characters == 3 + MAX_RUN + 1
    assert np.flatnonzero(runs.character < 0).tolist() == [0, 3, 5, 6 + MAX_RUN, 8 + MAX_RUN]
    assert runs.source[1:5].tolist() == [0, 1, -1, 3]
    assert runs.gaps[:2].tolist() == [2, 7]


def test_characters_outside_the_alphabet_share_a_number():
    alphabet = np.array([ord("国"), ord("中")], np.uint32)
    assert mined_runs(decode(pa.array(["中x国"])), RAW, alphabet).character.tolist() == [-1, 1, 2, 0, -1]


def test_find_grams_numbers_by_the_list():
    text = decode(pa.array(["abx"]))
    runs = mined_runs(text, RAW)
    codes = np.where(runs.source >= 0, text.codes[runs.source], 0)
    found = find_grams(codes, runs.character, build_trie(["ab", "b"]), 2, 9)
    assert found.tolist() == [[-1, -1], [9, 0], [1, 9], [9, -1], [-1, -1]]


def test_words_without_a_number_become_characters():
    runs = lay_out(["abc", "ab", "ab"])
    grams = number_grams(runs.character, 3, 2)
    begins = np.zeros(len(runs.character), bool)
    begins[[1, 5, 8]] = True
    assert np.flatnonzero(numbered_words(grams, begins)).tolist() == [1, 2, 3, 5, 8]


def test_bad_orders_are_refused():
    with pytest.raises(ValueError, match="at least 1, got 0 and 1"):
        number_grams(np.zeros(3, np.int32), 0)


def test_sentences_stand_apart_and_runs_of_one_do_not():
    text = decode(pa.array(["", "中国，人民", "12", "的 了", ""]))
    runs, apart = mined_runs(text, TokenRules()), mined_runs(text, TokenRules(), apart=3)
    assert [c for c in apart.source.tolist() if c >= 0] == [c for c in runs.source.tolist() if c >= 0]
    runs_of = [len(part) for part in "".join("x" if c >= 0 else " " for c in apart.character).split()]
    assert runs_of == [2, 2, 1, 1]
    shown = "".join("x" if c >= 0 else "." for c in apart.character)
    assert shown == "...xx.xx...x.x."
    assert "".join("x" if c >= 0 else "." for c in runs.character) == ".xx.xx.x.x."


@pytest.mark.parametrize("count", [0, 1, 50, 5_000])
def test_code_points_have_one_number_in_little_text_and_in_much(count):
    draw = np.random.default_rng(count)
    alphabet = np.unique(draw.integers(0x4E00, 0x4E80, 40)).astype(np.uint32)
    codes = draw.integers(0x4DF0, 0x4E90, count).astype(np.uint32)
    listed = {int(code): number for number, code in enumerate(alphabet)}
    expected = [listed.get(int(code), len(alphabet)) for code in codes]
    assert _numbers(alphabet, codes).tolist() == expected
    turned = np.where(
        np.array(expected) < len(alphabet), len(alphabet) - 1 - np.array(expected), len(alphabet)
    )
    assert _numbers(alphabet[::-1], codes).tolist() == turned.tolist()
    assert _numbers(alphabet[:0], codes).tolist() == [0] * count
