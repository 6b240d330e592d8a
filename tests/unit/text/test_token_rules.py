import numpy as np
import pyarrow as pa
import pytest

from tasks.text.characters import decode
from tasks.text.token_rules import BLANK, MINED_START, RAW, RULE_START, SPACE, TokenRules, class_table, runs


def cut(text, token_rules):
    places = runs(decode(pa.array([text])), token_rules)
    starts = np.flatnonzero((places == MINED_START) | (places == RULE_START) | (places == BLANK))
    pieces = [text[i:j] for i, j in zip(starts, [*starts[1:], len(text)], strict=True)]
    return [p for p in pieces if not p.isspace()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("增长12.5%，", ["增长", "12.5%", "，"]),
        ("１２．５％的人", ["１２．５％", "的人"]),
        ("v2.", ["v", "2", "."]),
        ("1998年1月", ["1998", "年", "1", "月"]),
        ("……——", ["……", "——"]),
        ("--—", ["--", "—"]),
        ("!!", ["!", "!"]),
        ("don't'", ["don't", "'"]),
        ("学ぶカナ한국", ["学", "ぶカナ", "한국"]),
        ("γράμμα中", ["γράμμα", "中"]),
        ("二○○八年", ["二○○八年"]),
        ("a b\u3000c", ["a", "b", "c"]),
        ("😀\x00", ["😀", "\x00"]),
    ],
)
def test_runs_follow_the_convention(text, expected):
    assert cut(text, TokenRules()) == expected


def test_dates_are_joined_on_request():
    assert cut("1998年1月", TokenRules(dates=True)) == ["1998年", "1月"]
    assert cut("8%年", TokenRules(dates=True)) == ["8%", "年"]


def test_raw_cuts_at_white_space_alone():
    assert cut("中a1, 。x", RAW) == ["中a1,", "。x"]


def test_latin_is_mined_when_it_is_most_of_the_corpus():
    codes = np.array([ord("a"), ord("中"), ord(" ")])
    assert TokenRules.of(codes, np.array([6, 5, 100])).mine_latin
    assert not TokenRules.of(codes, np.array([5, 6, 100])).mine_latin
    places = runs(decode(pa.array(["it's"])), TokenRules(mine_latin=True))
    assert places[0] == MINED_START


def test_white_space_is_what_python_says():
    spaces = {c for c in range(0x110000) if chr(c).isspace()}
    assert set(np.flatnonzero(class_table() == SPACE).tolist()) == spaces


NUMBERS = TokenRules(numbers=True)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("约六千九百万人", ["约", "六千九百万", "人"]),
        ("第一百零一次", ["第一百零一", "次"]),
        ("百分之七和百分之二十六点八", ["百分之七", "和", "百分之二十六点八"]),
        ("二○○一年", ["二○○一", "年"]),
        ("十三点二九亿元", ["十三点二九亿", "元"]),
        ("一二三点", ["一二三", "点"]),
    ],
)
def test_three_numerals_are_a_number(text, tokens):
    assert cut(text, NUMBERS) == tokens


@pytest.mark.parametrize("text", ["十二人", "第二名", "百分之", "一点二", "万一"])
def test_fewer_numerals_are_left_to_the_lexicon(text):
    assert cut(text, NUMBERS) == [text]


def test_dates_close_numbers_in_numerals():
    both = TokenRules(numbers=True, dates=True)
    assert cut("一九九七年二十八日", both) == ["一九九七年", "二十八日"]
    assert cut("一九九七年", TokenRules(dates=True)) == ["一九九七年"]


def test_without_the_rule_numerals_are_mined():
    assert cut("六千九百万人", TokenRules()) == ["六千九百万人"]
