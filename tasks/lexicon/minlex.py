"""The default method: a segmenter trained without labels, and the lexicon read off the corpus that it cuts.

A seeded sample of the sentences within a budget of characters trains the segmenter (see alternation in
tasks.segment), the trained model cuts the whole corpus, and its words are the candidates: they stay unless
their parts explain them.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl
import pyarrow as pa

from tasks.lexicon.counts import string_array
from tasks.lexicon.four_step import FourStep
from tasks.lexicon.judge import DECISION_COLUMNS, evidence, judge
from tasks.segment.alternation import alternate
from tasks.segment.characters import StringColumn, blocks, decode
from tasks.segment.classes import LATIN, Convention, class_table
from tasks.segment.grams import mined_runs
from tasks.segment.model import Model, model_of

BUDGET = 4_000_000
_LEAST_COUNT = 2


def sample_sentences(texts: StringColumn, budget: int, seed: int) -> pa.Array:
    """Return sentences drawn without replacement, in their order, until they hold `budget` characters."""
    chunks = [block for _, block in blocks(texts)]
    column = pa.concat_arrays(chunks) if chunks else pa.array([], pa.string())
    length = np.diff(decode(column).offsets)
    order = np.random.default_rng(seed).permutation(len(column))
    drawn = order[: int(np.searchsorted(np.cumsum(length[order]), budget, "right"))]
    if not len(drawn):
        drawn = order[:1]
    return column if len(drawn) == len(column) else column.take(pa.array(np.sort(drawn)))


def train_model(
    texts: StringColumn, convention: Convention, *, seed: int = 0, budget: int = BUDGET, workers: int = 2
) -> Model:
    """Train the segmenter on a sample of sentences; `workers` threads never change the result."""
    mined = mined_runs(decode(sample_sentences(texts, budget, seed)), convention)
    return model_of(mined, alternate(mined, seed=seed, workers=workers), convention, seed)


def token_counts(model: Model, texts: StringColumn) -> pl.DataFrame:
    """Return how often the model finds each token (word, count); adds up over shards."""
    frames = [pl.DataFrame(schema={"word": pl.String, "count": pl.Int64})]
    for _, block in blocks(texts):
        words = pl.Series("word", model.segment(block).to_arrow()["word"], dtype=pl.String)
        frames.append(pl.DataFrame(words).group_by("word").agg(pl.len().cast(pl.Int64).alias("count")))
    return add_up(frames)


def add_up(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add token counts (word, count) of several shards."""
    return pl.concat(frames).group_by("word").agg(pl.col("count").sum()).sort("word")


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
    kind = class_table()[text.codes[text.offsets[:-1]]]
    mined = (kind > LATIN) | ((kind == LATIN) & convention.mine_latin) | (not convention.classes)
    return pl.Series("rule", ~mined)
