import json

import pytest

from flows.commands.diff import diff
from tasks.errors import InputError
from tasks.settings import LexiconSettings, MineSettings
from tasks.store.garbage import find_garbage
from tasks.store.publish import working_on
from tests.tiny_corpus import batch_of, rows
from tests.unit.store.test_garbage import LATER


def source(name):
    facts = {"content_hash": name * 8, "bytes": 9, "documents": 1, "rejects": 0, "duplicate_of": None}
    return {"batch_id": "b" * 16, "source": name} | facts


def lay(run, files, words):
    """Give the run tables of these files and words (word: count)."""
    example = {name: rows()[name][0] for name in ("lexicon", "words")}
    tables = {
        "sources": [source(name) for name in files],
        "lexicon": [example["lexicon"] | {"word": w, "count": n, "gain": float(n)} for w, n in words.items()],
        "words": [example["words"] | {"word": w, "count": n} for w, n in words.items()],
    }
    for name, of in tables.items():
        run.set_current(name, [run.data.write(name, run.run_id, {}, [batch_of(name, of)])])


def publish(home, files, words, settings=MineSettings(), tokens=7):  # noqa: B008
    """Publish a run whose corpus has these files and words (word: count)."""
    with working_on("tiny", str(home), settings) as run:
        lay(run, files, words)
        run.measure("cut_sentences", "tokens", tokens, "tokens")
        run.measure("cut_sentences", "files", 1, "files")
    return run.run_id


def difference(home, capsys, *runs):
    first, second = (*runs, None, None)[:2]
    diff("tiny", first, second, str(home), 5, json=True)
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def two(home):
    first = publish(home, ["a.txt", "b.txt"], {"科学": 60, "名著": 20, "旧词": 9})
    chosen = MineSettings(lexicon=LexiconSettings(method="nvbe"))
    return first, publish(home, ["b.txt", "c.txt"], {"科学": 30, "名著": 50, "新词": 8}, chosen, tokens=9)


def test_everything_that_changed_is_told(home, two, capsys):
    found = difference(home, capsys)
    assert (found["before"]["run_id"], found["after"]["run_id"]) == two
    assert found["settings"] == {"lexicon.method": ["minlex", "nvbe"]}
    [tokens] = found["metrics"]
    assert (tokens["metric"], tokens["before"], tokens["after"], tokens["change"]) == ("tokens", 7, 9, 2)
    assert (found["files_in"], found["files_out"]) == (["c.txt"], ["a.txt"])
    assert ([w["word"] for w in found["top_words_in"]], found["words_in"]) == (["新词"], 1)
    assert ([w["word"] for w in found["top_words_out"]], found["words_out"]) == (["旧词"], 1)
    assert {w["word"]: w["z"] > 0 for w in found["shifts"]} == {"名著": True, "科学": False}
    assert found["removed"] == []


def test_a_run_against_an_earlier_one_turns_round(home, two, capsys):
    first, second = two
    found = difference(home, capsys, second, first)
    assert (found["files_in"], found["files_out"]) == (["a.txt"], ["c.txt"])
    assert found["settings"] == {"lexicon.method": ["nvbe", "minlex"]}


def test_a_run_that_left_a_table_alone_has_the_one_before(home, two, capsys):
    with working_on("tiny", str(home), MineSettings()) as run:
        run.measure("train_crf", "epochs", 3, "epochs")
    found = difference(home, capsys, two[1], run.run_id)
    assert (found["words_in"], found["words_out"], found["files_in"], found["shifts"]) == (0, 0, [], [])
    assert found["metrics"] == [], "a figure that only one of them measured tells of no change"


def test_what_was_removed_is_said_to_be(home, two, store, capsys):
    publish(home, ["c.txt"], {"科学": 1})
    for garbage in find_garbage(store.corpus("tiny"), 1, LATER):
        store.corpus("tiny").discard(garbage.path)
    found = difference(home, capsys, *two)
    assert set(found["removed"]) == {f"{t} of run {r}" for t in ("lexicon", "words", "sources") for r in two}
    assert found["settings"]


def test_the_terminal_shows_each_section_that_has_rows(home, two, capsys):
    diff("tiny", None, None, str(home), 5)
    shown = capsys.readouterr().out
    titles = [
        "settings",
        "figures",
        "files new: 1",
        "files gone: 1",
        "words new: 1",
        "words gone: 1",
        "shifts of use",
    ]
    assert [line for line in shown.splitlines() if line in titles] == titles
    assert shown.splitlines()[0].startswith(f"before: run {two[0]}, begun ")


def test_runs_alike_are_said_to_be(home, capsys):
    for _ in range(2):
        publish(home, ["a.txt"], {"科学": 60})
    diff("tiny", None, None, str(home), 5)
    assert capsys.readouterr().out.splitlines()[2:] == ["nothing changed"]


def test_runs_that_cannot_be_compared_are_refused(home, capsys):
    only = publish(home, ["a.txt"], {"科学": 1})
    with pytest.raises(InputError, match="has 1 published run; two are needed"):
        difference(home, capsys)
    publish(home, ["a.txt"], {"科学": 1})
    with pytest.raises(
        InputError, match=f"run must be a published one of corpus 'tiny': {only}, .*; got 'nope'"
    ):
        difference(home, capsys, "nope")
    with pytest.raises(InputError, match="two different runs are needed"):
        difference(home, capsys, only, only)
