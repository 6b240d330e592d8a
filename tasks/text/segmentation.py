"""Segmentations, and the protocols of segmenters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pyarrow as pa

from tasks.text.characters import (
    Characters,
    StringColumn,
    blocks,
    covering,
    decode,
    slices,
    spans_of,
)


@dataclass(frozen=True)
class Segmentation:
    """Tokens in order: sentence_index int64[n], start and end int32[n] in code points, word int32[n].

    `word` is the token's place in the segmenter's word list, -1 for a token that is not in it; `byte_length`, int32[n]
    when known, is its length in UTF-8.
    """

    texts: pa.Array | pa.ChunkedArray
    sentence_index: np.ndarray
    start: np.ndarray
    end: np.ndarray
    word: np.ndarray
    byte_length: np.ndarray | None = None

    @classmethod
    def by_beginnings(
        cls, texts: StringColumn, begin: Callable[[Characters], tuple[np.ndarray, np.ndarray]]
    ) -> "Segmentation":
        """Cut texts block by block where `begin` says: (begins, visible), bool[n] each, as `spans_of` takes them."""
        rows, starts, ends = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
        for first, block in blocks(texts):
            text = decode(block)
            row, start, end = spans_of(text, *begin(text))
            rows.append(row + first)
            starts.append(start)
            ends.append(end)
        word = np.full(sum(map(len, starts)), -1, np.int32)
        return cls(texts, np.concatenate(rows), np.concatenate(starts), np.concatenate(ends), word)

    def words(self) -> list[str]:
        """Return the tokens as strings."""
        return self.to_arrow()["word"].to_pylist()

    def to_arrow(self) -> pa.Table:
        """Return the tokens as a table (row int64, start int64, word string)."""
        pieces = []
        for first, block in blocks(self.texts):
            low, high = np.searchsorted(self.sentence_index, (first, first + len(block)))
            whole = None if self.byte_length is None else covering(block, self.byte_length[low:high])
            if whole is None:
                rows = self.sentence_index[low:high] - first
                whole = slices(block, rows, self.start[low:high], self.end[low:high])
            pieces.append(whole)
        return pa.table(
            {
                "row": pa.array(self.sentence_index),
                "start": pa.array(self.start.astype(np.int64)),
                "word": pa.chunked_array(pieces, pa.string()),
            }
        )


class Segmenter(Protocol):
    """Anything that cuts a column of sentences into words."""

    def segment(self, texts: StringColumn) -> Segmentation:
        """Cut every sentence of an Arrow string column."""


@runtime_checkable
class BoundaryScorer(Protocol):
    """A segmenter that gives the probability of a word boundary at each character."""

    def boundary_probabilities(self, texts: StringColumn) -> tuple[np.ndarray, np.ndarray]:
        """Return float[n] probabilities and int64[sentences + 1] offsets."""
