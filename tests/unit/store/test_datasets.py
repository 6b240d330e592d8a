import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from tasks.errors import InputError
from tasks.store.datasets import Dataset, Store
from tasks.store.files import content_key, write_atomically
from tasks.store.names import RESERVED_CORPORA, check_corpus_name
from tasks.store.sql_keywords import SQL_KEYWORDS
from tasks.store.state import CorpusState, Published
from tests.tiny_corpus import batch_of, rows

WORDS = rows()["words"]
HOSTILE_NAMES = [
    *("", "Demo", "DEMO", "1demo", "_demo", "de mo", "demo ", " demo", "demo\n", "de-mo", "dé", "语料"),
    *("demo'", 'demo"', "demo;drop schema demo", "demo'; drop table x; --", "../demo", "..", "a/b", "a\\b"),
    *("demo\0", ".demo", "a" * 41, "a*", *sorted(RESERVED_CORPORA)),
]
HOSTILE_KEYS = ["", "../k", "a/b", "a b", "k\n", "k'", "a" * 65, "键", "run=1", "."]

WRITE_A_WHILE = """
import sys
from tasks.store.datasets import Store
with Store(sys.argv[1]).corpus("tiny").locked():
    print("held", flush=True)
    sys.stdin.readline()
"""


def write_words(store, key="k1", of=WORDS) -> Dataset:
    return store.corpus("tiny").write("words", key, {"stage": "test"}, [batch_of("words", of)])


def folder_of(store, dataset) -> Path:
    return Path(store.parts(dataset)[0]).parent


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_that_breaks_the_rule_is_refused_with_the_name_in_the_text(name, store):
    for refuse in (check_corpus_name, store.corpus):
        with pytest.raises(InputError, match="corpus must be 1 to 40 of a-z") as caught:
            refuse(name)
        assert str(caught.value).endswith(f"got {name!r}")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a", "news_1998", "a" * 40, "mains"])
def test_a_name_that_keeps_the_rule_is_returned(name):
    assert check_corpus_name(name) == name


@pytest.mark.parametrize("key", HOSTILE_KEYS)
def test_a_key_that_breaks_the_rule_is_refused_before_anything_is_written(key, store):
    for refuse in (
        lambda: store.corpus("tiny").find("words", key),
        lambda: write_words(store, key),
        lambda: store.corpus("tiny").journal.note(key, "metrics", {}),
        lambda: store.corpus("tiny").report(key),
    ):
        with pytest.raises(InputError) as caught:
            refuse()
        assert str(caught.value) == f"key must be 1 to 64 letters, digits, _ or -; got {key!r}"
    assert [p for p in store.home.rglob("*") if p.is_file()] == []


def test_an_unknown_table_is_refused(store):
    with pytest.raises(InputError, match=r"table must be one of sources, .*; got 'wrods'"):
        store.corpus("tiny").find("wrods", "k1")


def test_content_key_is_stable():
    assert content_key("a", 1, ["b"], {"x": None, "y": 0.5}) == "37fd3dc7ecfd2ce634b8"


def test_content_key_does_not_depend_on_the_order_of_names():
    assert content_key({"a": 1, "b": 2}) == content_key({"b": 2, "a": 1})


def test_content_key_tells_every_difference():
    values = [
        (),
        (1,),
        ("1",),
        (True,),
        (None,),
        ("a", "b"),
        (["a", "b"],),
        ("ab",),
        ("b", "a"),
        (1.5,),
        ("",),
    ]
    assert len({content_key(*value) for value in values}) == len(values)


def test_rows_come_back_as_they_were_written(store):
    made = write_words(store)
    assert made == Dataset(corpus="tiny", table="words", key="k1", rows=4, bytes=made.bytes)
    assert store.corpus("tiny").find("words", "k1") == store.corpus("tiny").existing("words", "k1") == made
    assert store.read(made).to_pylist() == WORDS
    parts = [Path(part) for part in store.parts(made)]
    assert [part.name for part in parts] == ["part-00000.parquet"]
    assert parts[0].is_absolute()
    assert parts[0].stat().st_size == made.bytes


@pytest.mark.parametrize("columns", [["word"], ["word", "count"], ["count", "word"]])
def test_columns_are_read_in_the_order_asked_for(store, columns):
    read = store.read(write_words(store), columns)
    assert read.column_names == columns
    assert read.to_pylist() == [{name: row[name] for name in columns} for row in WORDS]


def test_a_run_of_no_rows_is_read_with_its_schema(store):
    made = write_words(store, of=[])
    assert made.rows == 0
    assert store.read(made, ["word"]).schema.names == ["word"]
    assert store.read(made).num_rows == 0


def flip_a_byte(folder):
    part = folder / "part-00000.parquet"
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)


def cut_the_part(folder):
    part = folder / "part-00000.parquet"
    part.write_bytes(part.read_bytes()[:-20])


def remove_the_part(folder):
    (folder / "part-00000.parquet").unlink()


def add_a_part(folder):
    (folder / "part-00001.parquet").write_bytes((folder / "part-00000.parquet").read_bytes())


def cut_the_manifest(folder):
    manifest = folder / "_manifest.json"
    manifest.write_text(manifest.read_text()[:-40])


def empty_the_manifest(folder):
    (folder / "_manifest.json").write_bytes(b"\0" * 100)


def remove_the_manifest(folder):
    (folder / "_manifest.json").unlink()


DAMAGE = [
    *(flip_a_byte, cut_the_part, remove_the_part, add_a_part),
    *(cut_the_manifest, empty_the_manifest, remove_the_manifest),
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_is_not_found_and_can_be_written_again(store, damage):
    made = write_words(store)
    damage(folder_of(store, made))
    assert store.corpus("tiny").find("words", "k1") is None
    assert write_words(store) == made
    assert store.corpus("tiny").find("words", "k1") == made
    assert store.read(made).to_pylist() == WORDS


@pytest.mark.parametrize("damage", [damage for damage in DAMAGE if damage is not flip_a_byte])
def test_a_run_known_to_exist_is_refused_when_its_parts_are_not_those_of_its_manifest(store, damage):
    made = write_words(store)
    damage(folder_of(store, made))
    with pytest.raises(InputError, match="words of corpus 'tiny' must have a whole run 'k1'"):
        store.corpus("tiny").existing("words", "k1")


def test_folders_beside_the_corpora_are_left_alone(store):
    store.corpus("tiny").publish({}, CorpusState())
    for name in ("tiny.bak", "Copy of tiny", "main"):
        shutil.copytree(store.corpus("tiny").folder, store.corpus("tiny").folder.with_name(name))
    assert store.corpora() == ["tiny"]


def test_what_is_on_another_disk_is_discarded_too(store, monkeypatch):
    def cross(path, target):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(Path, "rename", cross)
    folder = store.corpus("tiny").report("r1")
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("x")
    store.corpus("tiny").discard(folder / "index.html")
    store.corpus("tiny").discard(folder)
    assert not folder.exists()


def test_a_run_that_was_never_made_is_not_found(store):
    assert store.corpus("tiny").find("words", "k1") is None
    with pytest.raises(InputError, match="words of corpus 'tiny' must have a whole run 'k1', it is missing"):
        store.corpus("tiny").existing("words", "k1")


def test_writing_leaves_nothing_when_the_block_raises(store):
    with (
        pytest.raises(RuntimeError, match="half way"),
        store.corpus("tiny").writing({"words": "k1", "tokens": "k1"}, {}) as write,
    ):
        (write.folders["words"] / "part-00000.parquet").write_bytes(b"half")
        assert store.corpus("tiny").find("words", "k1") is None
        raise RuntimeError("half way")
    assert [path for path in store.home.rglob("*") if path.is_file() or path.name.startswith("run=")] == []
    assert not any(folder.exists() for folder in write.folders.values())


def test_writing_shows_nothing_before_the_block_ends(store):
    batch = batch_of("words", WORDS)
    with store.corpus("tiny").writing({"words": "k1"}, {}) as write:
        write("words", batch)
        assert store.corpus("tiny").find("words", "k1") is None
        assert store.corpus("tiny").run_keys("words") == []
    assert store.corpus("tiny").find("words", "k1").rows == 4


def test_writing_begins_with_an_empty_folder(store):
    left = store.corpus("tiny").folder / ".staging" / "words-k1"
    left.mkdir(parents=True)
    (left / "part-00000.parquet").write_bytes(b"left by a crash")
    with store.corpus("tiny").writing({"words": "k1"}, {}) as write:
        assert list(write.folders["words"].iterdir()) == []


def test_clear_staging_removes_what_a_crash_left(store):
    made = write_words(store)
    (store.corpus("tiny").scratch() / "spill.tmp").write_bytes(b"x")
    store.corpus("tiny").clear_staging()
    assert not (store.corpus("tiny").folder / ".staging").exists()
    assert store.corpus("tiny").find("words", "k1") == made
    store.corpus("tiny").clear_staging()


def test_nothing_is_published_at_first(store):
    assert store.corpus("tiny").published() == ({}, CorpusState())
    assert store.corpora() == []
    assert store.corpus("tiny").published_datasets("words") == []


def test_publish_makes_runs_visible(store):
    made = write_words(store)
    store.corpus("tiny").publish({"words": ["k1"]}, CorpusState(report="语料"))
    assert store.corpus("tiny").published() == ({"words": ["k1"]}, CorpusState(report="语料"))
    assert store.corpus("tiny").published_datasets("words") == [made]
    assert store.corpora() == ["tiny"]


def test_a_reader_never_sees_half_of_what_is_published(store):
    states = [CorpusState(report=letter * 200_000) for letter in "ab"]
    store.corpus("tiny").publish({"words": ["k1"]}, states[0])
    seen: list[Published] = []
    stop = threading.Event()

    def read():
        while not stop.is_set():
            seen.append(store.corpus("tiny").published())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(60):
            store.corpus("tiny").publish({"words": ["k1"]}, states[number % 2])
    finally:
        stop.set()
        reader.join()
    assert len(seen) > 10
    assert [found for found in seen if found.state not in states or found.tables != {"words": ["k1"]}] == []


def test_write_atomically_leaves_the_old_file_when_writing_fails(tmp_path):
    path = tmp_path / "corpus.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "x" * 100_000 + "\ud800")
    assert path.read_text() == "old"


def test_write_atomically_leaves_no_piece_and_takes_the_longest_name(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        write_atomically(tmp_path / "corpus.json", "\ud800")
    assert list(tmp_path.iterdir()) == []
    write_atomically(tmp_path / ("n" * 255), "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["n" * 255]


def test_a_corpus_is_held_against_another_process(store):
    holder = subprocess.Popen(
        [sys.executable, "-c", WRITE_A_WHILE, str(store.home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(InputError, match="corpus 'tiny' is being written by another run; try again"),
            store.corpus("tiny").locked(),
        ):
            pytest.fail("two runs hold one corpus")
        with store.corpus("other").locked():
            pass
        holder.communicate("\n", timeout=20)
    with store.corpus("tiny").locked():
        pass


def test_a_look_at_the_lock_keeps_no_run_away(store):
    looking = threading.Event()

    def look():
        with store.corpus("tiny").locked():
            looking.set()
            time.sleep(0.1)

    other = threading.Thread(target=look)
    other.start()
    looking.wait()
    with store.corpus("tiny").locked():
        pass
    other.join()


def test_a_lock_is_given_back_after_an_error(store):
    with pytest.raises(RuntimeError), store.corpus("tiny").locked():
        raise RuntimeError
    with store.corpus("tiny").locked():
        pass


def test_journal_entries_come_back_by_kind_and_in_order(store):
    store.corpus("tiny").journal.note("r1", "metrics", {"value": 1})
    store.corpus("tiny").journal.note("r1", "checks", {"value": 2})
    store.corpus("tiny").journal.note("r1", "metrics", {"value": 3})
    store.corpus("tiny").journal.note("r2", "metrics", {"value": 4})
    assert store.corpus("tiny").journal.entries("r1", "metrics") == [{"value": 1}, {"value": 3}]
    assert store.corpus("tiny").journal.entries("r1", "lineage") == []
    assert store.corpus("tiny").journal.entries("r3", "metrics") == []


@pytest.mark.parametrize(
    "text", ["a\nb", "a\r\nb", "a\u2028b", "a\u2029b", "a\x85b", "a\x0bb\x1cc", "'\"\\", "\0"]
)
def test_journal_entries_keep_every_character(store, text):
    store.corpus("tiny").journal.note("r1", "metrics", {"value": text})
    assert store.corpus("tiny").journal.entries("r1", "metrics") == [{"value": text}]


def test_a_journal_line_cut_off_by_a_crash_is_left_out(store):
    store.corpus("tiny").journal.note("r1", "metrics", {"value": "语料"})
    whole = next((store.corpus("tiny").folder / ".journal").iterdir())
    line = whole.read_bytes()
    for kept in range(1, len(line) - 2):
        whole.write_bytes(line + line[:kept])
        assert store.corpus("tiny").journal.entries("r1", "metrics") == [{"value": "语料"}], line[:kept]


def test_open_journals_are_those_whose_run_is_not_published(store):
    for run_id in ("r1", "r2", "r3"):
        store.corpus("tiny").journal.note(run_id, "run", {})
    assert store.corpus("tiny").journal.unfinished(["r2"]) == ["r1", "r3"]


def test_what_checks_found_is_remembered(store):
    assert store.corpus("tiny").checks.load("k1") is None
    store.corpus("tiny").checks.save("k1", [write_words(store, "w1")], [{"name": "语"}])
    assert store.corpus("tiny").checks.load("k1") == [{"name": "语"}]
    assert store.corpus("tiny").checks.load("k2") is None
    (store.corpus("tiny").folder / ".checked" / "k3.json").write_text("[]")
    checks = [(path.stem, datasets) for path, datasets in store.corpus("tiny").checks.files()]
    assert checks == [("k1", [("words", "w1")]), ("k3", [])]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"tables": {}', b'{"tables": []}', b"\0\0\0"])
def test_a_damaged_list_of_what_is_published_is_never_taken_for_an_empty_corpus(store, content):
    store.corpus("tiny").publish({"words": ["k1"]}, CorpusState())
    (store.corpus("tiny").folder / "corpus.json").write_bytes(content)
    with pytest.raises(InputError, match=r"corpus\.json.*must name what is published; it is damaged"):
        store.corpus("tiny").published()


@pytest.mark.parametrize("content", ["", "1", "{}", '{"table": "words", "key": "k1", "parts": [1]}'])
def test_a_run_with_a_damaged_manifest_is_not_found(store, content):
    made = write_words(store)
    (folder_of(store, made) / "_manifest.json").write_text(content)
    assert store.corpus(made.corpus).find(made.table, made.key) is None
    with pytest.raises(InputError, match="missing or damaged; give minlex mine"):
        store.corpus(made.corpus).existing(made.table, made.key)


def test_manifest_tells_what_a_run_was_made_of(store):
    made = write_words(store)
    manifest = json.loads((folder_of(store, made) / "_manifest.json").read_text())
    assert manifest["origin"] == {"stage": "test"}
    assert [part["rows"] for part in manifest["parts"]] == [4]


def test_home_is_absolute_whatever_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Store("data").home == tmp_path / "data"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Store("~/data").home == tmp_path / "data"


def test_the_words_kept_of_sql_are_those_that_duckdb_keeps():
    with duckdb.connect() as connection:
        listed = connection.execute(
            "select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved'"
        ).fetchall()
    assert {name for (name,) in listed} == SQL_KEYWORDS
