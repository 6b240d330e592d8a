"""Counts of the words of a lexicon in the segmented corpus, and their probability, bits, gain and parts.

Counts add up over shards. Their sum weighted by length is the number of characters: a token that is not in
the lexicon (a rare number, say) counts for its characters.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl
import pyarrow as pa

from tasks.lexicon.gain import LN2, gain_of_kept
from tasks.text.characters import StringColumn, blocks, string_array
from tasks.text.ragged import Ragged
from tasks.text.segmentation import Segmentation
from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import NOTHING, UserDictionary
from tasks.unigram.segmenter import UnigramSegmenter, segmenter_of, unit_costs
from tasks.unigram.spelling import cheapest_parts, distinct, spelling_lattice

_UNUSED = 0.5


def word_counts(segmenter: UnigramSegmenter, words: int, texts: StringColumn) -> np.ndarray:
    """Return how often each of the segmenter's words is used in the texts, int64[words]."""
    counts = np.zeros(words, np.int64)
    for _, block in blocks(texts):
        result = segmenter.segment(block)
        counts += np.bincount(result.word[result.word >= 0], minlength=words)
        counts += _spelled(segmenter, result, words)
    return counts


def count_words(
    lexicon: pl.DataFrame,
    sentences: Iterable[StringColumn],
    token_rules: TokenRules,
    dictionary: UserDictionary = NOTHING,
) -> pl.DataFrame:
    """Return the lexicon with the count, probability, bits, gain and parts that the cut corpus shows."""
    return with_counts(lexicon, _uses(lexicon, sentences, token_rules, dictionary))


def recount(
    lexicon: pl.DataFrame,
    sentences: Iterable[StringColumn],
    token_rules: TokenRules,
    dictionary: UserDictionary = NOTHING,
) -> pl.DataFrame:
    """Return the lexicon with the count, gain and parts of the cut corpus, its probabilities as they were."""
    counted = with_counts(lexicon, _uses(lexicon, sentences, token_rules, dictionary))
    return counted.with_columns(lexicon["probability"], lexicon["bits"])


def _uses(
    lexicon: pl.DataFrame,
    sentences: Iterable[StringColumn],
    token_rules: TokenRules,
    dictionary: UserDictionary,
) -> np.ndarray:
    segmenter = segmenter_of(lexicon, token_rules, dictionary)
    counts = np.zeros(lexicon.height, np.int64)
    for texts in sentences:
        counts += word_counts(segmenter, lexicon.height, texts)
    return counts


def with_counts(lexicon: pl.DataFrame, counts: np.ndarray) -> pl.DataFrame:
    """Return the lexicon with new counts [n] and the probability, bits, gain and parts that they imply.

    A word that is never used gets the probability of half a use, so that no text becomes impossible.
    """
    if len(counts) != lexicon.height:
        raise ValueError(f"counts must be one a word, got {len(counts)} for {lexicon.height} words")
    words = string_array(lexicon["word"])
    lengths = lexicon["length"].to_numpy()
    counts = np.asarray(counts, np.int64)
    smoothed = np.maximum(counts, _UNUSED)
    p = smoothed / smoothed.sum()
    parts = cheapest_parts(spelling_lattice(words), unit_costs(np.minimum(np.log(p), 0)))
    held, times = distinct(parts)
    used = np.where(lengths > 1, counts, 0)
    gain = gain_of_kept(used, counts[held.values], held.offsets, float(counts.sum()), times)
    return lexicon.with_columns(
        count=pl.Series(counts),
        probability=pl.Series(p),
        bits=pl.Series(np.abs(np.log(p) / LN2)),
        gain=pl.Series(gain),
        parts=joined_parts(words, parts),
    )


def joined_parts(words: pa.StringArray, parts: Ragged) -> pl.Series:
    """Return the parts of each word, indices of words, joined by spaces; String[n]."""
    lists = pa.LargeListArray.from_arrays(
        pa.array(parts.offsets, pa.int64()), words.take(pa.array(parts.values))
    )
    return pl.Series(lists).list.join(" ")


def _spelled(segmenter: UnigramSegmenter, result: Segmentation, words: int) -> np.ndarray:
    lone = np.flatnonzero((result.word < 0) & (result.end - result.start > 1))
    if not len(lone):
        return np.zeros(words, np.int64)
    texts = Segmentation(
        result.texts, result.sentence_index[lone], result.start[lone], result.end[lone], result.word[lone]
    ).to_arrow()["word"]
    characters = pl.Series(texts).str.split("").explode().value_counts(name="count")
    index = segmenter.indices(string_array(characters[characters.columns[0]]))
    known = index >= 0
    counts = np.zeros(words, np.int64)
    counts[index[known]] = characters["count"].to_numpy()[known]
    return counts
