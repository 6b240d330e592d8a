"""Candidates judged by their parts (see redundancy): the lexicon of what stays, and a reason for each."""

import polars as pl

from tasks.lexicon.counts import joined_parts, with_counts
from tasks.lexicon.redundancy import Verdict, remove_redundant
from tasks.text.characters import string_array

DECISION_COLUMNS = (
    "candidate", "length", "count", "kept", "step", "reason", "detail", "pmi", "gain", "parts",
    "parts_advantage",
)  # fmt: skip
LEXICON_COLUMNS = (
    "word", "length", "count", "probability", "bits", "raw_count", "gain", "pmi", "left_entropy",
    "right_entropy", "parts",
)  # fmt: skip


def evidence(ngrams: pl.DataFrame) -> pl.DataFrame:
    """Return what a table `ngrams` says of a candidate: raw_count, pmi and the branching entropies."""
    return ngrams.select(
        pl.col("gram").alias("candidate"),
        pl.col("count").alias("raw_count"),
        "pmi",
        "left_entropy",
        "right_entropy",
    )


def judge(words: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (lexicon, decisions) of words (candidate, rule, count, length), all their characters among them.

    `known` is their `evidence`. Characters and tokens by rule stay; the others must be worth more than their
    parts.
    """
    words = words.sort("length", "candidate")
    lengths = words["length"].to_numpy()
    verdict = remove_redundant(
        string_array(words["candidate"]),
        lengths,
        words["count"].to_numpy(),
        words["rule"].to_numpy() | (lengths == 1),
    )
    kept = words.filter(pl.Series(verdict.kept)).select(pl.col("candidate").alias("word"), "length", "count")
    kept = kept.join(known.rename({"candidate": "word"}), on="word", how="left", maintain_order="left")
    kept = kept.with_columns(raw_count=pl.coalesce("raw_count", "count"))
    lexicon = with_counts(kept, verdict.count[verdict.kept]).select(LEXICON_COLUMNS)
    return lexicon.sort("count", "word", descending=[True, False]), _decisions(words, known, verdict)


def _decisions(words: pl.DataFrame, known: pl.DataFrame, verdict: Verdict) -> pl.DataFrame:
    longer = pl.col("length") > 1
    figures = pl.format(
        "ln p exceeds that of its parts by {} nats, {} 1",
        pl.col("parts_advantage").round(3),
        pl.when(pl.col("kept")).then(pl.lit("more than")).otherwise(pl.lit("not more than")),
    )
    return (
        words.with_columns(
            count=pl.Series(verdict.considered),
            kept=pl.Series(verdict.kept),
            gain=pl.Series(verdict.gain),
            parts_advantage=pl.Series(verdict.advantage),
            parts=joined_parts(string_array(words["candidate"]), verdict.parts),
        )
        .join(known.select("candidate", "pmi"), on="candidate", how="left", maintain_order="left")
        .with_columns(
            step=pl.when(pl.col("kept")).then(pl.lit("kept")).otherwise(pl.lit("redundancy")),
            reason=pl.when(~longer).then(pl.lit("character")).when("rule").then(pl.lit("token_by_rule"))
            .when("kept").then(pl.lit("worth_more_than_parts")).otherwise(pl.lit("parts_suffice")),
            detail=pl.when(~longer).then(pl.lit("every character seen is a word"))
            .when("rule").then(pl.lit("digits, Latin letters or a repeated mark")).otherwise(figures),
        )
        .select(DECISION_COLUMNS)
    )  # fmt: skip
