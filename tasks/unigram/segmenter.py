"""The cheapest segmentation under a unigram model: minimise -sum ln p(w) (J. Su, kexue.fm 5476, 2.18-2.19).

    best(i) = min over words w that start at i of -ln p(w) + best(i + |w|),   best(end of run) = 0

Costs are integers, 2^-20 nat a unit, so that sums are exact and ties are ties: among equal costs the fewest
words win, then the longest first word. A character no word covers stands alone at a stated cost that no known
word reaches. White space separates and is never a token; with a `TokenRules`, runs that are tokens by rule
are kept whole.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from tasks.store.datasets import Dataset, Store
from tasks.text.characters import (
    StringColumn,
    count_characters,
    string_array,
    string_column,
    utf8_bytes,
)
from tasks.text.ragged import Ragged
from tasks.text.segmentation import Segmentation
from tasks.text.token_rules import RAW, TokenRules
from tasks.text.trie import build_trie, find
from tasks.text.user_dictionary import NOTHING, UserDictionary
from tasks.unigram.double_array import double_array
from tasks.unigram.viterbi import Tokens, segment

if TYPE_CHECKING:
    import polars as pl

UNITS_PER_NAT = 1 << 20
UNKNOWN_MARGIN = 10.0
_MAX_NATS = 1000.0


class UnigramSegmenter:
    """Segments text into the words of a list, the likeliest way."""

    def __init__(
        self,
        words: Sequence[str] | pa.StringArray | pa.LargeStringArray,
        log_probabilities: np.ndarray,
        unknown: float | None = None,
        token_rules: TokenRules | None = None,
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
        self.token_rules = RAW if token_rules is None else token_rules
        self.dictionary = dictionary
        self.trie = build_trie(words)
        self.costs = unit_costs(log_p)
        self._lexicon = double_array(self.trie, self.costs)

    @classmethod
    def of_lexicon(
        cls,
        words: pa.StringArray,
        probabilities: np.ndarray,
        token_rules: TokenRules,
        dictionary: UserDictionary = NOTHING,
    ) -> "UnigramSegmenter":
        """Return the segmenter of a lexicon's words and their probabilities float64[words], which rounding may lift."""
        log_p = np.minimum(np.log(probabilities), 0.0)
        return cls(words, log_p, token_rules=token_rules, dictionary=dictionary)

    def segment(self, texts: StringColumn) -> Segmentation:
        """Cut every sentence of an Arrow string column; ValueError for a null, TypeError for no strings."""
        columns = [Ragged(*utf8_bytes(chunk)) for chunk in string_column(texts)]
        tokens = Tokens.room(sum(count_characters(*column) for column in columns))
        written = row = 0
        for column in columns:
            written += segment(
                column, self._lexicon, self.unknown_cost, self.token_rules, self.dictionary, row,
                tokens.part(written),
            )  # fmt: skip
            row += len(column.offsets) - 1
        return Segmentation(texts, *tokens.part(0, written))

    def spans(self, text: str) -> tuple[list[int], list[int]]:
        """Return where the words of one text begin and end, in code points; the fastest way for a short one.

        UnicodeEncodeError for a lone surrogate.
        """
        data = np.frombuffer(text.encode(), np.uint8)
        tokens = Tokens.room(len(text))
        sentence = Ragged(data, np.array([0, len(data)]))
        written = segment(
            sentence, self._lexicon, self.unknown_cost, self.token_rules, self.dictionary, 0, tokens
        )  # fmt: skip
        return tokens.start[:written].tolist(), tokens.end[:written].tolist()

    @property
    def unknown_cost(self) -> int:
        """Cost of a token that is not in the list, 2^-20 nat a unit."""
        return round(-self.unknown * UNITS_PER_NAT)

    def split(self, text: str) -> list[str]:
        """Return the words of one text.

        >>> UnigramSegmenter(["中", "外", "中外", "科学"], np.log([0.2, 0.2, 0.2, 0.4])).split("中外科学 中x")
        ['中外', '科学', '中', 'x']
        """
        return self.segment(pa.array([text], pa.string())).words()

    def indices(self, words: pa.StringArray) -> np.ndarray:
        """Return the index of each word in the list, -1 for a word that is not in it; int32[n]."""
        return find(self.trie, words)


def unit_costs(log_p: np.ndarray) -> np.ndarray:
    """Return the integer costs int64[n] of logarithms of probabilities, 2^-20 nat a unit."""
    return np.rint(-log_p * UNITS_PER_NAT).astype(np.int64)


def segmenter_of(
    lexicon: "pl.DataFrame", token_rules: TokenRules, dictionary: UserDictionary = NOTHING
) -> UnigramSegmenter:
    """Return the segmenter of a lexicon (columns word, probability) under token rules."""
    probabilities = lexicon["probability"].to_numpy()
    return UnigramSegmenter.of_lexicon(string_array(lexicon["word"]), probabilities, token_rules, dictionary)


def load_lexicon(
    store: Store, lexicon: Dataset, token_rules: TokenRules, dictionary: UserDictionary
) -> UnigramSegmenter:
    """Return the segmenter of a run of the table `lexicon`: its words and their probabilities."""
    columns = store.read(lexicon, ["word", "probability"])
    words, probabilities = (columns[name].combine_chunks() for name in ("word", "probability"))
    # to_numpy would load Pandas
    return UnigramSegmenter.of_lexicon(words, np.from_dlpack(probabilities), token_rules, dictionary)
