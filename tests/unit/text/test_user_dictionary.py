"""The rules of the user dictionary, against a plain reading of them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.errors import InputError
from tasks.text.characters import decode
from tasks.text.token_rules import RAW, RULE_START, TokenRules, runs
from tasks.text.user_dictionary import UserDictionary
from tasks.unigram.segmenter import UnigramSegmenter


def forced_spans(text: str, words: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return the occurrences that count: the first to begin, of those the longest."""
    spans, at = [], 0
    while at < len(text):
        longest = max((len(word) for word in words if text.startswith(word, at)), default=0)
        if longest:
            spans.append((at, at + longest))
        at += max(longest, 1)
    return spans


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text("甲乙丙a1 ", max_size=10), max_size=4),
    st.sets(st.text("甲乙丙a1", min_size=1, max_size=4), max_size=4),
)
def test_forced_words_are_whole_wherever_they_count(texts, words):
    dictionary = UserDictionary.of(words, [], "")
    segmenter = UnigramSegmenter(["甲乙", "乙丙", "丙甲乙"], np.log([0.3, 0.3, 0.4]), dictionary=dictionary)
    cut = segmenter.segment(pa.array(texts, pa.string()))
    for row, text in enumerate(texts):
        mine = cut.sentence_index == row
        spans = list(zip(cut.start[mine].tolist(), cut.end[mine].tolist(), strict=True))
        assert set(forced_spans(text, dictionary.force)) <= set(spans)
        assert "".join(text[i:j] for i, j in spans) == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "force", "expected"),
    [
        ("唱卡拉OK歌", "卡拉OK", ["唱", "卡拉OK", "歌"]),
        ("ITALY的IT", "IT", ["ITALY", "的", "IT"]),
        ("在2001年", "20", ["在", "2001", "年"]),
        ("第2001届", "第2", ["第", "2001", "届"]),
        ("用3G上网", "3G", ["用", "3G", "上", "网"]),
    ],
)
def test_a_forced_word_never_parts_a_token_by_rule(text, force, expected):
    segmenter = UnigramSegmenter(
        ["甲"], np.zeros(1), -1.0, token_rules=TokenRules(), dictionary=UserDictionary.of([force], [], "")
    )
    assert segmenter.split(text) == expected


def test_stop_characters_stand_alone():
    dictionary = UserDictionary.of([], [], "的.")
    segmenter = UnigramSegmenter(
        ["我的", "的话"], np.log([0.5, 0.5]), token_rules=TokenRules(), dictionary=dictionary
    )
    assert segmenter.split("我的话12.5") == ["我", "的", "话", "12", ".", "5"]


def test_forbidden_words_are_parted_where_a_boundary_is_likeliest():
    text = decode(pa.array(["甲乙丙丁甲乙12"]))
    places = runs(text, TokenRules())
    probability = np.array([1, 0.1, 0.4, 0.2, 0.9, 0.1, 1, 0], np.float32)
    UserDictionary.of([], ["甲乙丙丁", "甲乙", "12"], "").part_forbidden(text, places, probability)
    # 甲乙丙丁 falls apart in the middle, then 甲乙 does, both times; 12 is a token by rule
    assert (probability > 0.5).tolist() == [True, True, True, False, True, True, True, False]
    assert places[6] == RULE_START


def test_what_is_neither_forced_nor_stopped_keeps_its_place():
    text = decode(pa.array(["甲乙 a1丙。"]))
    for token_rules in (RAW, TokenRules()):
        places = runs(text, token_rules)
        before = places.copy()
        UserDictionary.of(["丁"], ["甲乙"], "戊").mark(text, places)
        assert places.tolist() == before.tolist()


@pytest.mark.parametrize(
    ("force", "forbid", "stop", "error"),
    [
        (["甲 乙"], [], "", "a forced word must have 1 to 64 characters and no white space; got '甲 乙'"),
        ([""], [], "", "a forced word must have 1 to 64 characters and no white space; got ''"),
        ([], ["甲"], "", "a forbidden word must have 2 to 64 characters and no white space; got '甲'"),
        (["甲乙"], ["甲乙"], "", "a word must not be both forced and forbidden; got '甲乙'"),
        (["甲乙"], [], "乙", "a forced word must hold no stop character; got '甲乙' with '乙'"),
        ([], [], "乙 ", "stop characters must not be white space; got '乙 '"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(force, forbid, stop, error):
    with pytest.raises(InputError) as caught:
        UserDictionary.of(force, forbid, stop)
    assert str(caught.value) == error
