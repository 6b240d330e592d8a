import time
import unicodedata

import pytest

from tasks.corpus.normalise import MAX_MARKS, convert_script, is_normal, normalise
from tests.unit.corpus.reading import read

CASES = [
    ("plain 文字", "plain 文字", 0),
    ("a\r\nb\rc\x85d\u2028e\u2029f", "a\nb\nc\nd\ne\nf", 0),
    ("\x1b[1;31m红\x1b[0m", "红", 11),
    ("\x1b]0;title\x07文\x1b]8;;http://x\x1b\\链\x1b(B", "文链", 28),
    ("\x1b文", "文", 1),
    ("a\x1b[12", "a[12", 1),
    ("a\0b\x08c\x7fd\x9be\tf", "abcde\tf", 4),
    ("\ufeff字\ufeff", "字", 2),
    ("e\u0301\u0302", "é\u0302", 0),
    ("e\0\u0301", "é", 1),
    ("\u212b\uf900", "Å豈", 0),
    ("\ud800x\udfff", "\ufffdx\ufffd", 2),
    ("\ufffd", "\ufffd", 0),
    ("\ue000\U000f0000𠮷", "\ue000\U000f0000𠮷", 0),
    ("\u200d\u200b\xad", "\u200d\u200b\xad", 0),
    ("가\u1100\u1161", "가가", 0),
]


@pytest.mark.parametrize(("text", "expected", "replaced"), CASES)
def test_normalise(text, expected, replaced):
    assert normalise(text) == (expected, replaced)
    assert normalise(expected) == (expected, 0)


@pytest.mark.parametrize(("text", "expected", "replaced"), CASES)
def test_is_normal_never_says_so_of_what_would_change(text, expected, replaced):
    if is_normal(text):
        assert (text, 0) == (expected, replaced)


def test_width():
    assert normalise("Ａ１！～\u3000。ア", "half") == ("A1!~ 。ア", 0)
    assert normalise("A1!~ 。ア", "full") == ("Ａ１！～\u3000。ア", 0)
    assert normalise("ａ\u0301", "half") == ("á", 0)
    assert not is_normal("Ａ", "half")
    assert read("a.txt", "Ａ１".encode(), width="half").texts == ["A1"]


def test_script():
    assert convert_script(["發展頭髮", "後宮皇后"], "simplified") == ["发展头发", "后宫皇后"]
    assert convert_script(["发展头发"], "traditional") == ["發展頭髮"]
    assert convert_script(["發展"], "keep") == ["發展"]
    assert convert_script([], "simplified") == []
    row = read("a.txt", "發展頭髮。".encode(), script="simplified").documents[0]
    assert (row["text"], row["chars"]) == ("发展头发。", 5)


def test_too_many_marks_are_dropped_and_counted():
    marks = "\u0301\u0316" * 50_000
    started = time.process_time()
    text, replaced = normalise("e" + marks + "x")
    assert time.process_time() - started < 2
    assert replaced == 100_000 - MAX_MARKS
    assert text == unicodedata.normalize("NFC", "e" + marks[:MAX_MARKS]) + "x"
    assert normalise("e" + "\u0301" * MAX_MARKS)[1] == 0


@pytest.mark.parametrize(
    "hostile", ["\x1b]", "\x1b[", "\x1b[1", "\x1b]a", "\x1b(", "\ud800", "\r", "\udced\udca0"]
)
def test_hostile_text_takes_linear_time(hostile):
    started = time.process_time()
    normalise(hostile * 300_000)
    assert time.process_time() - started < 3
