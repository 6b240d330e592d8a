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


def test_slices_and_wide_offsets_read_alike():
    whole = pa.array(["前", "ab", None, "c d", "后"])
    assert codes_of(whole.slice(1, 3)).tolist() == [ord(c) for c in "\0ab\0c\0d\0"]
    assert codes_of(whole.cast(pa.large_string())).tolist() == codes_of(whole).tolist()


def test_columns_are_read_one_after_the_other_into_one_array():
    columns = [pa.array(["前", "a b"]), pa.array([None, ""]), pa.array(["c", "后😀"])]
    codes = np.zeros(100, np.int32)
    size = 1
    for column in columns:
        size += len(codes_of(column, codes[size - 1 : size + column.nbytes])) - 1
    assert codes[:size].tolist() == codes_of(pa.concat_arrays(columns)).tolist()
