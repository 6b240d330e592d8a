import numpy as np
import pyarrow as pa
import pytest

from tasks.ngrams.codes import codes_of


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
def test_contexts_are_parted_by_one_zero(sentences, expected):
    codes = codes_of(pa.array(sentences, pa.string()))
    assert codes.dtype == np.int32
    wanted = [0] if expected == [""] else [ord(c) for c in "\0".join(expected)]
    assert codes.tolist() == wanted


def test_every_white_space_character_parts():
    spaces = [chr(c) for c in range(0x110000) if chr(c).isspace()]
    codes = codes_of(pa.array([f"a{space}b" for space in spaces]))
    assert codes.tolist() == [0, *[97, 0, 98, 0] * len(spaces)]


def test_chunks_and_slices_read_alike():
    whole = pa.array(["前", "ab", None, "c d", "后"])
    chunked = pa.chunked_array([whole.slice(0, 2), whole.slice(2, 1), whole.slice(3)])
    assert codes_of(chunked).tolist() == codes_of(whole).tolist()
    assert codes_of(whole.slice(1, 3)).tolist() == [ord(c) for c in "\0ab\0c\0d\0"]
    assert codes_of(whole.cast(pa.large_string())).tolist() == codes_of(whole).tolist()
