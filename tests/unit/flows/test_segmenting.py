import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.segmenting import LINES_A_BLOCK, answer, published_segmenter, segment_lines
from tasks.errors import InputError
from tasks.segment.classes import Convention
from tasks.segment.viterbi import Segmenter
from tests import tiny_corpus

WORDS = ["中外", "科学", "名著", "。", "中", "外", "科", "学"]
SEGMENTER = Segmenter(WORDS, np.log(np.full(8, 1 / 8)), convention=Convention())

ALPHABET = "中外科学名著。aB1 　\t\0\u2028\x85\udc80\ud800𠀀é—%\r\ufeff"
bodies = st.one_of(
    st.text(ALPHABET, max_size=12), st.text(max_size=6).map(lambda text: text.replace("\n", ""))
)
ends = st.sampled_from(["\n", "\r\n", "", "\r\r\n"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(bodies, ends).map("".join), max_size=6))
def test_output_spells_the_input(lines):
    cut = [answer(SEGMENTER, [line], 0) for line in lines]
    assert answer(SEGMENTER, lines, 0) == "".join(cut)
    assert [line.replace(" ", "") for line in cut] == [line.replace(" ", "") for line in lines]
    for line, out in zip(lines, cut, strict=True):
        end = line[len(line.rstrip("\r\n")) :]
        body = out.removesuffix(end)
        assert out.endswith(end)
        assert "  " not in body
        assert body == body.strip(" ")


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
        ("中外\udc80科学\n", "中外 \udc80 科学\n"),
        ("中外\u2028科学\n", "中外 \u2028 科学\n"),
        ("新词\n", "新 词\n"),
        ("it's 12.5%中外\n", "it's 12.5% 中外\n"),
    ],
)
def test_line_is_cut_into_words(line, expected):
    assert answer(SEGMENTER, [line], 0) == expected


def test_no_lines_are_no_lines():
    assert answer(SEGMENTER, [], 0) == ""


def segmented(home, data, encoding="utf-8", file=None):
    sink = io.BytesIO()
    segment_lines("tiny", str(home), None, file, encoding, io.BytesIO(data), sink)
    return sink.getvalue()


def test_standard_input_is_cut_with_the_published_lexicon(published_home):
    assert (
        segmented(published_home, "中外科学名著\n\n名著。".encode()) == "中外 科学 名著\n\n名著 。".encode()
    )


def test_a_file_is_read_in_its_encoding(published_home, tmp_path):
    file = tmp_path / "text.txt"
    file.write_bytes("中外科学\r\n名著".encode("gb18030"))
    assert segmented(published_home, b"", "gb18030", file) == "中外 科学\r\n名著".encode()


def test_lines_of_several_blocks_keep_their_order(published_home):
    lines = [f"科学{number}" for number in range(2 * LINES_A_BLOCK + 3)]
    cut = segmented(published_home, "\n".join(lines).encode()).decode().split("\n")
    assert cut == [f"科学 {number}" for number in range(len(lines))]


def test_lines_end_at_line_feeds_alone(published_home):
    assert segmented(published_home, "科学\r名著\x0b科学\u2028名著\n".encode()).count(b"\n") == 1


@pytest.mark.parametrize(
    ("data", "encoding", "error"),
    [
        (b"\xd6\xd0", "utf-8", "standard input is not utf-8 after line 0: "),
        (b"abc\n", "utf-16", "standard input is not utf-16 after line 0: "),
        (b"", "utf-9", "encoding must be one Python knows, such as gb18030; got 'utf-9'"),
        (b"", "rot13", "encoding must be one Python knows, such as gb18030; got 'rot13'"),
        (b"", "hex", "encoding must be one Python knows, such as gb18030; got 'hex'"),
        (b"", "a\0b", "encoding must be one Python knows, such as gb18030; got 'a\\x00b'"),
    ],
)
def test_text_that_cannot_be_decoded_is_refused(published_home, data, encoding, error):
    with pytest.raises(InputError) as caught:
        segmented(published_home, data, encoding)
    assert str(caught.value).startswith(error)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(published_home, tmp_path):
    missing = tmp_path / "none.txt"
    with pytest.raises(InputError, match="No such file or directory") as caught:
        segmented(published_home, b"", file=missing)
    assert repr(str(missing)) in str(caught.value)


def test_a_corpus_without_a_lexicon_is_refused_naming_those_there_are(published_home):
    tiny_corpus.publish(published_home, "other", {"words": []})
    with pytest.raises(InputError, match=r"must be one mined below .*: other, tiny; got 'news'"):
        published_segmenter("news", str(published_home), None)
    with pytest.raises(InputError, match="corpus 'other' has no lexicon yet; mine it to the end first"):
        published_segmenter("other", str(published_home), None)
    with pytest.raises(InputError, match=r"got '\.\./tiny'"):
        published_segmenter("../tiny", str(published_home), None)
