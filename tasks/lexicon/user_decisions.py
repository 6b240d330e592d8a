"""A lexicon and its decisions with what the user decided in them: step `user`.

Forced words stand in the lexicon, with their characters, whatever was found. Forbidden words and words of two or
more characters that hold a stop character do not.
"""

from dataclasses import replace

import polars as pl

from tasks.lexicon.counts import with_counts
from tasks.lexicon.four_step import LexiconResult
from tasks.lexicon.judge import DECISION_COLUMNS, LEXICON_COLUMNS, evidence
from tasks.text.user_dictionary import UserDictionary


def decided_by_user(
    found: LexiconResult, ngrams: pl.DataFrame, dictionary: UserDictionary, uses: pl.DataFrame | None = None
) -> LexiconResult:
    """Return what was found with the user's decisions applied; `uses` (word, count) are of the cut corpus."""
    if not dictionary:
        return found
    word = pl.col("word")
    stop = pl.Series(list(dictionary.stop_characters), dtype=pl.String)
    stopped = (pl.col("length") > 1) & word.str.contains_any(stop.implode())
    banned = found.lexicon.filter(word.is_in(list(dictionary.forbid)) | stopped)
    held = found.lexicon.join(banned, on="word", how="anti", maintain_order="left")
    wanted = sorted({*dictionary.force, *(c for forced in dictionary.force for c in forced)})
    missing = [word for word in wanted if word not in set(held["word"])]
    added = pl.DataFrame({"word": missing}, schema={"word": pl.String})
    known = evidence(ngrams).rename({"candidate": "word"})
    counts = pl.DataFrame(schema={"word": pl.String, "count": pl.Int64}) if uses is None else uses
    added = (
        added.join(counts.select("word", "count"), on="word", how="left", maintain_order="left")
        .join(known, on="word", how="left", maintain_order="left")
        .with_columns(
            pl.col("count").fill_null(0),
            pl.col("raw_count").fill_null(0),
            length=pl.col("word").str.len_chars().cast(pl.Int64),
        )
    )
    rows = pl.concat([held.select(added.columns), added])
    lexicon = with_counts(rows, rows["count"].to_numpy()).select(LEXICON_COLUMNS)
    lexicon = lexicon.sort("count", "word", descending=[True, False])
    return replace(found, lexicon=lexicon, decisions=_decisions(found, lexicon, banned, known, dictionary))


def _decisions(
    found: LexiconResult,
    lexicon: pl.DataFrame,
    banned: pl.DataFrame,
    known: pl.DataFrame,
    dictionary: UserDictionary,
) -> pl.DataFrame:
    forced = lexicon.filter(pl.col("word").is_in(list(dictionary.force))).select(
        pl.col("word").alias("candidate"), "count", "gain", "parts",
        kept=pl.lit(True), reason=pl.lit("forced"), detail=pl.lit("the user dictionary forces it"),
    )  # fmt: skip
    of_parts = lexicon.filter(~pl.col("word").is_in(list(dictionary.force))).select(
        pl.col("word").alias("candidate"), "count", "gain", "parts",
        kept=pl.lit(True), reason=pl.lit("character"), detail=pl.lit("a character of a forced word"),
    ).join(found.decisions, on="candidate", how="anti", maintain_order="left")  # fmt: skip
    considered = found.decisions.select("candidate", "count", "gain", "parts")
    forbidden = (
        pl.DataFrame({"candidate": list(dictionary.forbid)}, schema={"candidate": pl.String})
        .join(considered, on="candidate", how="left", maintain_order="left")
        .join(
            known.select(candidate="word", seen="raw_count"),
            on="candidate",
            how="left",
            maintain_order="left",
        )
        .select(
            "candidate",
            pl.coalesce("count", "seen", pl.lit(0, pl.Int64)).alias("count"),
            "gain",
            "parts",
            kept=pl.lit(False),
            reason=pl.lit("forbidden"),
            detail=pl.lit("the user dictionary forbids it"),
        )
    )
    stopped = banned.filter(~pl.col("word").is_in(list(dictionary.forbid))).select(
        pl.col("word").alias("candidate"), "count", "gain", "parts",
        kept=pl.lit(False), reason=pl.lit("stop_character"),
        detail=pl.lit(f"it holds one of the stop characters {dictionary.stop_characters}"),
    )  # fmt: skip
    rows = (
        pl.concat([forced, of_parts, forbidden, stopped])
        .with_columns(
            length=pl.col("candidate").str.len_chars().cast(pl.Int64),
            step=pl.when(pl.col("reason") == "character").then(pl.lit("kept")).otherwise(pl.lit("user")),
            parts_advantage=pl.lit(None, pl.Float64),
        )
        .join(known.select(candidate="word", pmi="pmi"), on="candidate", how="left", maintain_order="left")
        .select(DECISION_COLUMNS)
    )
    others = found.decisions.join(rows, on="candidate", how="anti", maintain_order="left")
    return pl.concat([rows, others]).sort("length", "candidate", maintain_order=True)
