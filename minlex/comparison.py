"""Words that distinguish two corpora."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tasks.evaluation.contrast import contrast, frequent_words, telling_words
from tasks.store.catalog import corpus_frame

if TYPE_CHECKING:
    from minlex.corpus import Corpus

_WORDS = "select word, count from words order by word"
_IN_TEXT = "select gram as word from ngrams where gram in (select unnest($words)) order by gram"


@dataclass(frozen=True)
class Comparison:
    """The words of each group, strongest first, and how many were left out since the other corpus segments them
    differently.

    Columns of `words`: group (new_in_a, more_in_a, more_in_b), word, count_a, count_b, per_million_a,
    per_million_b, log_odds in nats, z.
    """

    words: pl.DataFrame
    left_out: int


def compare(a: "Corpus", b: "Corpus", top: int, min_count: int) -> Comparison:
    """Compare the words of two corpora used at least `min_count` times in both together, `top` of each group."""
    words = [corpus_frame(side.name, side.home, "words", _WORDS) for side in (a, b)]
    measured = frequent_words(contrast(*words), min_count)
    otherwise = {
        word
        for name, side in (("a", a), ("b", b))
        for word in _in_text(side, measured.filter(pl.col(f"count_{name}") == 0)["word"].to_list())
    }
    return Comparison(telling_words(measured, top, otherwise), len(otherwise))


def _in_text(corpus: "Corpus", words: list[str]) -> list[str]:
    return corpus_frame(corpus.name, corpus.home, "ngrams", _IN_TEXT, words=words)["word"].to_list()
