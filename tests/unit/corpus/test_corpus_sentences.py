import time

import pytest

from tasks.corpus.sentences import cut_sentences


def texts(text: str, max_chars: int = 1000) -> list[str]:
    return [sentence.text for sentence in cut_sentences(text, max_chars)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t\u3000\n", []),
        ("你好", ["你好"]),
        ("一。二！三？四；五", ["一。", "二！", "三？", "四；", "五"]),
        ("One! Two? Three; four", ["One!", "Two?", "Three;", "four"]),
        ("半角｡小﹖重‼", ["半角｡", "小﹖", "重‼"]),
        ("他……走了……", ["他……", "走了……"]),
        ("他⋯⋯走了", ["他⋯⋯", "走了"]),
        ("单…点", ["单…点"]),
        ("等等！？！！来", ["等等！？！！", "来"]),
        ("圆周率3.14，U.S.A是", ["圆周率3.14，U.S.A是"]),
        ("It ends. So does it.", ["It ends.", "So does it."]),
        ('He said "no." Then left.', ['He said "no."', "Then left."]),
        ("全角．\n．末．", ["全角．", "．末．"]),
        ("wait...what... yes", ["wait...what...", "yes"]),
        ("“走！”他说。（完。）新", ["“走！”", "他说。", "（完。）", "新"]),
        ("「好。」』】）再", ["「好。」』】）", "再"]),
        ("说“走。”。他", ["说“走。”。", "他"]),
        ("a\nb\n\nc", ["a", "b", "c"]),
        ("  前 后  \n", ["前 后"]),
        ("\u3000\u3000段首。 \u3000次", ["段首。", "次"]),
        ("！！！", ["！！！"]),
    ],
)
def test_cut_sentences(text, expected):
    assert texts(text) == expected


def test_starts_and_characters():
    text = " 甲 乙。\u3000丙\n"
    assert [tuple(sentence) for sentence in cut_sentences(text, 100)] == [(1, 3, "甲 乙。"), (6, 1, "丙")]


def test_long_sentences_are_cut():
    assert texts("甲" * 250, 100) == ["甲" * 100, "甲" * 100, "甲" * 50]
    text = "甲" * 100 + " " * 150 + "乙"
    assert [tuple(sentence) for sentence in cut_sentences(text, 100)] == [
        (0, 100, "甲" * 100),
        (250, 1, "乙"),
    ]
    assert texts("甲" * 100 + "。", 101) == ["甲" * 100 + "。"]


@pytest.mark.parametrize(
    "hostile", ['"', "!", ".", " ", "…", "。", '."', '!"', ". ", "…。", "\n", '"."x', "﹗.…"]
)
def test_hostile_text_takes_linear_time(hostile):
    started = time.process_time()
    cut_sentences(hostile * (1_000_000 // len(hostile)), 65_536)
    assert time.process_time() - started < 5
