"""The default method: a segmenter trained without labels, and the lexicon read off the corpus that it cuts.

A seeded sample of the sentences trains the segmenter (see alternation in tasks.segment), the trained model
cuts the whole corpus, and its words are the candidates: they stay unless their parts explain them.
"""

from collections.abc import Callable

import numpy as np
import polars as pl
import pyarrow as pa

from tasks.crf.pieces import pieces_of
from tasks.crf.vectors import gram_vectors
from tasks.lexicon.counts import string_array
from tasks.lexicon.four_step import FourStep
from tasks.lexicon.judge import DECISION_COLUMNS, evidence, judge
from tasks.segment.alternation import MAX_ROUNDS, alternate
from tasks.segment.characters import StringColumn, blocks, decode
from tasks.segment.classes import Convention
from tasks.segment.em import Expect, fit_unigram
from tasks.segment.grams import mined_runs
from tasks.segment.model import Model
from tasks.segment.modelling import model_of

EM_ITERATIONS = 10
UNUSED_SHARE = 0.01
_LEAST_COUNT = 2
VECTOR_DIMENSIONS, LEAST_VECTOR = 32, 5


def train_model(
    texts: StringColumn,
    convention: Convention,
    *,
    seed: int = 0,
    max_rounds: int = MAX_ROUNDS,
    workers: int = 2,
    time_is_up: Callable[[], bool] = lambda: False,
    round_ended: Callable[[], None] = lambda: None,
) -> Model:
    """Train the segmenter on sentences; `workers` threads never change the result."""
    chunks = [block for _, block in blocks(texts)]
    column = pa.concat_arrays(chunks) if chunks else pa.array([], pa.string())
    text = decode(column)
    mined = mined_runs(text, convention)
    vectors = gram_vectors(pieces_of(text), VECTOR_DIMENSIONS, LEAST_VECTOR)
    found = alternate(
        mined, vectors=vectors, seed=seed, max_rounds=max_rounds, workers=workers, watch=lambda *_: round_ended(),
        time_is_up=time_is_up,
    )  # fmt: skip
    return model_of(mined, found, convention, seed)


def fit_probabilities(lexicon: pl.DataFrame, expect: Expect) -> pl.DataFrame:
    """Return the lexicon with probabilities and bits fitted by EM to a text, given by its E-step."""
    p = refit(expect, lexicon["probability"].to_numpy())
    return lexicon.with_columns(probability=pl.Series(p), bits=pl.Series(np.abs(np.log2(p))))


def refit(expect: Expect, start: np.ndarray) -> np.ndarray:
    """Return probabilities float64[words] fitted by EM from a start that sums to one.

    What the text never uses keeps a part of what it had, so that no text becomes impossible.
    """
    fitted = fit_unigram(expect, start, iterations=EM_ITERATIONS).probabilities
    p = (1 - UNUSED_SHARE) * fitted + UNUSED_SHARE * start
    return p / p.sum()


def read_off(ngrams: pl.DataFrame, counts: pl.DataFrame, convention: Convention) -> FourStep:
    """Judge the words of a segmented corpus by their counts; return the lexicon and all decisions."""
    listed = counts.rename({"word": "candidate"}).with_columns(
        length=pl.col("candidate").str.len_chars().cast(pl.Int64)
    )
    frequent = listed.filter((pl.col("length") > 1) & (pl.col("count") >= _LEAST_COUNT))
    spelled = listed["candidate"].str.split("").explode()
    characters = pl.concat([spelled, ngrams.filter(pl.col("length") == 1)["gram"]])
    single = (
        pl.DataFrame({"candidate": characters.unique().drop_nulls()})
        .filter(pl.col("candidate") != "")
        .join(listed.select("candidate", "count"), on="candidate", how="left")
        .with_columns(pl.col("count").fill_null(0), length=pl.lit(1, pl.Int64))
    )
    words = pl.concat([single, frequent.select(single.columns)])
    known = evidence(ngrams)
    lexicon, judged = judge(words.with_columns(rule=_by_rule(words["candidate"], convention)), known)
    rare = listed.filter((pl.col("length") > 1) & (pl.col("count") < _LEAST_COUNT))
    dropped = (
        rare.sort("length", "candidate")
        .join(known.select("candidate", "pmi"), on="candidate", how="left", maintain_order="left")
        .with_columns(
            kept=pl.lit(False),
            step=pl.lit("truncate"),
            reason=pl.lit("too_rare"),
            detail=pl.lit("found once: no evidence that it is a word"),
            gain=pl.lit(None, pl.Float64),
            parts=pl.col("candidate").str.split("").list.join(" "),
            parts_advantage=pl.lit(None, pl.Float64),
        )
    )
    return FourStep(lexicon, pl.concat([dropped.select(DECISION_COLUMNS), judged]), convention)


def _by_rule(words: pl.Series, convention: Convention) -> pl.Series:
    text = decode(string_array(words))
    return pl.Series("rule", ~convention.mines(text.codes[text.offsets[:-1]]))
