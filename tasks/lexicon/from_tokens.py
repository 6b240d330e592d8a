"""The default method: a segmenter trained without labels, and the lexicon read off the corpus that it cuts.

A seeded sample of the sentences trains the segmenter (see alternation in tasks.segment), the trained model
cuts the whole corpus, and its words are the candidates: they stay unless their parts explain them.
"""

import polars as pl

from tasks.lexicon.four_step import LexiconResult
from tasks.lexicon.judge import DECISION_COLUMNS, evidence, judge
from tasks.text.characters import decode, string_array
from tasks.text.token_rules import RULE_START, TokenRules, runs

_LEAST_COUNT = 2


def read_off(
    ngrams: pl.DataFrame, counts: pl.DataFrame, token_rules: TokenRules, apart: pl.DataFrame | None = None
) -> LexiconResult:
    """Judge the words of a segmented corpus by their counts; return the lexicon and all decisions.

    `apart` are decisions about what is no token of the corpus, their pmi to be filled in from the table `ngrams`.
    """
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
    lexicon, judged = judge(words.with_columns(rule=_by_rule(words["candidate"], token_rules)), known)
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
    decisions = [dropped.select(DECISION_COLUMNS), judged]
    if apart is not None:
        measured = known.select("candidate", measured="pmi")
        apart = apart.join(measured, on="candidate", how="left", maintain_order="left")
        decisions.append(apart.with_columns(pmi=pl.coalesce("pmi", "measured")).select(DECISION_COLUMNS))
    return LexiconResult(lexicon, pl.concat(decisions), token_rules)


def _by_rule(words: pl.Series, token_rules: TokenRules) -> pl.Series:
    text = decode(string_array(words))
    return pl.Series("rule", runs(text, token_rules)[text.offsets[:-1]] == RULE_START)
