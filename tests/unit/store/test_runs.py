from dataclasses import replace
from pathlib import Path

import pytest

from tasks.store.files import content_key
from tasks.store.runs import Run, Stage, make
from tasks.store.state import CorpusState
from tests.tiny_corpus import batch_of, rows

STAGE = Stage(name="count", version=1, tables=("words", "tokens"))
SETTINGS = {"min_count": 2}


class Builder:
    """Writes the tiny words and tokens and counts how often it was asked to."""

    def __init__(self):
        self.calls = 0

    def __call__(self, write):
        self.calls += 1
        for table in STAGE.tables:
            write(table, rows()[table])


@pytest.fixture
def build():
    return Builder()


@pytest.fixture
def sentences(store):
    return store.corpus("tiny").write("sentences", "s1", {}, [batch_of("sentences", rows()["sentences"])])


def test_a_stage_is_built_once_and_found_after(run, build, sentences):
    first = make(run, STAGE, [sentences], SETTINGS, build)
    again = make(run, STAGE, [sentences], dict(SETTINGS), build)
    assert build.calls == 1
    assert first == again
    assert {table: dataset.rows for table, dataset in first.items()} == {"words": 4, "tokens": 7}
    assert run.store.read(first["words"]).to_pylist() == rows()["words"]


def test_another_run_finds_what_one_run_made(run, build, sentences):
    first = make(run, STAGE, [sentences], SETTINGS, build)
    other = Run(run_id="r2", corpus=run.corpus, home=run.home)
    assert make(other, STAGE, [sentences], SETTINGS, build) == first
    assert build.calls == 1


@pytest.mark.parametrize("table", STAGE.tables)
def test_a_stage_is_built_again_when_one_of_its_tables_is_damaged(run, build, sentences, table):
    made = make(run, STAGE, [sentences], SETTINGS, build)
    part = Path(run.store.parts(made[table])[0])
    part.write_bytes(part.read_bytes()[:-1])
    assert make(run, STAGE, [sentences], SETTINGS, build) == made
    assert build.calls == 2
    assert all(run.data.find(t, made[t].key) == made[t] for t in STAGE.tables)


def test_key_changes_with_whatever_decides_the_result(run, build, sentences):
    renamed = Stage(name="recount", version=1, tables=STAGE.tables)
    raised = Stage(name="count", version=2, tables=STAGE.tables)
    other = sentences.model_copy(update={"key": "s2"})
    made = [
        make(run, STAGE, [sentences], SETTINGS, build),
        make(run, renamed, [sentences], SETTINGS, build),
        make(run, raised, [sentences], SETTINGS, build),
        make(run, STAGE, [other], SETTINGS, build),
        make(run, STAGE, [sentences, other], SETTINGS, build),
        make(run, STAGE, [other, sentences], SETTINGS, build),
        make(run, STAGE, [], SETTINGS, build),
        make(run, STAGE, [sentences], {"min_count": 3}, build),
        make(run, STAGE, [sentences], SETTINGS, build, files=["a:1"]),
        make(run, STAGE, [sentences], SETTINGS, build, files=["a:2"]),
    ]
    assert build.calls == len(made)
    assert len({datasets["words"].key for datasets in made}) == len(made)


def test_a_build_that_fails_leaves_nothing(run, sentences):
    def half(write):
        (write.folders["words"] / "part-00000.parquet").write_bytes(b"half")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        make(run, STAGE, [sentences], SETTINGS, half)
    key = STAGE.key(["sentences/s1"], SETTINGS)
    assert [run.data.find(table, key) for table in STAGE.tables] == [None, None]
    assert run.noted("lineage") == []
    assert [path for path in Path(run.home).rglob("part-*") if "sentences" not in str(path)] == []


def test_lineage_names_inputs_outputs_and_whether_they_were_there(run, build, sentences):
    other = sentences.model_copy(update={"table": "lexicon", "key": "l1"})
    made = make(run, STAGE, [sentences, other], SETTINGS, build)
    make(run, STAGE, [sentences, other], SETTINGS, build)
    noted = run.noted("lineage")
    edges = [(e["stage"], e["output_table"], e["input_table"], e["input_key"], e["reused"]) for e in noted]
    inputs = [("sentences", "s1"), ("lexicon", "l1")]
    assert sorted(edges) == sorted(
        ("count", table, *source, reused)
        for table in STAGE.tables
        for source in inputs
        for reused in (False, True)
    )
    for entry in noted:
        output = made[entry["output_table"]]
        assert (entry["output_key"], entry["rows"], entry["bytes"]) == (output.key, output.rows, output.bytes)
        assert entry["seconds"] > 0
        assert 10 < entry["peak_mb"] < 100_000


def test_lineage_of_a_stage_without_datasets_names_its_files(run, build):
    make(run, STAGE, [], SETTINGS, build, files=["a:1", "b:2"])
    assert {(e["input_table"], e["input_key"]) for e in run.noted("lineage")} == {
        ("files", content_key(["a:1", "b:2"]))
    }


def test_what_was_made_or_found_is_current_unless_the_stage_says_otherwise(run, build, sentences):
    beside = replace(STAGE, replaces=False)
    make(run, beside, [sentences], SETTINGS, build)
    assert dict(run.current()) == {}
    made = make(run, STAGE, [sentences], SETTINGS, build)
    assert build.calls == 1
    assert dict(run.current()) == {table: [dataset] for table, dataset in made.items()}


def test_a_run_sees_what_it_set_over_what_is_published(run, store, sentences):
    words = store.corpus("tiny").write("words", "w1", {}, [batch_of("words", rows()["words"])])
    newer = store.corpus("tiny").write("words", "w2", {}, [batch_of("words", rows()["words"][:1])])
    store.corpus("tiny").publish(
        {"sentences": ["s1"], "words": ["w1"]}, CorpusState(report="a", made_from="b")
    )
    assert run.current() == {"sentences": [sentences], "words": [words]}
    assert run.state() == CorpusState(report="a", made_from="b")

    run.set_current("words", [words, newer])
    run.set_current("words", [newer])
    run.set_current("duplicates", [])
    run.set_state(made_from="c")
    run.set_state(convention={"d": None})
    assert run.current() == {"sentences": [sentences], "words": [newer], "duplicates": []}
    assert run.state() == CorpusState(report="a", made_from="c", convention={"d": None})
    assert store.corpus("tiny").published().tables["words"] == ["w1"]

    other = Run(run_id="r2", corpus="tiny", home=run.home)
    assert other.current()["words"] == [words]
    assert other.state() == CorpusState(report="a", made_from="b")


def test_a_fact_that_the_state_does_not_have_is_refused(run):
    with pytest.raises(ValueError, match=r"state must be among batches, .*; got \['reports'\]"):
        run.set_state(reports="a")
    assert run.state() == CorpusState()


def test_figures_are_noted_as_floats(run):
    run.measure("count", "tokens", 7, "tokens")
    assert run.noted("metrics") == [{"stage": "count", "metric": "tokens", "value": 7.0, "unit": "tokens"}]
