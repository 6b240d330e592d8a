import os
import subprocess
from pathlib import Path

import duckdb
import pytest

from tasks.store.catalog import DUCKDB_TYPES, publish_catalog
from tasks.store.datasets import Store
from tasks.store.publish import RECORDS
from tasks.store.state import CorpusState
from tasks.tables import TABLES
from tests import tiny_corpus

HOSTILE_FOLDERS = [
    *('it\'s a "home"', "语料 库", "a;drop schema tiny", "100%41", "back\\slash", "$HOME", "#1"),
    *("word=mined", "doc_id=1", "new\nline"),
]


def opened(home):
    return duckdb.connect(str(Store(home).catalog), read_only=True)


def query(home, sql):
    with opened(home) as catalog:
        return catalog.execute(sql).fetchall()


def test_views_and_columns_say_what_they_mean(published_home):
    views = query(
        published_home,
        "select view_name, comment from duckdb_views() where schema_name = 'tiny' order by view_name",
    )
    assert views == [(name, TABLES[name].meaning) for name in sorted(tiny_corpus.rows())]
    columns = query(
        published_home,
        "select column_name, comment, data_type from duckdb_columns() "
        "where schema_name = 'tiny' and table_name = 'lexicon' order by column_index",
    )
    sql_types = DUCKDB_TYPES | {"timestamp": "TIMESTAMP WITH TIME ZONE"}
    assert columns == [(c.name, c.meaning, sql_types[c.type]) for c in TABLES["lexicon"].columns]


def test_every_row_is_there(published_home):
    for name, of in tiny_corpus.rows().items():
        assert query(published_home, f"select count(*) from tiny.{name}") == [(len(of),)], name
    assert query(
        published_home, "select string_agg(word, ' ' order by count desc, word) from tiny.words"
    ) == [("科学 名著 。 中外",)]


def test_the_catalog_holds_no_tables_and_no_other_schema(published_home):
    assert query(published_home, "select count(*) from duckdb_tables()") == [(0,)]
    assert query(published_home, "select distinct schema_name from duckdb_views() where not internal") == [
        ("tiny",)
    ]


def test_views_work_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_corpus.publish("relative", "tiny", tiny_corpus.rows())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert query(tmp_path / "relative", "select count(*) from tiny.tokens") == [(7,)]


def test_documents_named_as_duplicates_are_left_out_of_documents_and_sentences(home):
    tables = tiny_corpus.rows()
    batch_id = tables["documents"][0]["batch_id"]
    tables["duplicates"] = [{"batch_id": batch_id, "doc_id": 12, "kept_doc_id": 11, "same_batch": True}]
    tiny_corpus.publish(home, "tiny", tables)
    assert query(home, "select doc_id from tiny.documents") == [(11,)]
    assert query(home, "select doc_id, sentence_no from tiny.sentences order by all") == [(11, 0), (11, 1)]
    assert query(home, "select count(distinct doc_id) from tiny.tokens") == [(2,)]
    assert query(home, "select doc_id, kept_doc_id from tiny.duplicates") == [(12, 11)]


def test_duplicates_of_several_runs_are_all_left_out(home):
    tables = tiny_corpus.rows()
    made = tiny_corpus.publish(home, "tiny", tables)
    store = Store(home)
    duplicate = {"batch_id": "b" * 16, "doc_id": 11, "kept_doc_id": 12, "same_batch": False}
    store.corpus("tiny").write("duplicates", "k2", {}, [tiny_corpus.batch_of("duplicates", [duplicate])])
    store.corpus("tiny").publish(
        {name: ["k1"] for name in made} | {"duplicates": ["k1", "k2"]}, CorpusState()
    )
    publish_catalog(store)
    assert query(home, "select doc_id from tiny.documents") == [(12,)]


def test_runs_of_a_table_are_one_view(home):
    tiny_corpus.publish(home, "tiny", tiny_corpus.rows())
    store = Store(home)
    more = [tiny_corpus.document(13, "名著")]
    store.corpus("tiny").write("documents", "k2", {}, [tiny_corpus.batch_of("documents", more)])
    store.corpus("tiny").publish({"documents": ["k1", "k2"]}, CorpusState())
    publish_catalog(store)
    assert query(home, "select doc_id from tiny.documents order by 1") == [(11,), (12,), (13,)]


@pytest.mark.parametrize("name", [name for name in TABLES if name not in RECORDS])
def test_a_table_without_runs_or_rows_is_an_empty_view_of_the_same_types(home, name):
    store = Store(home)
    store.corpus("tiny").write(name, "k1", {}, [])
    described = []
    for keys in ([], ["k1"]):
        store.corpus("tiny").publish({name: keys}, CorpusState())
        publish_catalog(store)
        assert query(home, f"select * from tiny.{name}") == []
        described.append(query(home, f"describe tiny.{name}"))
    assert described[0] == described[1]


def test_an_open_connection_keeps_working_when_the_catalog_is_replaced(published_home):
    before = opened(published_home)
    store = Store(published_home)
    fewer = tiny_corpus.rows()["words"][:1]
    store.corpus("tiny").write("words", "k2", {}, [tiny_corpus.batch_of("words", fewer)])
    store.corpus("tiny").publish({"words": ["k2"]}, CorpusState())
    publish_catalog(store)
    assert before.execute("select count(*) from tiny.words").fetchone() == (4,)
    assert before.execute("select count(*) from tiny.lexicon").fetchone() == (4,)
    before.close()
    assert query(published_home, "select count(*) from tiny.words") == [(1,)]


def test_what_a_crash_left_of_a_catalog_is_replaced(published_home):
    (published_home / ".catalog.partial").write_bytes(b"half a file")
    (published_home / ".catalog.partial.wal").write_bytes(b"half a log")
    publish_catalog(Store(published_home))
    assert query(published_home, "select count(*) from tiny.words") == [(4,)]
    assert [p.name for p in published_home.iterdir() if "partial" in p.name] == []


def remove_a_part(store):
    Path(store.parts(store.corpus("tiny").existing("words", "k1"))[0]).unlink()


def spoil_a_part(store):
    part = Path(store.parts(store.corpus("tiny").existing("words", "k1"))[0])
    part.write_bytes(b"x" * part.stat().st_size)


def empty_a_manifest(store):
    (store.corpus("tiny").run_folder("words", "k1") / "_manifest.json").write_bytes(b"")


@pytest.mark.parametrize("damage", [remove_a_part, spoil_a_part, empty_a_manifest])
def test_a_damaged_table_of_one_corpus_is_left_out_and_the_others_published(published_home, damage, caplog):
    store = Store(published_home)
    damage(store)
    tiny_corpus.publish(published_home, "other", tiny_corpus.rows())
    assert "table tiny.words is not in the catalog" in caplog.text
    assert query(published_home, "select count(*) from other.words") == [(4,)]
    assert query(published_home, "select count(*) from tiny.lexicon") == [(4,)]
    with pytest.raises(duckdb.CatalogException, match="words does not exist"):
        query(published_home, "select count(*) from tiny.words")


def test_a_corpus_whose_list_of_what_is_published_is_damaged_hinders_no_other(published_home, caplog):
    store = Store(published_home)
    (store.corpus("tiny").folder / "corpus.json").write_text("")
    tiny_corpus.publish(published_home, "other", tiny_corpus.rows())
    assert "corpus tiny is not in the catalog" in caplog.text
    assert query(published_home, "select count(*) from other.words") == [(4,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system of its own")
@pytest.mark.parametrize("free", [60, 160, 240])
def test_a_full_disk_leaves_the_old_catalog(tmp_path, free):
    home = tmp_path / "home"
    home.mkdir()
    command = ["/bin/mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(home)]
    if subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("cannot mount a file system")
    try:
        tiny_corpus.publish(home, "tiny", tiny_corpus.rows())
        before = Store(home).catalog.read_bytes()
        room = os.statvfs(home)
        with (home / "filler").open("wb") as filler:
            filler.write(b"x" * (room.f_bavail * room.f_frsize - free * 1024))
        with pytest.raises(OSError, match="No space left on device"):
            publish_catalog(Store(home))
        assert Store(home).catalog.read_bytes() == before
        assert [path.name for path in home.iterdir() if "partial" in path.name] == []
    finally:
        subprocess.run(["/bin/umount", "--lazy", str(home)], check=True)


def test_a_catalog_of_nothing_is_empty(home):
    publish_catalog(Store(home))
    assert query(home, "select count(*) from duckdb_views() where not internal") == [(0,)]


@pytest.mark.parametrize("folder", HOSTILE_FOLDERS)
def test_a_home_may_have_any_name(tmp_path, folder):
    tables = tiny_corpus.rows()
    tables["duplicates"] = [{"batch_id": "b" * 16, "doc_id": 12, "kept_doc_id": 11, "same_batch": True}]
    tiny_corpus.publish(tmp_path / folder, "tiny", tables)
    assert query(tmp_path / folder, "select word, count from tiny.words order by count desc limit 1") == [
        ("科学", 3)
    ]
    assert query(tmp_path / folder, "select doc_id from tiny.documents") == [(11,)]
