"""Documents as tokens: words, and each character of white space by itself."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from tasks.text.characters import StringColumn, blocks, decode, slices
from tasks.text.token_rules import SPACE, class_table

LONGEST = 16


@dataclass(frozen=True)
class Cut:
    """Documents as tokens string[n], none longer than `longest`: document d is tokens[offsets[d] : offsets[d + 1]].

    offsets int64[documents + 1].
    """

    tokens: pa.StringArray
    offsets: np.ndarray
    longest: int

    @classmethod
    def of(cls, texts: StringColumn, words: StringColumn, longest: int = LONGEST) -> "Cut":
        """Return documents cut into these words, which are all their words in order; longer ones are cut again.

        ValueError when the words are not as many characters as stand between the documents' white space.
        """
        column = pa.concat_arrays([block for _, block in blocks(texts)])
        text = decode(column)
        blank = class_table()[text.codes] == SPACE
        lengths = pc.utf8_length(words).to_numpy().astype(np.int64)
        shown = np.flatnonzero(~blank)
        if lengths.sum() != len(shown):
            raise ValueError(
                f"words must have the {len(shown)} characters of their documents, got {lengths.sum()}"
            )
        begins = blank.copy()
        begins[1:] |= blank[:-1]
        begins[text.offsets[:-1][np.diff(text.offsets) > 0]] = True
        begins[shown[np.cumsum(lengths) - lengths]] = True
        begin = np.flatnonzero(begins)
        inside = np.arange(len(begins)) - np.repeat(begin, np.diff(begin, append=len(begins)))
        begin = np.flatnonzero(inside % longest == 0)
        end = np.append(begin[1:], len(begins))[: len(begin)]
        row = np.searchsorted(text.offsets, begin, "right") - 1
        first = text.offsets[row]
        tokens = slices(column, row, begin - first, end - first)
        return cls(tokens, np.searchsorted(begin, text.offsets).astype(np.int64), longest)

    @property
    def has_words(self) -> bool:
        """Whether there is a token that is no white space."""
        return bool((class_table()[decode(self.tokens).codes] != SPACE).any())

    def of_documents(self, chosen: np.ndarray) -> "Cut":
        """Return the documents that bool[documents] says."""
        sizes = np.diff(self.offsets)
        kept = self.tokens.filter(pa.array(np.repeat(chosen, sizes)))
        return Cut(kept, np.concatenate([[0], np.cumsum(sizes[chosen])]), self.longest)


def uses_of(words: StringColumn) -> pl.DataFrame:
    """Return how often each word is used (word, count), in the order of their code points."""
    counted = pl.Series("word", words, dtype=pl.String).value_counts(name="count")
    return counted.with_columns(pl.col("count").cast(pl.Int64)).sort("word")
