"""The look at an inbox: told is what a corpus does not hold, unless a run holds the corpus and may be reading it."""

import pytest

from flows import watch_inbox as watching
from tasks.store.datasets import Store


@pytest.fixture
def told(monkeypatch):
    events = []
    monkeypatch.setattr("prefect.events.emit_event", lambda **event: events.append(event))
    return events


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "a.txt").write_text("中外科学名著\n", encoding="utf-8")
    return [str(folder)]


def look(inbox, home):
    return watching.watch_inbox(inbox, "tiny", str(home))


def test_new_files_are_told_and_no_corpus_is_made(told, inbox, home):
    assert look(inbox, home) == 1
    assert [event["payload"] for event in told] == [{"files": ["inbox/a.txt"], "count": 1}]
    assert not home.exists()


def test_while_a_run_holds_the_corpus_nothing_is_told_and_the_next_look_tells(told, inbox, home, caplog):
    with Store(home).corpus("tiny").locked():
        assert look(inbox, home) == 1
    assert told == []
    assert "corpus tiny is held by a run" in caplog.text
    assert look(inbox, home) == 1
    assert [event["payload"]["count"] for event in told] == [1]
