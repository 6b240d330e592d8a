"""The cheapest segmentation under a unigram model: minimise -sum ln p(w) (J. Su, kexue.fm 5476, 2.18-2.19).

    best(i) = min over words w that start at i of -ln p(w) + best(i + |w|),   best(end of run) = 0

Costs are integers, 2^-20 nat a unit, so that sums are exact and ties are ties: among equal costs the fewest
words win, then the longest first word. A character no word covers stands alone at a stated cost that no known
word reaches. White space separates and is never a token; with a `Convention`, runs that are tokens by rule
are kept whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tasks.segment.characters import (
    Characters,
    StringColumn,
    blocks,
    count_characters,
    covering,
    decode,
    slices,
    spans_of,
    string_column,
    utf8_bytes,
)
from tasks.segment.cheapest import Tokens, cut
from tasks.segment.classes import RAW, Convention
from tasks.segment.dictionary import NOTHING, UserDictionary
from tasks.segment.double_array import double_array
from tasks.segment.trie import build_trie, find

UNITS_PER_NAT = 1 << 20
UNKNOWN_MARGIN = 10.0
_MAX_NATS = 1000.0


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


class Segmenter:
    """Cuts text into the words of a list, the likeliest way."""

    def __init__(
        self,
        words: Sequence[str] | pa.StringArray | pa.LargeStringArray,
        log_probabilities: np.ndarray,
        unknown: float | None = None,
        convention: Convention | None = None,
        dictionary: UserDictionary = NOTHING,
    ) -> None:
        log_p = np.asarray(log_probabilities, np.float64)
        if len(words) != len(log_p):
            raise ValueError(
                f"words and log_probabilities must be equally many, got {len(words)} and {len(log_p)}"
            )
        if not np.all((log_p <= 0) & (log_p >= -_MAX_NATS)):
            worst = log_p[~((log_p <= 0) & (log_p >= -_MAX_NATS))][0]
            raise ValueError(f"log probabilities must lie between -{_MAX_NATS:g} and 0, got {worst}")
        lowest = float(log_p.min(initial=0.0))
        self.unknown = lowest - UNKNOWN_MARGIN if unknown is None else float(unknown)
        if len(log_p) and not -2 * _MAX_NATS < self.unknown < lowest:
            raise ValueError(
                f"unknown must be below every word's log probability {lowest}, got {self.unknown}"
            )
        self.convention = RAW if convention is None else convention
        self.dictionary = dictionary
        self.trie = build_trie(words)
        self.costs = np.rint(-log_p * UNITS_PER_NAT).astype(np.int64)
        self._lexicon = double_array(self.trie, self.costs)

    @classmethod
    def of_lexicon(
        cls,
        words: pa.StringArray,
        probabilities: np.ndarray,
        convention: Convention,
        dictionary: UserDictionary = NOTHING,
    ) -> "Segmenter":
        """Return the segmenter of a lexicon's words and their probabilities float64[words], which rounding may lift."""
        log_p = np.minimum(np.log(probabilities), 0.0)
        return cls(words, log_p, convention=convention, dictionary=dictionary)

    def segment(self, texts: StringColumn) -> Segmentation:
        """Cut every sentence of an Arrow string column; ValueError for a null, TypeError for no strings."""
        columns = [utf8_bytes(chunk) for chunk in string_column(texts)]
        tokens = Tokens.room(sum(count_characters(*column) for column in columns))
        written = row = 0
        for data, offsets in columns:
            written += cut(
                data, offsets, self._lexicon, self.unknown_cost, self.convention, self.dictionary, row,
                tokens.part(written),
            )  # fmt: skip
            row += len(offsets) - 1
        return Segmentation(texts, *tokens.part(0, written))

    @property
    def unknown_cost(self) -> int:
        """Cost of a token that is not in the list, 2^-20 nat a unit."""
        return round(-self.unknown * UNITS_PER_NAT)

    def split(self, text: str) -> list[str]:
        """Return the words of one text.

        >>> Segmenter(["中", "外", "中外", "科学"], np.log([0.2, 0.2, 0.2, 0.4])).split("中外科学 中x")
        ['中外', '科学', '中', 'x']
        """
        return self.segment(pa.array([text], pa.string())).words()

    def indices(self, words: pa.StringArray) -> np.ndarray:
        """Return each word's place in the list, -1 for a word that is not in it; int32[n]."""
        return find(self.trie, words)
