import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tasks.errors import InputError
from tasks.settings import EngineSettings, MineSettings
from tasks.store.datasets import Store
from tasks.store.garbage import find_garbage
from tasks.store.homes import home_folder
from tasks.store.publish import RECORDS, withdraw, working_on
from tasks.store.state import CorpusState
from tests.tiny_corpus import batch_of, rows

SETTINGS = MineSettings()
BE_KILLED = """
import os, sys
from tasks.store.publish import working_on
from tasks.settings import MineSettings
with working_on("tiny", sys.argv[1], MineSettings()) as run:
    run.measure("count", "tokens", 7, "tokens")
    run.data.scratch().joinpath("spill.tmp").write_bytes(b"x")
    run.data.report(run.run_id).mkdir(parents=True)
    run.data.report(run.run_id).joinpath("index.html").write_text("x")
    print(run.run_id, flush=True)
    os.kill(os.getpid(), 9)
"""


def write_words(run, key, of):
    run.set_current("words", [run.data.write("words", key, {}, [batch_of("words", of)])])


def publish_words(home, key="w1", of=None, corpus="tiny"):
    with working_on(corpus, str(home), SETTINGS) as run:
        write_words(run, key, rows()["words"] if of is None else of)
        run.set_state(made_from=key)
    return run


def query(home, sql):
    with duckdb.connect(str(Store(home).catalog), read_only=True) as catalog:
        return catalog.execute(sql).fetchall()


def test_success_publishes_the_rows_and_says_so(home):
    before = datetime.now(UTC)
    run = publish_words(home)
    assert query(home, "select word, count from tiny.words order by count desc, word limit 2") == [
        ("科学", 3),
        ("名著", 2),
    ]
    [(run_id, corpus, status, error, version, started, finished)] = query(
        home, "select run_id, corpus, status, error, version, started, finished from tiny.runs"
    )
    assert (run_id, corpus, status, error, version) == (run.run_id, "tiny", "published", None, "0.1.0")
    assert before <= started <= finished <= datetime.now(UTC)
    assert Store(home).corpus("tiny").published().state == CorpusState(made_from="w1")


def test_nothing_is_visible_before_the_end(home):
    with working_on("tiny", str(home), SETTINGS) as run:
        write_words(run, "w1", rows()["words"])
        assert run.data.published().tables == {}
        assert not run.store.catalog.exists()


def test_what_a_run_noted_is_published(home):
    with working_on("tiny", str(home), SETTINGS) as run:
        run.measure("count", "tokens", 6, "tokens")
        run.measure("count", "tokens", 7, "tokens")
        check = {
            "check_name": "c",
            "kind": "contract",
            "severity": "critical",
            "passed": True,
            "observed": "0",
        }
        run.note("checks", table_name="words", **check)
    assert query(home, "select run_id, metric, value from tiny.metrics") == [(run.run_id, "tokens", 7.0)]
    assert query(home, "select table_name, passed from tiny.checks") == [("words", True)]
    assert query(home, "select count(*) from tiny.lineage") == [(0,)]


def test_settings_of_a_run_are_kept(home):
    chosen = MineSettings(engine=EngineSettings(memory_mb=512))
    with working_on("tiny", str(home), chosen) as run:
        assert run.engine == chosen.engine
    [(text,)] = query(home, "select settings from tiny.runs")
    assert MineSettings.model_validate_json(text) == chosen


@pytest.mark.parametrize(
    ("error", "recorded"),
    [
        (RuntimeError("check failed,\n  nothing\twas published"), "check failed, nothing was published"),
        (ValueError(), "ValueError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (InputError("语" * 600), "语" * 500),
    ],
    ids=["lines", "empty", "interrupt", "long"],
)
def test_a_failure_is_recorded_and_leaves_what_was_published(home, error, recorded):
    first = publish_words(home)
    published = Store(home).corpus("tiny").published()
    with pytest.raises(type(error)) as caught, working_on("tiny", str(home), SETTINGS) as run:
        write_words(run, "w2", rows()["words"][:1])
        run.set_state(made_from="w2")
        run.data.scratch().joinpath("spill.tmp").write_bytes(b"x")
        run.data.report(run.run_id).mkdir(parents=True)
        raise error
    assert caught.value is error
    assert query(home, "select run_id, status, error from tiny.runs order by started") == [
        (first.run_id, "published", None),
        (run.run_id, "failed", recorded),
    ]
    assert query(home, "select count(*) from tiny.words") == [(4,)]
    after = Store(home).corpus("tiny").published()
    assert after.state == published.state == CorpusState(made_from="w1")
    assert after.tables["words"] == ["w1"]
    assert not (Store(home).corpus("tiny").folder / ".staging").exists()
    assert Store(home).corpus("tiny").reports() == []


def test_a_first_run_that_fails_publishes_its_record_alone(home):
    with pytest.raises(RuntimeError), working_on("tiny", str(home), SETTINGS) as run:
        write_words(run, "w1", rows()["words"])
        raise RuntimeError("no")
    assert query(home, "select status, error from tiny.runs") == [("failed", "no")]
    assert "words" not in Store(home).corpus("tiny").published().tables


def test_a_run_that_was_killed_is_recorded_by_the_next(home):
    publish_words(home)
    killed = subprocess.run(
        [sys.executable, "-c", BE_KILLED, str(home)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert killed.returncode == -9, killed.stderr
    assert query(home, "select count(*) from tiny.runs") == [(1,)]
    with working_on("tiny", str(home), SETTINGS) as run:
        assert not run.data.scratch().joinpath("spill.tmp").exists()
    found = query(home, "select run_id, status, error from tiny.runs order by started")
    assert found[1:] == [
        (killed.stdout.strip(), "failed", "the run was cut off before it ended"),
        (run.run_id, "published", None),
    ]
    assert query(home, "select value from tiny.metrics") == [(7.0,)]
    assert query(home, "select count(*) from tiny.words") == [(4,)]
    assert Store(home).corpus("tiny").reports() == []


def test_a_journal_that_was_cut_off_at_once_is_recorded(home):
    store = Store(home)
    store.corpus("tiny").journal.note("r0", "run", {})
    (store.corpus("tiny").folder / ".journal" / "r0.jsonl").write_text('{"kind": "ru')
    publish_words(home)
    assert query(home, "select run_id, status, version from tiny.runs order by started limit 1") == [
        ("r0", "failed", "")
    ]


def test_work_within_a_run_is_not_published_by_itself(home):
    with working_on("tiny", str(home), SETTINGS) as run:
        with working_on("tiny", "elsewhere", SETTINGS, within=run) as inner:
            assert inner is run
            write_words(inner, "w1", rows()["words"])
        assert run.data.published().tables == {}
    assert query(home, "select count(*) from tiny.words") == [(4,)]
    assert query(home, "select count(*) from tiny.runs") == [(1,)]


def test_two_runs_of_one_corpus_do_not_overlap(home):
    with (
        working_on("tiny", str(home), SETTINGS),
        pytest.raises(InputError, match="is being written by another run"),
        working_on("tiny", str(home), SETTINGS),
    ):
        pytest.fail("two runs hold one corpus")
    assert query(home, "select status from tiny.runs") == [("published",)]


def test_corpora_are_published_side_by_side(home):
    publish_words(home, corpus="one")
    publish_words(home, corpus="two", of=rows()["words"][:1])
    assert query(home, "select (select count(*) from one.words), (select count(*) from two.words)") == [
        (4, 1)
    ]


def test_a_bad_name_is_refused_before_anything_is_written(home):
    with pytest.raises(InputError, match=r"got '\.\./demo'"), working_on("../demo", str(home), SETTINGS):
        pytest.fail("a hostile name was taken")
    assert not home.exists()


def test_home_is_the_one_given_then_the_environment_then_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINLEX_HOME", raising=False)
    assert home_folder() == str(tmp_path / "data")
    monkeypatch.setenv("MINLEX_HOME", "from-environment")
    assert home_folder() == str(tmp_path / "from-environment")
    assert home_folder("given") == str(tmp_path / "given")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert home_folder("~/mined") == str(tmp_path / "me" / "mined")
    monkeypatch.setenv("MINLEX_HOME", "")
    assert home_folder() == str(tmp_path / "data")


@pytest.mark.parametrize("name", ["what?", "x*1", "a[b]1"])
def test_a_home_that_would_be_a_pattern_is_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"home must not have \?, \* or \[ in its path") as caught:
        home_folder(str(tmp_path / name))
    assert str(caught.value).endswith(f"; got '{tmp_path / name}'")


def test_a_home_whose_name_is_not_utf_8_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"home must have a path in UTF-8; .*, got '.*/\\udcff'$"):
        home_folder(str(tmp_path / os.fsdecode(b"\xff")))


def test_a_clock_that_jumps_back_misleads_nobody(home, monkeypatch):
    publish_words(home, "w1")

    class Yesterday(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(days=1)

    monkeypatch.setattr("tasks.store.publish.datetime", Yesterday)
    with working_on("tiny", str(home), SETTINGS) as second:
        write_words(second, "w2", rows()["words"][:1])
        page = second.data.report(second.run_id) / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("report")
        second.set_state(report=str(page.relative_to(home)))
    assert query(home, "select count(*) from tiny.words") == [(1,)]
    assert query(home, "select status from tiny.runs") == [("published",)] * 2
    garbage = find_garbage(Store(home).corpus("tiny"), 1, datetime.now(UTC) + timedelta(days=1))
    assert {found.path.name for found in garbage} & {second.run_id, "run=w2"} == set()


def damaged(dataset_folder):
    (part,) = dataset_folder.glob("part-*.parquet")
    part.write_bytes(b"")


def test_what_fails_after_its_publication_does_not_undo_a_run(home, monkeypatch):
    def fail(store):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tasks.store.publish.publish_catalog", fail)
    with pytest.raises(OSError, match="No space left"), working_on("tiny", str(home), SETTINGS) as run:
        write_words(run, "w1", rows()["words"])
        run.data.report(run.run_id).mkdir(parents=True)
    monkeypatch.undo()
    assert Store(home).corpus("tiny").report(run.run_id).exists()
    second = publish_words(home, "w2")
    assert query(home, "select run_id, status from tiny.runs order by started") == [
        (run.run_id, "published"),
        (second.run_id, "published"),
    ]


@pytest.mark.parametrize("table", RECORDS)
def test_a_damaged_record_is_written_anew_from_the_journal(home, table):
    first = publish_words(home)
    before = query(home, "select * from tiny.runs")
    damaged(Store(home).corpus("tiny").run_folder(table, first.run_id))
    publish_words(home, "w2")
    assert query(home, "select * from tiny.runs order by started limit 1") == before
    assert Store(home).corpus("tiny").find(table, first.run_id) is not None


def test_a_damaged_record_without_a_journal_is_left_out_with_a_warning(home, caplog):
    first = publish_words(home)
    damaged(Store(home).corpus("tiny").run_folder("runs", first.run_id))
    (Store(home).corpus("tiny").folder / ".journal" / f"{first.run_id}.jsonl").unlink()
    second = publish_words(home, "w2")
    assert f"runs of run {first.run_id} of corpus tiny are damaged and left out" in caplog.text
    assert query(home, "select run_id from tiny.runs") == [(second.run_id,)]


def test_a_failure_whose_record_was_cut_off_is_recorded_with_its_own_reason(home, monkeypatch):
    def be_cut_off(corpus):
        raise KeyboardInterrupt

    monkeypatch.setattr("tasks.store.publish._publish_records", be_cut_off)
    with pytest.raises(KeyboardInterrupt), working_on("tiny", str(home), SETTINGS):
        raise RuntimeError("the first reason")
    monkeypatch.undo()
    publish_words(home)
    assert query(home, "select status, error from tiny.runs order by started") == [
        ("failed", "the first reason"),
        ("published", None),
    ]


def test_a_damaged_table_of_mining_is_made_again_or_the_run_is_refused(home):
    publish_words(home)
    damaged(Store(home).corpus("tiny").run_folder("words", "w1"))
    published = Store(home).corpus("tiny").published()
    with (
        pytest.raises(InputError, match="words of corpus 'tiny' must have a whole run 'w1'"),
        working_on("tiny", str(home), SETTINGS),
    ):
        pass
    assert Store(home).corpus("tiny").published().tables["words"] == published.tables["words"]
    publish_words(home, "w1")
    assert query(home, "select count(*) from tiny.words") == [(4,)]


def test_a_damaged_table_that_mining_does_not_make_hinders_no_mining(home, caplog):
    with working_on("tiny", str(home), SETTINGS) as run:
        run.set_current("generations", [run.data.write("generations", "g1", {}, [])])
    (Store(home).corpus("tiny").run_folder("generations", "g1") / "_manifest.json").write_text("")
    publish_words(home)
    assert "generations is made anew or left out" in caplog.text
    assert query(home, "select count(*) from tiny.words") == [(4,)]


def test_what_is_withdrawn_goes_when_the_run_is_published(home):
    first = publish_words(home)
    store = Store(home)
    old = store.corpus("tiny").existing("words", "w1")
    with working_on("tiny", str(home), SETTINGS) as run:
        write_words(run, "w2", rows()["words"][:1])
        withdraw(run, [old])
        assert store.corpus("tiny").find("words", "w1") is not None
    assert store.corpus("tiny").find("words", "w1") is None
    assert first.run_id != run.run_id


def test_what_is_withdrawn_stays_when_the_run_fails(home):
    publish_words(home)
    store = Store(home)
    with pytest.raises(RuntimeError), working_on("tiny", str(home), SETTINGS) as run:
        withdraw(run, [store.corpus("tiny").existing("words", "w1")])
        raise RuntimeError("no")
    publish_words(home, "w2")
    assert store.corpus("tiny").find("words", "w1") is not None


def test_a_removal_that_was_cut_off_is_ended_by_the_next_run_before_it_works(home, monkeypatch):
    publish_words(home)
    store = Store(home)
    monkeypatch.setattr("tasks.store.publish._remove_withdrawn", lambda corpus: None)
    with working_on("tiny", str(home), SETTINGS) as run:
        write_words(run, "w2", rows()["words"][:1])
        withdraw(run, [store.corpus("tiny").existing("words", "w1")])
    monkeypatch.undo()
    assert store.corpus("tiny").find("words", "w1") is not None
    with working_on("tiny", str(home), SETTINGS) as run:
        assert store.corpus("tiny").find("words", "w1") is None
        write_words(run, "w1", rows()["words"])
    assert query(home, "select count(*) from tiny.words") == [(4,)]
    publish_words(home, "w2")
    assert store.corpus("tiny").find("words", "w1") is not None
