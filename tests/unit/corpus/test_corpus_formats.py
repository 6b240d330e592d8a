import bz2
import io
import lzma

import pytest
import zstandard

from tasks.corpus.ingest import ingest_source
from tasks.corpus.readers.formats import supported
from tasks.settings import IngestSettings
from tests.unit.corpus.reading import HASH, gzipped, parquet, read, zipped
from tests.unit.corpus.tars import tarred

TWO_LINES = "春眠不觉晓。\n处处闻啼鸟！\n"
TEXTS = ["春眠不觉晓。", "处处闻啼鸟！"]
SAME_TEXT_AS = {
    "a.txt": TWO_LINES.encode(),
    "A.TXT": TWO_LINES.encode(),
    "a.text": TWO_LINES.encode(),
    "a.utf8": TWO_LINES.encode(),
    "a.gbk": TWO_LINES.encode("gbk"),
    "a.big5": "春眠不覺曉。\n處處聞啼鳥！\n".encode("big5"),
    "README": TWO_LINES.encode(),
    "a.unheard_of": TWO_LINES.encode(),
    "a.md": "# 春眠不觉晓。\n\n处处**闻**啼鸟！\n".encode(),
    "a.markdown": "春眠`不`觉晓。\n\n- 处处[闻](http://x)啼鸟！\n".encode(),
    "a.html": "<p>春眠<b>不</b>觉晓。<p>处处闻啼鸟！".encode(),
    "a.HTM": "<div>春眠不觉晓。<br/>处处闻啼鸟！</div>".encode(),
    "a.csv": "id,text\n1,春眠不觉晓。\n2,处处闻啼鸟！\n".encode(),
    "a.tsv": "id\ttext\n1\t春眠不觉晓。\n2\t处处闻啼鸟！\n".encode(),
    "a.jsonl": '{"text": "春眠不觉晓。"}\n{"text": "处处闻啼鸟！"}\n'.encode(),
    "a.ndjson": '"春眠不觉晓。"\n"处处闻啼鸟！"\n'.encode(),
    "a.parquet": parquet({"text": TEXTS}),
}
WRAPPED = {
    ".gz": gzipped,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.compress,
}


@pytest.mark.parametrize("name", SAME_TEXT_AS)
def test_each_format_gives_its_text(name):
    result = read(name, SAME_TEXT_AS[name])
    expected = ["春眠不覺曉。", "處處聞啼鳥！"] if name == "a.big5" else TEXTS
    assert result.texts == expected
    assert result.rejects == []
    assert {row["member"] for row in result.documents} == {None}


@pytest.mark.parametrize("suffix", WRAPPED)
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a.html", "a.md", "a.parquet"])
def test_each_compression_of_each_format(name, suffix):
    result = read(name + suffix, WRAPPED[suffix](SAME_TEXT_AS[name]))
    assert (result.texts, result.rejects) == (TEXTS, [])
    assert {row["member"] for row in result.documents} == {None}


@pytest.mark.parametrize(
    ("name", "wrap"),
    [
        ("a.tar", lambda tar: tar),
        *((f"a.tar{suffix}", wrap) for suffix, wrap in WRAPPED.items()),
        ("a.tgz", gzipped),
        ("a.tbz2", bz2.compress),
        ("a.txz", lzma.compress),
        ("a.tzst", zstandard.compress),
    ],
)
def test_tar_and_its_compressions(name, wrap):
    members = {"d/a.txt": SAME_TEXT_AS["a.txt"], "b.parquet": SAME_TEXT_AS["a.parquet"]}
    result = read(name, wrap(tarred(members)))
    assert (result.texts, result.rejects) == (TEXTS * 2, [])
    assert [row["member"] for row in result.documents] == ["d/a.txt"] * 2 + ["b.parquet"] * 2


def test_zip_of_every_format():
    members = {name: content for name, content in SAME_TEXT_AS.items() if name != "a.unheard_of"}
    result = read("all.zip", zipped(members))
    assert result.rejects == []
    assert [row["member"] for row in result.documents[::2]] == list(members)


def test_joined_compressed_streams_are_one():
    content = gzipped(TWO_LINES[:7].encode()) + gzipped(TWO_LINES[7:].encode()) + b"\0" * 100
    assert read("a.gz", content).texts == TEXTS
    joined = zstandard.compress(TWO_LINES[:3].encode()) + zstandard.compress(TWO_LINES[3:].encode())
    assert read("a.txt.zst", joined).texts == TEXTS
    assert read("a.txt.xz", lzma.compress(TWO_LINES.encode()) * 2).texts == TEXTS * 2
    assert read("a.txt.bz2", bz2.compress(TWO_LINES.encode()) * 2).texts == TEXTS * 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in SAME_TEXT_AS if name != "a.unheard_of"),
        ("dir.d/a.TXT.GZ", True),
        ("a.tar.zst", True),
        ("a.zip", True),
        ("a.gz", True),
        ("a.unheard_of", False),
        ("a.pdf.gz", False),
        (".hidden.txt", False),
        ("dir/.DS_Store", False),
        ("a.docx", False),
    ],
)
def test_supported(name, expected):
    assert supported(name) is expected


def test_rows_name_their_origin():
    content = tarred({"x/a.txt": "甲乙\n丙\n".encode()})
    (block,) = ingest_source("batch", "dir/a.tar", HASH, lambda: io.BytesIO(content), IngestSettings())
    rows = block.documents.to_pylist()
    assert [(r["batch_id"], r["source"], r["member"], r["record"], r["part"], r["offset"]) for r in rows] == [
        ("batch", "dir/a.tar", "x/a.txt", 1, 0, 0),
        ("batch", "dir/a.tar", "x/a.txt", 2, 0, 3),
    ]
    assert [r["encoding"] for r in rows] == ["utf-8", "utf-8"]


def test_keys_depend_on_content_member_record_and_part_only():
    def ids(batch, source, content_hash, member):
        content = tarred({member: "甲\n乙\n".encode()})
        blocks = ingest_source(batch, source, content_hash, lambda: io.BytesIO(content), IngestSettings())
        return [key for block in blocks for key in block.documents["doc_id"].to_pylist()]

    assert ids("b1", "x.tar", "h1", "a.txt") == ids("b2", "y.tar", "h1", "a.txt")
    assert not set(ids("b", "x.tar", "h1", "a.txt")) & set(ids("b", "x.tar", "h2", "a.txt"))
    assert not set(ids("b", "x.tar", "h1", "a.txt")) & set(ids("b", "x.tar", "h1", "b.txt"))


def test_text_hash_is_of_the_normalised_text():
    rows = read("a.txt", "甲ａ\n甲a\n甲\x00a\n乙\n".encode(), width="half").documents
    assert rows[0]["text_hash"] == rows[1]["text_hash"] == rows[2]["text_hash"] != rows[3]["text_hash"]
    assert len(rows[0]["text_hash"]) == 32


def test_blocks_are_bounded():
    content = ("天地玄黄" * 250 + "\n").encode() * 8000
    blocks = list(
        ingest_source("b", "a.txt", HASH, lambda: io.BytesIO(content), IngestSettings(max_ratio=1e6))
    )
    assert len(blocks) == 3
    assert max(block.documents.nbytes for block in blocks) < 10 << 20


def test_blocks_of_short_lines_are_bounded():
    blocks = list(
        ingest_source("b", "a.txt", HASH, lambda: io.BytesIO("短\n".encode() * 100_000), IngestSettings())
    )
    assert max(block.documents.num_rows for block in blocks) <= 65_536
    assert sum(block.sentences.num_rows for block in blocks) == 100_000
