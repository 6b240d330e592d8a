from pathlib import Path

import pytest

from tasks.errors import InputError
from tasks.evaluation.gold import detect_format, load_gold
from tasks.evaluation.gold_columns import GoldLine, read_bmes, read_conll

CONLLU = """# newdoc
# text = 中外科学 的
1\t中外\tNOUN
2-3\t科学\t_
2\t科\t_
3\t学\t_
3.1\t空\t_
4\t的\tPART

1\t1998\tNUM
"""
FILES = {
    "tagged": ("科学/n 的/u\n\n1/2/m\n", [("科学", "的"), ("1/2",)]),
    "conll": (CONLLU, [("中外", "科学", "的"), ("1998",)]),
    "bmes": ("科 B-NN\n学\tE-NN\n的 S\n\n图 b\n书 i\n馆 e\n", [("科学", "的"), ("图书馆",)]),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_formats_are_told_apart_and_read(tmp_path: Path, name: str, ending: str):
    content, words = FILES[name]
    file = tmp_path / "gold"
    file.write_text("\ufeff" + content.replace("\n", ending), encoding="utf-8", newline="")
    assert detect_format(content.split("\n")) == name
    assert [line.words for line in load_gold(str(file))] == words
    assert [line.words for line in load_gold(str(file), name)] == words


def test_spaced_leaves_slashes_alone(tmp_path: Path):
    file = tmp_path / "gold"
    file.write_text("科学/n 的\n", encoding="utf-8")
    assert load_gold(str(file), "spaced") == [GoldLine(1, ("科学/n", "的"))]


def test_conll_without_numbers_has_the_word_first():
    assert list(read_conll(["1998\tm", "年\tq", "", "好\ta"], "g")) == [
        GoldLine(1, ("1998", "年")),
        GoldLine(4, ("好",)),
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["# text = 中外", "1\t科学"],
            "g, line 1: words must spell the text; they spell '科学', the text is ' 中外'",
        ),
        (
            ["1\t科学", "", "# text = 的", "", "1\t的"],
            "g, line 3: a sentence must have words; got an empty one",
        ),
        (["1\t科学", "", "", "1\t的"], "g, line 3: a sentence must have words; got an empty one"),
        (["1\t科 学"], "g, line 1: a word must be without white space; got '科 学'"),
        (["1\t科学", "x\t的"], "g, line 2: a row must begin with a number and a word; got 'x\\t的'"),
    ],
)
def test_broken_conll_is_refused_with_its_line(lines, message):
    with pytest.raises(InputError) as told:
        list(read_conll(lines, "g"))
    assert str(told.value) == message


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["科 X"], "g, line 1: tag must be one of b, m, e, s; got '科 X'"),
        (["科"], "g, line 1: tag must be one of b, m, e, s; got '科'"),
        (["科学 S"], "g, line 1: a line must begin with one character; got '科学'"),
        (["科 E"], "g, line 1: at the beginning must come b or s; got e"),
        (["科 S", "学 M"], "g, line 2: after s must come b or s; got m"),
        (["科 B", "", "的 S"], "g, line 1: a sentence must end with e or s; got b"),
        (["科 S", "", "", "的 S"], "g, line 3: a sentence must have words; got an empty one"),
    ],
)
def test_broken_tags_are_refused_with_their_line(lines, message):
    with pytest.raises(InputError) as told:
        list(read_bmes(lines, "g"))
    assert str(told.value) == message


def test_a_file_without_words_is_refused(tmp_path: Path):
    (tmp_path / "gold").write_text(" \n\n", encoding="utf-8")
    with pytest.raises(InputError, match="gold must hold words; "):
        load_gold(str(tmp_path / "gold"))
    with pytest.raises(InputError, match="cannot read gold"):
        load_gold(str(tmp_path / "nothing"))
