import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tasks.errors import InputError
from tasks.settings import MineSettings
from tasks.store.datasets import Store
from tasks.store.garbage import Garbage, corpus_to_clean, find_garbage
from tasks.store.models import TABLES_OF_A_MODEL, Trained, make_model
from tasks.store.parts import TableWriter
from tasks.store.publish import working_on
from tasks.store.runs import Run, Stage, make
from tests.tiny_corpus import rows

WORDS = Stage(name="count_words", version=1, tables=("words",))
TRAIN = Stage(name="train", version=1, tables=TABLES_OF_A_MODEL)
LATER = datetime.now(UTC) + timedelta(days=2)
PAST = datetime.now(UTC) - timedelta(days=2)


def make_words(run: Run, version: int) -> str:
    def build(write: TableWriter) -> None:
        write("words", rows()["words"])

    made = make(run, WORDS, [], {"version": version}, build)
    return made["words"].key


def publish(home: Path, version: int, *, fail: bool = False) -> tuple[str, str, str]:
    """Run once: words and a model of this version, and a report; return run, words key and model key."""
    with working_on("tiny", str(home), MineSettings()) as run:
        words = make_words(run, version)
        trained = Trained(arrays={"a": np.ones(version)}, config={}, characters=1)
        model = make_model(run, TRAIN, "crf", [], {"version": version}, lambda path: trained).key
        page = run.data.report(run.run_id) / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("report")
        if fail:
            raise RuntimeError("no")
    return run.run_id, words, model


def described(found: list[Garbage]) -> set[tuple[str, str]]:
    return {(garbage.kind, garbage.path.name.removeprefix("run=").partition(".")[0]) for garbage in found}


def found(store: Store, keep_runs: int, since: datetime = LATER) -> set[tuple[str, str]]:
    return described(find_garbage(store.corpus("tiny"), keep_runs, since))


def test_what_is_published_and_the_newest_runs_stay(home, store):
    first, second, third = (publish(home, version) for version in (1, 2, 3))
    assert found(store, 3) == set()
    of_first = {
        ("dataset", first[1]), ("dataset", first[2]), ("model", first[2]), ("report", first[0]), ("journal", first[0])
    }  # fmt: skip
    of_second = {
        ("dataset", second[1]), ("dataset", second[2]), ("model", second[2]), ("report", second[0]),
        ("journal", second[0]),
    }  # fmt: skip
    assert found(store, 2) == of_first
    assert found(store, 1) == of_first | of_second
    assert third[1] not in {name for _, name in found(store, 1)}


def test_what_was_in_use_or_written_lately_stays(home, store):
    publish(home, 1)
    publish(home, 2)
    assert found(store, 1, PAST) == set()


def test_a_run_published_long_ago_is_in_use_until_the_next_is_published(home, store):
    first, _ = publish(home, 1), publish(home, 2)
    between = datetime.now(UTC) - timedelta(hours=1)
    for path in (home / "lake").rglob("run=*"):
        os.utime(path, (time.time() - 1e6, time.time() - 1e6))
    assert first[1] not in {name for _, name in found(store, 1, between)}


def test_an_old_version_that_is_published_again_stays(home, store):
    first, _ = publish(home, 1), publish(home, 2)
    again = publish(home, 1)
    assert again[1:] == first[1:]
    assert {kind for kind, name in found(store, 1) if name == first[1]} == set()


def test_what_failed_runs_made_goes_when_it_is_old(home, store):
    publish(home, 1)
    with pytest.raises(RuntimeError):
        publish(home, 2, fail=True)
    assert {kind for kind, _ in found(store, 1)} == {"dataset", "model", "journal"}
    assert found(store, 1, PAST) == set()


def test_what_a_first_run_that_failed_left_goes(home, store):
    with pytest.raises(RuntimeError):
        publish(home, 1, fail=True)
    assert {kind for kind, _ in described(find_garbage(corpus_to_clean("tiny", str(home)), 1, LATER))} == {
        "dataset",
        "model",
        "journal",
    }
    assert found(store, 1, PAST) == set()


def test_a_corpus_of_which_there_is_nothing_is_refused_and_not_made(home):
    publish(home, 1)
    with pytest.raises(InputError, match=r"corpus must be one mined below .*: tiny; got 'tini'"):
        corpus_to_clean("tini", str(home))
    assert not (home / "lake" / "tini").exists()


def test_checkpoints_and_half_written_models_go(home, store):
    publish(home, 1)
    checkpoint = store.corpus("tiny").models.checkpoint("abc")
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(b"x" * 9)
    (store.corpus("tiny").models.model("abc").with_name(".abc.77")).mkdir()
    assert found(store, 1) == {("checkpoint", "abc"), ("model", "")}


def test_discarding_leaves_nothing_and_the_published_can_still_be_read(home, store):
    old, new = publish(home, 1), publish(home, 2)
    for garbage in find_garbage(store.corpus("tiny"), 1, LATER):
        assert garbage.bytes > 0
        store.corpus("tiny").discard(garbage.path)
        assert not garbage.path.exists()
    assert find_garbage(store.corpus("tiny"), 1, LATER) == []
    [words] = store.corpus("tiny").published_datasets("words")
    assert words.key == new[1]
    assert store.corpus("tiny").find("words", new[1]) is not None
    assert store.corpus("tiny").find("words", old[1]) is None
    assert len(store.corpus("tiny").published_datasets("runs")) == 2
    assert list((store.corpus("tiny").folder / ".staging").rglob("*.*")) == []


def test_what_checks_found_goes_with_the_data_that_they_looked_at(home, store):
    for version in (1, 2):
        _, words, _ = publish(home, version)
        store.corpus("tiny").checks.save(
            f"check{version}", [store.corpus("tiny").existing("words", words)], []
        )
    assert "check" not in {kind for kind, _ in found(store, 2)}
    assert {name for kind, name in found(store, 1) if kind == "check"} == {"check1"}
