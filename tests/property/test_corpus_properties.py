import bz2
import io
import lzma
import os
import tarfile
import tempfile
import unicodedata
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.corpus.encoding.decode import decoded
from tasks.corpus.normalise import is_normal, normalise
from tasks.corpus.readers.documents import pieces
from tasks.corpus.readers.formats import ARCHIVES, CODECS, COMPRESSED_TARS, FORMATS, format_of, wrapping_of
from tasks.corpus.readers.html import HtmlText
from tasks.corpus.readers.records import bounded_lines
from tasks.corpus.readers.text import read_text
from tasks.corpus.sentences import cut_sentences
from tasks.settings import IngestSettings
from tests.unit.corpus.reading import gzipped, parquet, read, zipped
from tests.unit.corpus.tars import tarred

FAST = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "20")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

TRICKY = st.sampled_from(
    list("\r\n\x85\u2028\x1b[]1m\x07\0\ufeffe\u0301\u0316\u1100\u1161\u11a8\ud800\udc80\udced\udca0")
    + list("。…. \u3000”Ａ\u0958\uf900𠮷!\"<p>/&;#-='")
)
TEXT = st.lists(TRICKY | st.characters(), max_size=60).map("".join)
BLOCKS = st.lists(TEXT, max_size=6)


@FAST
@given(TEXT, st.integers(1, 50))
def test_sentences_hold_every_character_once(text, max_chars):
    sentences = cut_sentences(text, max_chars)
    assert "".join("".join(s.text.split()) for s in sentences) == "".join(text.split())
    end = 0
    for start, chars, sentence in sentences:
        assert start >= end
        end = start + len(sentence)
        assert text[start:end] == sentence == sentence.strip()
        assert "\n" not in sentence
        assert chars == sum(not c.isspace() for c in sentence) > 0
        assert len(sentence) <= max_chars


@FAST
@given(TEXT)
def test_normalised_text_is_normal(text):
    normal, replaced = normalise(text)
    assert unicodedata.is_normalized("NFC", normal)
    assert normalise(normal) == (normal, 0)
    assert not any(
        unicodedata.category(c) in ("Cc", "Cs") for c in normal.replace("\n", "").replace("\t", "")
    )
    assert 0 <= replaced <= len(text)
    if is_normal(text):
        assert normal == text


@FAST
@given(TEXT)
def test_lines_may_be_normalised_one_by_one(text):
    lines = normalise(text.replace("\r\n", "\n"))[0].split("\n")
    one_by_one = [document.text for document in read_text([text], IngestSettings())]
    assert "\n".join(one_by_one).rstrip("\n") == "\n".join(lines).rstrip("\n")


@FAST
@given(BLOCKS, st.sampled_from(["line", "paragraph", "file"]), st.sampled_from(["keep", "half", "full"]))
def test_block_edges_change_nothing(blocks, unit, width):
    chosen = IngestSettings.model_construct(
        **{**IngestSettings().model_dump(), "unit": unit, "width": width, "max_document_chars": 20}
    )
    whole = "".join(blocks)
    expected = list(read_text([whole], chosen))
    assert list(read_text(blocks, chosen)) == expected
    assert list(read_text(iter(whole), chosen)) == expected
    assert all(len(document.text) <= 20 for document in expected)
    keys = [(document.record, document.part) for document in expected]
    assert keys == sorted(set(keys))


@FAST
@given(BLOCKS)
def test_block_edges_change_nothing_of_html(blocks):
    whole = "".join(blocks)
    expected = "".join(HtmlText().texts([whole]))
    assert "".join(HtmlText().texts(blocks)) == expected
    assert "".join(HtmlText().texts(whole)) == expected


@FAST
@given(BLOCKS, st.integers(1, 30))
def test_block_edges_change_nothing_of_lines(blocks, size):
    whole = "".join(blocks)
    expected = [(line.offset, line.whole, line.text[:1]) for line in bounded_lines([whole], size)]
    assert [(line.offset, line.whole, line.text[:1]) for line in bounded_lines(blocks, size)] == expected
    assert [(line.offset, line.whole, line.text[:1]) for line in bounded_lines(whole, size)] == expected


@FAST
@given(st.binary(max_size=60), st.sampled_from(["utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be"]))
def test_block_edges_change_nothing_of_decoding(content, encoding):
    class Dripping(io.BytesIO):
        def read(self, size=-1, /):
            return super().read(min(size, 1))

    assert "".join(decoded(Dripping(content), encoding)) == "".join(decoded(io.BytesIO(content), encoding))


@FAST
@given(TEXT, st.integers(1, 20))
def test_pieces_spell_the_text(text, limit):
    found = list(pieces(text, limit))
    assert "".join(piece for _, piece in found) == text
    assert all(len(piece) <= limit and text[start:].startswith(piece) for start, piece in found)


TEXT_SUFFIXES = [suffix for suffix, kind in FORMATS.items() if kind != "parquet"]
PACKED = [inner + codec for codec in CODECS for inner in (".txt", ".parquet", ".tar")]
SUFFIXES = [*FORMATS, *ARCHIVES, *COMPRESSED_TARS, *PACKED]
SAMPLE = ("春眠不觉晓，处处闻啼鸟。\n" * 30).encode()
TABLE = parquet({"text": ["春眠", "不觉晓", None] * 30, "n": list(range(90))})
VALID = {
    "a.txt": SAMPLE,
    "a.gbk": SAMPLE.decode().encode("gbk"),
    "b.txt": SAMPLE.decode().encode("utf-16"),
    "a.md": b"---\nt: 1\n---\n# x\n\n```\nc\n```\n" + SAMPLE + b"\n| a |\n|---|\n| b |\n",
    "a.html": b"<!DOCTYPE html><head><title>t</title></head><p a='b'>"
    + SAMPLE
    + b"<script>x</script>&amp;</p>",
    "a.csv": b'id,text\n1,"' + SAMPLE + b'"\n2,x\n',
    "a.tsv": b"id\ttext\n1\t" + SAMPLE,
    "a.jsonl": b'{"text": "\\u4f60"}\n"abc"\n' * 10,
    "a.parquet": TABLE,
    "b.parquet": parquet({"text": ["春眠"] * 50}, use_dictionary=False, compression="gzip"),
    "a.txt.gz": gzipped(SAMPLE),
    "a.txt.bz2": bz2.compress(SAMPLE),
    "a.txt.xz": lzma.compress(SAMPLE),
    "a.txt.zst": zstandard.compress(SAMPLE),
    "a.zip": zipped({"a.txt": SAMPLE, "b.parquet": TABLE, "c.tar": tarred({"d.csv": b"text\nx\n"})}),
    "a.tar": tarred({"a.txt": SAMPLE, "长" * 50 + ".md": SAMPLE}),
    "b.tar": tarred({"a.txt": SAMPLE, "长" * 50 + ".md": SAMPLE}, tarfile.GNU_FORMAT),
    "a.tar.gz": gzipped(tarred({"a.txt": SAMPLE, "b.zip": zipped({"c.html": b"<p>x"})})),
}


def test_a_valid_file_of_every_format_is_there_to_be_spoilt():
    assert {format_of(name) for name in VALID} >= set(FORMATS.values())
    wrappings = (wrapping_of(name) for name in VALID)
    assert {wrapping.kind for wrapping in wrappings if wrapping} == {*ARCHIVES.values(), *CODECS.values()}


@pytest.mark.parametrize("suffix", SUFFIXES)
@FUZZ
@given(content=st.binary(max_size=300))
def test_any_bytes_under_any_suffix(suffix, content):
    _read_without_a_trace(f"a{suffix}", content)


@pytest.mark.parametrize("name", VALID)
@FUZZ
@given(data=st.data())
def test_files_that_are_cut(name, data):
    size = data.draw(st.integers(0, len(VALID[name]) - 1))
    _read_without_a_trace(name, VALID[name][:size])


@pytest.mark.parametrize("name", VALID)
@FUZZ
@given(data=st.data())
def test_files_with_changed_bytes(name, data):
    content = bytearray(VALID[name])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    _read_without_a_trace(name, bytes(content))


@FUZZ
@given(TEXT, st.sampled_from(TEXT_SUFFIXES))
def test_any_text_under_any_suffix(text, suffix):
    _read_without_a_trace(f"a{suffix}", text.encode("utf-8", "surrogatepass"))


def _read_without_a_trace(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        read(name, content, scratch=folder)
        assert list(Path(folder).iterdir()) == []
