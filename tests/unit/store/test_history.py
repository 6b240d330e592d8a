import pytest

from tasks.settings import MineSettings
from tasks.store.history import RunHistory, RunNotes, published_runs
from tasks.store.publish import working_on
from tasks.store.runs import Run
from tests.tiny_corpus import batch_of, rows


def lexicon(run, *words):
    example = rows()["lexicon"][0]
    made = [example | {"word": word} for word in words]
    run.set_current("lexicon", [run.data.write("lexicon", run.run_id, {}, [batch_of("lexicon", made)])])


def publish(home, stage, *words):
    with working_on("tiny", str(home), MineSettings()) as run:
        run.measure(stage, "documents", len(words), "documents")
        if words:
            lexicon(run, *words)
    return run.run_id


@pytest.fixture
def runs(home):
    """Mined, mined again, a training after it."""
    return [
        publish(home, "ingest_corpus", "甲"),
        publish(home, "ingest_corpus", "甲", "乙"),
        publish(home, "train_crf"),
    ]


def under_way(home, stage):
    run = Run(run_id="zz", corpus="tiny", home=str(home))
    run.note("run", version="0")
    run.measure(stage, "documents", 9, "documents")
    return run


def test_runs_that_failed_are_not_among_the_published(home, store, runs):
    with pytest.raises(ZeroDivisionError), working_on("tiny", str(home), MineSettings()):
        raise ZeroDivisionError
    assert [row["run_id"] for row in published_runs(store.corpus("tiny"))] == runs


def test_a_training_is_set_against_the_run_before_the_mining_that_it_read(home, runs):
    notes = RunNotes(under_way(home, "train_topics"))
    assert notes.before["run_id"] == runs[0]
    assert [(row["stage"], row["value"]) for row in notes.noted("metrics")] == [
        ("ingest_corpus", 2),
        ("train_crf", 0),
        ("train_topics", 9),
    ]
    assert notes.history.table("zz", "lexicon", ["word"])["word"].to_list() == ["甲", "乙"]
    assert notes.history.table(runs[0], "lexicon", ["word"])["word"].to_list() == ["甲"]


def test_a_mining_is_set_against_the_run_before_it_alone(home, runs):
    notes = RunNotes(under_way(home, "ingest_corpus"))
    assert notes.before["run_id"] == runs[2]
    assert [row["value"] for row in notes.noted("metrics")] == [9]


def test_figures_of_a_mining_that_failed_are_not_those_of_the_corpus(home, runs):
    with pytest.raises(ZeroDivisionError), working_on("tiny", str(home), MineSettings()) as run:
        run.measure("ingest_corpus", "documents", 77, "documents")
        raise ZeroDivisionError
    assert 77 not in [row["value"] for row in RunNotes(under_way(home, "train_crf")).noted("metrics")]


def test_the_first_run_has_none_before(home):
    notes = RunNotes(under_way(home, "ingest_corpus"))
    assert notes.before is None
    assert notes.noted("checks") == []


def test_a_table_whose_data_was_removed_is_none(home, store, runs):
    history = RunHistory(store.corpus("tiny"), runs)
    store.corpus("tiny").discard(store.corpus("tiny").run_folder("lexicon", runs[0]))
    assert history.table(runs[0], "lexicon", ["word"]) is None
    assert history.table(runs[1], "lexicon", ["word"]).height == 2
