"""Text cut line by line: the same bytes as the plain way gives, whatever the text, its blocks and the workers."""

import io
import os
import select
import threading
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.commands.line_blocks import Source
from flows.commands.segment_lines import answer, published_segmenter, segment_lines
from tasks.errors import InputError
from tasks.text.token_rules import RAW, TokenRules
from tasks.text.user_dictionary import UserDictionary
from tasks.unigram.segmenter import UnigramSegmenter
from tests import tiny_corpus
from tests.unit.flows.line_by_line import cut_lines
from tests.unit.self_training.test_segmenter import train

WORDS = ["中外", "科学", "名著", "。", "中", "外", "科", "学"]
SEGMENTER = UnigramSegmenter(WORDS, np.log(np.full(8, 1 / 8)), token_rules=TokenRules())


@cache
def segmenter_called(which):
    log_p = np.log(np.full(8, 1 / 8))
    if which == "trained":
        return train()[1]
    if which == "forced":
        forced = UserDictionary.of(["学名", "aB"], ["中外"], "著")
        return UnigramSegmenter(WORDS, log_p, token_rules=TokenRules(), dictionary=forced)
    return UnigramSegmenter(WORDS, log_p, token_rules=RAW if which == "raw" else TokenRules())


ALPHABET = "中外科学名著。aB1 　\t\0\u2028\x85𠀀é—%\r\ufeff"
bodies = st.one_of(
    st.text(ALPHABET, max_size=12), st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
)
ends = st.sampled_from(["\n", "\r\n", "", "\r\r\n", "\n\n"])
texts = st.lists(st.tuples(bodies, ends).map("".join), max_size=6).map("".join)


def segmented(segmenter, data, encoding="utf-8", file=None, workers=1):
    sink = io.BytesIO()
    source = Source(file=file, piped=io.BytesIO(data), encoding=encoding)
    segment_lines(segmenter, source, sink, workers=workers)
    return sink.getvalue()


@pytest.mark.parametrize("which", ["lexicon", "raw", "forced", "trained"])
@settings(max_examples=150, deadline=None)
@given(text=texts)
def test_every_text_is_cut_as_line_by_line(which, text):
    segmenter = segmenter_called(which)
    assert segmented(segmenter, text.encode()) == cut_lines(segmenter, text.encode())


@settings(max_examples=100, deadline=None)
@given(text=texts, encoding=st.sampled_from(["gb18030", "utf-16", "utf-8-sig", "utf-7", "utf-32-be"]))
def test_text_in_another_encoding_is_written_in_utf_8(text, encoding):
    data = text.encode(encoding)
    assert segmented(SEGMENTER, data, encoding) == cut_lines(SEGMENTER, data, encoding)


@settings(max_examples=100, deadline=None)
@given(
    data=st.one_of(st.binary(max_size=40), texts.map(str.encode), texts.map(lambda t: t.encode("gb18030"))),
    broken=st.integers(0, 40),
    encoding=st.sampled_from(["utf-8", "gb18030", "utf-16", "ascii", "hz", "utf-7", "raw_unicode_escape"]),
)
def test_bytes_that_are_no_text_come_after_the_lines_before_them(data, broken, encoding):
    data = data[:broken] + b"\xff" + data[broken:]
    try:
        expected = cut_lines(SEGMENTER, data, encoding)
    except UnicodeError:
        sink = io.BytesIO()
        with pytest.raises(InputError, match=f"is not {encoding} after line ") as caught:
            segment_lines(SEGMENTER, Source(piped=io.BytesIO(data), encoding=encoding), sink)
        lines = int(str(caught.value).split("after line ")[1].split(":")[0])
        assert sink.getvalue().count(b"\n") == lines
        assert not sink.getvalue() or sink.getvalue().endswith(b"\n")
    else:
        assert segmented(SEGMENTER, data, encoding) == expected


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
def test_blocks_and_workers_never_show(monkeypatch, workers, size):
    text = "".join(f"中外科学{n}名著 \t。\n" * (n % 3) + "\r\n" * (n % 2) for n in range(200)) + "科学"
    monkeypatch.setattr("flows.commands.segment_lines.BLOCK_BYTES", size)
    monkeypatch.setattr("flows.commands.segment_lines.LEAST_BYTES", 1)
    expected = cut_lines(SEGMENTER, text.encode())
    assert segmented(SEGMENTER, text.encode(), workers=workers) == expected


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_line_of_many_blocks_is_one_line(monkeypatch, workers, encoding):
    monkeypatch.setattr("flows.commands.segment_lines.BLOCK_BYTES", 100)
    monkeypatch.setattr("flows.commands.segment_lines.LEAST_BYTES", 1)
    text = "名著\n" + "科学中外" * 5_000 + "\n名著"
    cut = segmented(SEGMENTER, text.encode(encoding), encoding, workers=workers)
    assert cut == f"名著\n{' '.join(['科学', '中外'] * 5_000)}\n名著".encode()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_line_is_answered_before_the_next_one_comes(encoding):
    given_to, taken_from = os.pipe(), os.pipe()

    def cut():
        with os.fdopen(given_to[0], "rb") as piped, os.fdopen(taken_from[1], "wb") as sink:
            segment_lines(SEGMENTER, Source(piped=piped, encoding=encoding), sink)

    def answered():
        assert select.select([taken_from[0]], [], [], 20)[0], "nothing is answered"
        return os.read(taken_from[0], 100)

    threading.Thread(target=cut, daemon=True).start()
    for line in ("中外科学\n", "名著\n\n"):
        # a line of which only a part has come is waited for
        os.write(given_to[1], line[:2].encode(encoding))
        os.write(given_to[1], line[2:].encode(encoding))
        expected = cut_lines(SEGMENTER, line.encode())
        got = b""
        while len(got) < len(expected):
            got += answered()
        assert got == expected
    os.write(given_to[1], "科学".encode(encoding))
    os.close(given_to[1])
    assert answered() == "科学".encode()
    os.close(taken_from[0])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("中外科学名著\n", "中外 科学 名著\n"),
        ("中外科学\r\n", "中外 科学\r\n"),
        ("中外科学", "中外 科学"),
        ("\n", "\n"),
        ("", ""),
        ("   \n", "\n"),
        ("中外  科学 \n", "中外 科学\n"),
        ("科 学\n", "科 学\n"),
        ("中外\u3000科学\n", "中外 \u3000 科学\n"),
        ("中外\t科学\n", "中外 \t 科学\n"),
        ("\t\t\n", "\t \t\n"),
        ("中外\0科学\n", "中外 \0 科学\n"),
        ("中外\u2028科学\n", "中外 \u2028 科学\n"),
        ("新词\n", "新 词\n"),
        ("it's 12.5%中外\n", "it's 12.5% 中外\n"),
    ],
)
def test_line_is_cut_into_words(line, expected):
    assert answer(SEGMENTER, line.encode()).decode() == expected


def test_no_lines_are_no_lines():
    assert answer(SEGMENTER, b"") == b""


def test_standard_input_is_cut_with_the_published_lexicon(published_home):
    segmenter = published_segmenter("tiny", str(published_home), None)
    assert segmented(segmenter, "中外科学名著\n\n名著。".encode()) == "中外 科学 名著\n\n名著 。".encode()


def test_a_file_is_read_in_its_encoding(tmp_path):
    file = tmp_path / "text.txt"
    file.write_bytes("中外科学\r\n名著".encode("gb18030"))
    assert segmented(SEGMENTER, b"", "gb18030", file) == "中外 科学\r\n名著".encode()


def test_lines_end_at_line_feeds_alone():
    assert segmented(SEGMENTER, "科学\r名著\x0b科学\u2028名著\n".encode()).count(b"\n") == 1


@pytest.mark.parametrize(
    ("data", "encoding", "error"),
    [
        (b"\xd6\xd0", "utf-8", "standard input is not utf-8 after line 0: "),
        ("我们\n".encode() + b"\xe6\x88\n", "utf-8", "standard input is not utf-8 after line 1: "),
        (b"abc\n", "utf-16", "standard input is not utf-16 after line 0: "),
        (b"\n\\udc80\n", "raw_unicode_escape", "standard input is not raw_unicode_escape after line 1: "),
        (b"", "utf-9", "encoding must be one Python knows, such as gb18030; got 'utf-9'"),
        (b"", "rot13", "encoding must be one Python knows, such as gb18030; got 'rot13'"),
        (b"", "hex", "encoding must be one Python knows, such as gb18030; got 'hex'"),
        (b"", "a\0b", "encoding must be one Python knows, such as gb18030; got 'a\\x00b'"),
    ],
)
def test_text_that_cannot_be_decoded_is_refused(data, encoding, error):
    with pytest.raises(InputError) as caught:
        segmented(SEGMENTER, data, encoding)
    assert str(caught.value).startswith(error)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    missing = tmp_path / "none.txt"
    with pytest.raises(InputError, match="No such file or directory") as caught:
        segmented(SEGMENTER, b"", file=missing)
    assert repr(str(missing)) in str(caught.value)


def test_a_corpus_without_a_lexicon_is_refused_naming_those_there_are(published_home):
    tiny_corpus.publish(published_home, "other", {"words": []})
    with pytest.raises(InputError, match=r"must be one mined below .*: other, tiny; got 'news'"):
        published_segmenter("news", str(published_home), None)
    with pytest.raises(InputError, match="corpus 'other' has no lexicon yet; mine it to the end first"):
        published_segmenter("other", str(published_home), None)
    with pytest.raises(InputError, match=r"got '\.\./tiny'"):
        published_segmenter("../tiny", str(published_home), None)
