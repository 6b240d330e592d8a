import numpy as np
import pyarrow as pa
import pytest

from tasks.text.characters import blocks, column_of, decode, slices, strings

TEXTS = ["", "a", "中文😀", "\x00é\U0010ffff", ""]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@pytest.mark.parametrize("first", [0, 2])
def test_decode_gives_every_code_point(kind, first):
    text = decode(pa.array(TEXTS, kind).slice(first))
    expected = TEXTS[first:]
    assert text.codes.tolist() == [ord(c) for t in expected for c in t]
    assert np.diff(text.offsets).tolist() == [len(t) for t in expected]


@pytest.mark.parametrize("texts", [TEXTS, [], [""]])
def test_strings_and_columns_are_the_way_back(texts):
    column = column_of(texts)
    assert column.equals(pa.array(texts, pa.string()))
    text = decode(column)
    assert strings(text.codes, text.offsets).equals(column)


def test_decode_of_nothing():
    assert decode(pa.array([], pa.string())).offsets.tolist() == [0]


def test_null_sentence_is_refused():
    with pytest.raises(ValueError, match="must not be null, got 1 nulls"):
        decode(pa.array(["a", None]))


def test_other_types_are_refused():
    with pytest.raises(TypeError, match="got int64"):
        list(blocks(pa.array([1])))


def test_slices_are_the_substrings():
    column = pa.array(["x", *TEXTS]).slice(1)
    spans = [(s, i, j) for s, t in enumerate(TEXTS) for i in range(len(t)) for j in (i + 1,)]
    row, start, end = (np.array(c) for c in zip(*spans, strict=True))
    assert slices(column, row, start, end).to_pylist() == [TEXTS[s][i:j] for s, i, j in spans]


@pytest.mark.parametrize("size", [1, 5, 7, 1000])
def test_blocks_cover_every_row_once(size):
    column = pa.chunked_array([pa.array(TEXTS), pa.array([], pa.string()), pa.array(["b" * 20, "", "c"])])
    seen = [(first + i, text) for first, b in blocks(column, size) for i, text in enumerate(b.to_pylist())]
    assert seen == list(enumerate(column.to_pylist()))
