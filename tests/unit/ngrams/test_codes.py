import numpy as np
import pyarrow as pa
import pytest

from tasks.ngrams.alphabet import alphabet_of
from tasks.ngrams.codes import Encoder
from tasks.ngrams.count import count_windows
from tests.unit.ngrams.samples import encode


def decode(codes, alphabet):
    """Return the text with U+0000 for edges."""
    points = alphabet.spelling.words[0] >> 42
    return "".join(map(chr, points[alphabet.ranks[codes]].tolist()))


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        ([], [""]),
        (["", None, ""], [""]),
        (["ab", "", "c"], ["", "ab", "c", ""]),
        (["a  b\u3000\tc "], ["", "a", "b", "c", ""]),
        (["é人😀\U0010ffff"], ["", "é人😀\U0010ffff", ""]),
        (["a\u0000b"], ["", "a", "b", ""]),
    ],
)
def test_contexts_are_separated_by_one_zero(sentences, expected):
    codes, alphabet = encode(pa.array(sentences, pa.string()))
    assert codes.dtype == np.uint16
    assert decode(codes, alphabet) == ("\0" if expected == [""] else "\0".join(expected))


def test_every_white_space_character_separates():
    spaces = [chr(c) for c in range(0x110000) if chr(c).isspace()]
    codes, alphabet = encode(pa.array([f"a{space}b" for space in spaces]))
    assert decode(codes, alphabet) == "\0" + "a\0b\0" * len(spaces)


def test_slices_and_wide_offsets_read_alike():
    whole = pa.array(["前", "ab", None, "c d", "后"])
    assert decode(*encode(whole.slice(1, 3))) == "\0ab\0c\0d\0"
    assert decode(*encode(whole.cast(pa.large_string()))) == decode(*encode(whole))


@pytest.mark.parametrize("threads", [1, 2, 9])
def test_columns_are_read_one_after_the_other_and_tallied(threads):
    columns = [pa.array(["前", "a b"]), pa.array([None, ""]), pa.array(["c", "后😀", "aa"])]
    encoder = Encoder(100)
    for text in ("ignored", "前"):
        encoder.add(pa.array([text]))
        encoder.finish()
    for column in columns:
        encoder.add(column)
    codes, alphabet = encoder.finish(threads)
    text = decode(codes, alphabet)
    assert text == "\0前\0a\0b\0c\0后😀\0aa\0"
    ranked = "\0" + "".join(sorted(set(text) - {"\0"}))
    assert [ranked[rank] for rank in alphabet.ranks[codes]] == list(text)
    assert alphabet.edges[0] == 0
    assert alphabet.edges[-1] == len(text)
    for begin, end, tally in zip(alphabet.edges, alphabet.edges[1:], alphabet.tallies, strict=False):
        assert tally[1:].tolist() == [text[begin:end].count(letter) for letter in ranked[1:]]


def test_more_characters_than_two_bytes_number_make_the_codes_wider():
    letters = [chr(c) for c in range(0x10000, 0x10000 + 70_000)]
    sentences = ["".join(letters[i : i + 700]) for i in range(0, 70_000, 700)] + ["".join(letters[-3:]) * 2]
    codes, alphabet = encode(pa.array(sentences))
    text = "\0" + "".join(sentence + "\0" for sentence in sentences)
    assert codes.dtype == np.int32
    assert decode(codes, alphabet) == text
    assert alphabet.tallies[:, 1:].sum(axis=0).tolist() == [1] * 69_997 + [3] * 3
    points = np.array([ord(c) for c in text], dtype=np.int32)
    wanted = alphabet_of(points)
    assert alphabet.tallies[:, 1:].sum(axis=0).tolist() == wanted.tallies[0, 1:].tolist()
    ours, theirs = (list(count_windows(*given)) for given in ((codes, 3, 2, alphabet), (points, 3, 2)))
    for a, b in zip(ours, theirs, strict=True):
        assert np.array_equal(a.words, b.words)
        assert np.array_equal(a.count, b.count)
        assert np.array_equal(a.starts, b.starts)
