import numpy as np
import pyarrow as pa
import pytest

from tasks.segment.joining import join_words
from tasks.text.segmentation import Segmentation
from tasks.unigram.segmenter import UnigramSegmenter

SEGMENTER = UnigramSegmenter(["中外", "科学", "é", "😀😀"], np.log(np.full(4, 0.25)))


def test_words_are_joined_whether_their_sizes_are_known_or_not():
    lines = pa.array(["x", "中外 科学\r\n", "\n", " 中\t😀😀é \u3000\n", "", "科学"], pa.large_string())
    for column in (lines, lines.slice(1)):
        cut = SEGMENTER.segment(column)
        unsized = Segmentation(column, cut.sentence_index, cut.start, cut.end, cut.word)
        joined = "中外 科学\r\n\n中 \t 😀😀 é \u3000\n科学"
        expected = joined if len(column) == 5 else "x" + joined
        assert cut.byte_length is not None
        assert join_words(cut).tobytes().decode() == expected
        assert join_words(unsized).tobytes().decode() == expected


def test_lines_in_several_chunks_are_refused():
    lines = pa.chunked_array([["中"], ["外"]])
    with pytest.raises(ValueError, match="one chunk, got 2"):
        join_words(SEGMENTER.segment(lines))
