import errno
import io
import os
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tasks.corpus import shard as module
from tasks.corpus.archives.streams import SPOOL_BYTES
from tasks.corpus.shard import SHARD_TABLES, ShardJob, ingest_shard
from tasks.corpus.sources import list_sources
from tasks.errors import InputError
from tasks.settings import IngestSettings
from tasks.store.parts import TableWriter
from tests.unit.corpus.reading import zipped


@pytest.fixture
def job(tmp_path):
    """Make the job of reading one file, as it is now, into folders below tmp_path."""

    def make(name, content):
        (tmp_path / name).write_bytes(content)
        folders = {table: tmp_path / table for table in SHARD_TABLES}
        for folder in (*folders.values(), tmp_path / "scratch"):
            folder.mkdir()
        sources = list_sources([str(tmp_path / name)], lambda _: True).sources
        return ShardJob(
            0, "b" * 16, sources, TableWriter(folders), str(tmp_path / "scratch"), IngestSettings()
        )

    return make


def written(job, table):
    return pq.read_table(job.write.folders[table] / "part-00000.parquet").to_pylist()


def test_a_file_becomes_one_part_of_each_table(job):
    of = job("a.txt", "甲。乙。\n丙\n".encode())
    [count] = ingest_shard(of)
    assert (count.source, count.documents, count.rejects) == (of.sources[0], 2, 0)
    assert [row["text"] for row in written(of, "documents")] == ["甲。乙。", "丙"]
    assert [row["text"] for row in written(of, "sentences")] == ["甲。", "乙。", "丙"]
    assert written(of, "rejects") == []


def more(path):
    with path.open("a", encoding="utf-8") as file:
        file.write("丁\n")


def other(path):
    path.write_text("戊\n己\n", encoding="utf-8")
    os.utime(path, ns=(0, 0))


@pytest.mark.parametrize("change", [more, other], ids=["grown", "rewritten"])
@pytest.mark.parametrize("when", ["before", "amid"])
def test_a_file_that_changes_after_it_was_hashed_is_refused(job, monkeypatch, change, when):
    of = job("a.txt", "甲\n丙\n".encode())
    path = Path(of.sources[0].path)
    if when == "before":
        change(path)
    else:
        ingest = module.ingest_source

        def changing(*arguments, **options):
            yield from ingest(*arguments, **options)
            change(path)

        monkeypatch.setattr(module, "ingest_source", changing)
    with pytest.raises(InputError) as caught:
        ingest_shard(of)
    assert str(caught.value) == (
        f"a file must not change while it is read, {str(path)!r} did; run again when it is whole"
    )


def test_a_file_that_is_gone_is_refused(job):
    of = job("a.txt", b"1\n")
    Path(of.sources[0].path).unlink()
    with pytest.raises(InputError, match=r"cannot read '.*a.txt': No such file or directory"):
        ingest_shard(of)


def test_a_file_that_fails_while_it_is_read_is_refused(job):
    of = job("a.txt", b"1\n")
    # The memory of this process begins with a page that nobody may read.
    failing = of.sources[0].model_copy(update={"path": "/proc/self/mem"})
    with pytest.raises(InputError, match=r"^cannot read '/proc/self/mem': "):
        ingest_shard(replace(of, sources=(failing,)))


def test_every_way_of_reading_names_the_file_that_fails():
    for read in (lambda file: file.readinto(bytearray(9)), lambda file: file.readall()):
        with module.SourceFile("/proc/self/mem") as file, pytest.raises(OSError, match="/proc/self/mem"):
            read(file)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_disk_that_fails_under_what_is_unpacked_or_written_is_not_bad_input(job, monkeypatch, code):
    def fail(*_, **__):
        raise OSError(code, os.strerror(code))

    inner = zipped({"b.txt": os.urandom(SPOOL_BYTES + 1)})
    monkeypatch.setattr("tempfile.TemporaryFile", fail)
    with pytest.raises(OSError, match=os.strerror(code)) as caught:
        ingest_shard(job("a.zip", zipped({"b.zip": inner})))
    assert caught.value.errno == code


def test_a_disk_that_fails_under_a_part_is_not_bad_input(job, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.PartWriter, "write", fail)
    with pytest.raises(OSError, match="No space left"):
        ingest_shard(job("a.txt", b"1\n"))


def test_the_file_is_read_as_open_reads_it(job):
    of = job("a.txt", bytes(range(256)) * 5000)
    path = of.sources[0].path
    with io.BufferedReader(module.SourceFile(path)) as stream:
        assert (stream.read(7), stream.seek(-9, 2), stream.read()) == (
            bytes(range(7)), 5000 * 256 - 9, bytes(range(247, 256)),
        )  # fmt: skip
