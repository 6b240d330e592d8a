"""The command as a user meets it: what bad input gets, and what good input prints."""

import bz2
import gzip
import io
import json
import lzma
import os
import re
import stat
import tarfile
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tests.flows.conftest import MinlexCommand
from tests.flows.newspaper import lines

FEW = '[lexicon]\nmethod = "four-step"\nmin_count = 3\n[ngrams]\nmax_order = 3\n[engine]\nworkers = 1\n'


def query(home: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(home / "catalog.duckdb"), read_only=True) as catalog:
        return catalog.execute(sql).fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def few(tmp_path: Path) -> Path:
    file = tmp_path / "few.toml"
    file.write_text(FEW, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mine", "{tmp}/absent", "--corpus", "c"], "absent'"),
        (["mine", "{tmp}/empty", "--corpus", "c"], "no readable text file"),
        (["mine", "{tmp}/pipe", "--corpus", "c"], "neither a file nor a folder"),
        (["mine", "{tmp}/a.txt", "--corpus", "News"], "'News'"),
        (["mine", "{tmp}/a.txt", "--corpus", 'x"; drop table y; --'], "drop table"),
        (["mine", "{tmp}/a.txt", "--corpus", "../up"], "'../up'"),
        (["mine", "{tmp}/a.txt", "--corpus", "main"], "'main'"),
        (["mine", "{tmp}/a.txt", "--corpus", "select"], "'select'"),
        (["mine", "{tmp}/a.txt", "--corpus", "c", "--settings", "{tmp}/absent.toml"], "absent.toml"),
        (["mine", "{tmp}/a.txt", "--corpus", "c", "--settings", "{tmp}/wrong.toml"], "ngrams.max_order"),
        (["mine", "{tmp}/a.txt", "--corpus", "c", "--settings", "{tmp}/column.toml"], "ingest.text_column"),
        (["mine", "{tmp}/a.txt", "--corpus", "c", "--settings", "{tmp}/a.txt"], "not TOML"),
        (["mine", "{tmp}/a.txt", "--corpus", "c", "--gold", "{tmp}/absent.words"], "absent.words"),
        (["segment", "--corpus", "c"], "got 'c'"),
        (["sql", "select 1"], "nothing is mined"),
        (["report", "--corpus", "c"], "got 'c'"),
        (["train", "topics", "--corpus", "c"], "got 'c'"),
    ],
)
def test_bad_input_is_one_line_and_code_2_and_writes_nothing(
    minlex: MinlexCommand, tmp_path: Path, home: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text("中国人民\n", encoding="utf-8")
    (tmp_path / "wrong.toml").write_text("[ngrams]\nmax_order = 99\n", encoding="utf-8")
    (tmp_path / "column.toml").write_text("[ingest]\ntext_column = 'a\"; drop table b'\n", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    result = minlex(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert says in result.stderr
    assert not home.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_an_unreadable_file_and_a_home_that_cannot_be_written_are_named(
    minlex: MinlexCommand, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("中国", encoding="utf-8")
    secret.chmod(0)
    refused = minlex("mine", secret, "--corpus", "c")
    assert (refused.returncode, "secret.txt" in refused.stderr) == (2, True)
    secret.chmod(stat.S_IRUSR)
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    refused = minlex("mine", secret, "--corpus", "c", "--home", locked)
    assert (refused.returncode, "locked" in refused.stderr) == (2, True)


def hostile_folder(folder: Path) -> Path:
    """Every row of the table of bad input, beside good files in every format and encoding."""
    folder.mkdir()
    texts = lines(12, seed=20)
    good = iter(texts)
    plain = "\n".join(lines(40, seed=21)) + "\n"
    (folder / "plain.txt").write_text(plain, encoding="utf-8")
    (folder / "bom.txt").write_bytes(b"\xef\xbb\xbf" + next(good).encode())
    (folder / "wide.txt").write_bytes(next(good).encode("utf-16"))
    (folder / "chinese.gbk").write_bytes((next(good) * 2).encode("gb18030"))
    (folder / "page.md").write_text(f"# {next(good)}\n\n**{next(good)}**\n", encoding="utf-8")
    (folder / "page.html").write_text(
        f"<html><script>alert('x')</script><p>{next(good)}</p></html>", encoding="utf-8"
    )
    (folder / "rows.csv").write_text(f"id,text\n1,{next(good)}\n", encoding="utf-8")
    (folder / "objects.jsonl").write_text(
        json.dumps({"text": next(good)}) + "\n{broken\n" + '{"text": 7}\n' + '{"text": "lone \\ud800 one"}\n',
        encoding="utf-8",
    )
    (folder / "no_column.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    pq.write_table(pa.table({"text": [next(good)]}), folder / "table.parquet")
    whole = (folder / "table.parquet").read_bytes()
    (folder / "cut_off.parquet").write_bytes(whole[: len(whole) // 2])
    packed = gzip.compress(next(good).encode())
    (folder / "packed.txt.gz").write_bytes(packed)
    (folder / "broken.txt.gz").write_bytes(packed[: len(packed) // 2])
    (folder / "packed.txt.bz2").write_bytes(bz2.compress("压缩一。".encode()))
    (folder / "packed.txt.xz").write_bytes(lzma.compress("压缩二。".encode()))
    (folder / "packed.txt.zst").write_bytes(zstandard.compress("压缩三。".encode()))
    (folder / "noise.txt").write_bytes(bytes(range(128, 256)) * 40)
    (folder / "odd.txt").write_bytes("甲\x00乙\r丙\r\n丁\ue000戊\U00020000。\x1b[31m红\x1b[0m".encode())
    with zipfile.ZipFile(folder / "bundle.zip", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("inside.txt", next(good))
        bundle.writestr("../escaped.txt", "逃。")
        bundle.writestr("/absolute.txt", "逃。")
        bundle.writestr("bomb.txt", b"0" * (30 << 20))
    with tarfile.open(folder / "bundle.tar.gz", "w:gz") as bundle:
        for name in ("inside.txt", "../escaped.txt"):
            member = tarfile.TarInfo(name)
            content = "归档。".encode()
            member.size = len(content)
            bundle.addfile(member, io.BytesIO(content))
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


def test_every_kind_of_bad_input_is_rejected_with_its_reason_and_the_rest_is_mined(
    minlex: MinlexCommand, tmp_path: Path, home: Path, few: Path
) -> None:
    folder = hostile_folder(tmp_path / "mixed")
    result = minlex("mine", folder, "--corpus", "mixed", "--settings", few)
    assert result.returncode == 0, result.stderr
    rejected = set(query(home, "select source, member, reason from mixed.rejects"))
    assert {
        ("mixed/objects.jsonl", None, "invalid_json"),
        ("mixed/objects.jsonl", None, "not_text"),
        ("mixed/no_column.csv", None, "missing_text_column"),
        ("mixed/cut_off.parquet", None, "broken_parquet"),
        ("mixed/broken.txt.gz", None, "broken_compression"),
        ("mixed/noise.txt", None, "unknown_encoding"),
        ("mixed/bundle.zip", "../escaped.txt", "unsafe_path"),
        ("mixed/bundle.zip", "/absolute.txt", "unsafe_path"),
        ("mixed/bundle.zip", "bomb.txt", "bomb"),
        ("mixed/bundle.tar.gz", "../escaped.txt", "unsafe_path"),
    } == rejected
    read = {source for (source,) in query(home, "select distinct source from mixed.documents")}
    assert {
        "mixed/plain.txt",
        "mixed/bom.txt",
        "mixed/wide.txt",
        "mixed/chinese.gbk",
        "mixed/page.md",
    } <= read
    assert {"mixed/page.html", "mixed/rows.csv", "mixed/objects.jsonl", "mixed/table.parquet"} <= read
    assert {"mixed/bundle.zip", "mixed/bundle.tar.gz", "mixed/odd.txt", "mixed/packed.txt.zst"} <= read
    encodings = dict(query(home, "select source, any_value(encoding) from mixed.documents group by source"))
    assert encodings["mixed/chinese.gbk"] == "gb18030"
    assert encodings["mixed/wide.txt"].startswith("utf-16")
    odd = query(
        home, "select text, replaced from mixed.documents where source = 'mixed/odd.txt' order by record"
    )
    assert "".join(text for text, _ in odd) == "甲乙丙丁\ue000戊\U00020000。红"
    assert sum(replaced for _, replaced in odd) > 0
    warned = query(
        home, "select severity, passed from mixed.checks where check_name = 'no line or file was refused'"
    )
    assert warned == [("warning", False)]
    assert "10 rejects" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("look at it: minlex report --corpus mixed --open")
    assert not list(tmp_path.rglob("escaped.txt"))
    page = Path(minlex("report", "--corpus", "mixed").stdout.strip()).read_text("utf-8")
    own = ['<script type="application/json" id="lexicon-data">', "<script>", "<script>"]
    assert re.findall("<script[^>]*>", page) == own
    assert "alert(" not in page


def test_input_of_which_nothing_can_be_read_fails_and_publishes_nothing(
    minlex: MinlexCommand, tmp_path: Path, home: Path
) -> None:
    (tmp_path / "noise.txt").write_bytes(bytes(range(128, 256)) * 40)
    result = minlex("mine", tmp_path / "noise.txt", "--corpus", "nothing")
    assert result.returncode == 2
    [told] = [line for line in result.stderr.splitlines() if line.startswith("minlex: ")]
    assert "corpus 'nothing' would hold no text; the first reject is noise.txt: unknown_encoding: " in told
    assert query(home, "select status from nothing.runs") == [("failed",)]
    assert query(
        home, "select count(*) from duckdb_views() where schema_name = 'nothing' and view_name = 'documents'"
    ) == [(0,)]


def test_a_night_of_which_nothing_can_be_read_is_kept_as_rejects_and_not_read_again(
    minlex: MinlexCommand, home: Path, few: Path, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("\n".join(lines(80, seed=6)), encoding="utf-8")
    bad.write_bytes(bytes(range(256)) * 20)
    assert minlex("mine", good, "--corpus", "c", "--settings", few).returncode == 0
    before = query(home, "select word, count from c.lexicon order by all")
    done = minlex("mine", good, bad, "--corpus", "c", "--settings", few)
    assert done.returncode == 0, done.stderr
    assert query(home, "select source, reason from c.rejects") == [("bad.txt", "unknown_encoding")]
    assert query(home, "select word, count from c.lexicon order by all") == before
    assert query(home, "select status from c.runs") == [("published",)] * 2
    again = minlex("mine", good, bad, "--corpus", "c", "--settings", few)
    assert again.returncode == 0
    assert query(home, "select count(*) from c.rejects") == [(1,)]


def test_a_corpus_is_mined_queried_cut_with_and_reported_on(
    minlex: MinlexCommand, tmp_path: Path, home: Path, few: Path
) -> None:
    source = tmp_path / "news.txt"
    source.write_text("\n".join([*lines(200, seed=22), "<script>alert(1)</script>"]) + "\n", encoding="utf-8")
    mined = minlex("mine", source, "--corpus", "news", "--settings", few, "--json", "--quiet")
    assert (mined.returncode, mined.stderr) == (0, "")
    told = json.loads(mined.stdout)
    assert (told["corpus"], told["figures"]["ingest_corpus.documents"]) == ("news", 201)
    assert Path(told["report"]).parent.name == told["run_id"]

    asked = minlex("sql", "--csv", "select count(*) as n from news.documents")
    assert asked.stdout.split() == ['"n"', "201"]
    as_json = minlex("sql", "--json", "select word from news.lexicon where word = '经济'")
    assert json.loads(as_json.stdout) == {"word": "经济"}
    wrong = minlex("sql", "selec 1")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert minlex("sql", "create table t as select 1").returncode == 2

    given = "中国经济　发展。ok 2001年\r\n\n没见过的字龘龘\nNUL\x00 与\t制表\n"
    cut = minlex("segment", "--corpus", "news", stdin=given)
    assert cut.returncode == 0, cut.stderr
    assert cut.stdout.replace(" ", "") == given.replace(" ", "").replace("\r\n", "\n") or (
        cut.stdout.replace(" ", "") == given.replace(" ", "")
    )
    assert cut.stdout.startswith("中国 经济")
    refused = minlex("segment", "--corpus", "news", stdin="\udcff\udcfe中")
    assert (refused.returncode, "not utf-8" in refused.stderr) == (2, True)

    page = Path(minlex("report", "--corpus", "news").stdout.strip())
    assert str(page) == told["report"]
    assert page.is_relative_to(home)
    assert "<script>alert" not in page.read_text(encoding="utf-8")
