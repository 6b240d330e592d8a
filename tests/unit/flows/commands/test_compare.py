import csv
import io
import json

import pytest

from flows.commands.compare import compare
from tasks.errors import InputError
from tests import tiny_corpus


def word(text, count):
    return {"word": text, "length": len(text), "count": count, "documents": 1, "in_lexicon": True}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    a = {"科学": 60, "名著": 20, "新词": 9, "的书": 8, "，": 90}
    b = {"科学": 20, "名著": 60, "旧词": 7}
    grams = [tiny_corpus.gram("的书", 8)]
    tiny_corpus.publish(home, "a", {"words": [word(*w) for w in a.items()], "ngrams": []})
    tiny_corpus.publish(home, "b", {"words": [word(*w) for w in b.items()], "ngrams": grams})
    return home


def compared(home, capsys, *corpora, style="json", top=20, min_count=5):
    compare(*corpora, str(home), top, min_count, csv=style == "csv", json=style == "json")
    return capsys.readouterr()


def test_words_are_told_apart_by_corpus(two, capsys):
    shown = compared(two, capsys, "a", "b")
    rows = [json.loads(line) for line in shown.out.splitlines()]
    assert [(row["group"], row["word"]) for row in rows] == [
        *(("new_in_a", "新词"), ("more_in_a", "科学"), ("more_in_b", "名著"), ("more_in_b", "旧词"))
    ]
    assert (rows[1]["count_a"], rows[1]["count_b"]) == (60, 20)
    assert shown.err == "1 words left out that one corpus uses and the other segments differently\n"


def test_swapping_the_corpora_turns_the_signs(two, capsys):
    one, other = (
        {row["word"]: row["z"] for row in map(json.loads, compared(two, capsys, *names).out.splitlines())}
        for names in ("ab", "ba")
    )
    assert {w: -z for w, z in one.items()} == pytest.approx(other)


def test_a_table_has_a_part_for_each_group(two, capsys):
    lines = compared(two, capsys, "a", "b", style="table").out.splitlines()
    assert [line for line in lines if line.startswith(("new", "used"))] == [
        *("new in a: not in the text of b", "used more in a", "used more in b")
    ]
    assert next(line.split()[:3] for line in lines if "科学" in line) == ["科学", "60", "20"]


def test_csv_has_a_header_and_guards_words(home, capsys):
    tiny_corpus.publish(home, "a", {"words": [word("=科", 9), word("书", 9)], "ngrams": []})
    tiny_corpus.publish(home, "b", {"words": [word("书", 9)], "ngrams": []})
    rows = list(csv.DictReader(io.StringIO(compared(home, capsys, "a", "b", style="csv").out)))
    assert (rows[0]["group"], rows[0]["word"], rows[0]["count_a"]) == ("new_in_a", "'=科", "9")


def test_top_and_least_count_bound_the_lists(two, capsys):
    assert len(compared(two, capsys, "a", "b", top=1).out.splitlines()) == 3
    assert len(compared(two, capsys, "a", "b", min_count=10).out.splitlines()) == 2


def test_a_corpus_against_itself_tells_nothing(two, capsys):
    shown = compared(two, capsys, "a", "a", style="table")
    assert (shown.out, shown.err) == ("", "no word used 5 times or more distinguishes a and a\n")


@pytest.mark.parametrize("names", [("a", "news"), ("news", "a")])
def test_an_unknown_corpus_is_refused_naming_those_there_are(two, names):
    with pytest.raises(InputError, match=r"must be one mined below .*: a, b; got 'news'"):
        compare(*names, str(two))
    with pytest.raises(InputError, match=r"got '\.\./a'"):
        compare("../a", "b", str(two))
