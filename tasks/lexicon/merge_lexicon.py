"""The method `merge`: a lexicon by merging neighbours of a text, with the figures of every merge.

Words are the types that the merged text still uses, every character, and tokens by rule seen twice. A word is
kept because it pays for its entry (see merge_queue); it is dropped when longer words took all its places.
Gains and counts among the decisions are those of the moment of the merge, in the sample; of the pairs never
merged, those at the end.
"""

import numpy as np
import polars as pl
import pyarrow as pa

from tasks.lexicon.candidates import count_pieces
from tasks.lexicon.counts import with_counts
from tasks.lexicon.four_step import LexiconResult
from tasks.lexicon.gain import LN2
from tasks.lexicon.judge import DECISION_COLUMNS, LEXICON_COLUMNS, evidence
from tasks.lexicon.merge import Merged, merge_neighbours
from tasks.lexicon.merge_queue import pair_gains
from tasks.lexicon.merge_state import COUNT, FIRST, LEAST_COUNT, LEFT, LENGTH, RIGHT, TARGET, TOKENS, TYPES
from tasks.settings import LexiconSettings
from tasks.text.characters import StringColumn, blocks, decode, strings
from tasks.text.grams import MinedRuns, mined_runs
from tasks.text.token_rules import TokenRules

_FIGURES = {"candidate": pl.String, "count": pl.Int64, "gain": pl.Float64, "parts": pl.String}


def merge_lexicon(
    ngrams: pl.DataFrame, texts: StringColumn, settings: LexiconSettings, token_rules: TokenRules
) -> LexiconResult:
    """Find the words of sentences by merging; `ngrams` has every character of the corpus, and the evidence."""
    chunks = [block for _, block in blocks(texts)]
    column = pa.concat_arrays(chunks) if chunks else pa.array([], pa.string())
    runs = mined_runs(decode(column), token_rules)
    merged = merge_neighbours(runs.character, settings.max_length)
    kind = merged.text.kind[: merged.text.size[TYPES]]
    spelt = pl.Series(_spelt(runs, kind), dtype=pl.String)
    used = pl.DataFrame({"candidate": spelt, "count": kind[:, TOKENS]})
    pieces = count_pieces(column, pa.array([], pa.string()), token_rules).longer
    by_rule = pieces.filter(pl.col("rule") & (pl.col("count") > 1)).rename({"piece": "candidate"})
    single = (
        ngrams.filter(pl.col("length") == 1)
        .select(pl.col("gram").alias("candidate"))
        .join(used, on="candidate", how="left")
        .select("candidate", pl.col("count").fill_null(0))
    )
    longer = used.filter((pl.col("candidate").str.len_chars() > 1) & (pl.col("count") > 0))
    words = pl.concat([single, longer, by_rule.select("candidate", "count")]).with_columns(
        length=pl.col("candidate").str.len_chars().cast(pl.Int64)
    )
    words = words.sort("length", "candidate")
    known = evidence(ngrams)
    return LexiconResult(
        _lexicon(words, known), _decisions(words, merged, spelt, by_rule, known), token_rules
    )


def _lexicon(words: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    listed = words.join(known, on="candidate", how="left", maintain_order="left")
    listed = listed.rename({"candidate": "word"}).with_columns(raw_count=pl.coalesce("raw_count", "count"))
    lexicon = with_counts(listed, listed["count"].to_numpy())
    return lexicon.select(LEXICON_COLUMNS).sort("count", "word", descending=[True, False])


def _decisions(
    words: pl.DataFrame, merged: Merged, spelt: pl.Series, by_rule: pl.DataFrame, known: pl.DataFrame
) -> pl.DataFrame:
    made = pl.DataFrame(
        {
            "candidate": spelt.gather([merge.word for merge in merged.merges]),
            "count": [merge.count for merge in merged.merges],
            "gain": [merge.saved_bits for merge in merged.merges],
            "entry": [merge.entry_bits for merge in merged.merges],
            "parts": [" ".join(spelt.gather(list(merge.parts))) for merge in merged.merges],
        },
        schema={**_FIGURES, "entry": pl.Float64},
    ).unique("candidate", keep="first", maintain_order=True)
    kept = pl.col("candidate").is_in(words["candidate"].implode())
    figures = pl.format(
        "saves {} bits, its entry costs {}", pl.col("gain").round(1), pl.col("entry").round(1)
    )
    rest = _left_over(merged, spelt).join(made, on="candidate", how="anti", maintain_order="left")
    done = set(made["candidate"]) | set(by_rule["candidate"])
    single = words.filter((pl.col("length") == 1) & ~pl.col("candidate").is_in(list(done)))
    rows = [
        made.select(*_FIGURES, kept.alias("kept"), _reason(kept).alias("reason"), figures.alias("detail")),
        _plain(rest, False, "does_not_pay", "saves less than its entry in the lexicon costs"),
        _plain(_itself(single), True, "character", "every character seen is a word"),
        _plain(_itself(by_rule), True, "token_by_rule", "digits, Latin letters or a repeated mark"),
    ]
    return (
        pl.concat(rows)
        .unique("candidate", keep="first", maintain_order=True)
        .with_columns(
            length=pl.col("candidate").str.len_chars().cast(pl.Int64),
            step=pl.when("kept").then(pl.lit("kept")).otherwise(pl.lit("merge")),
            parts_advantage=pl.lit(None, pl.Float64),
        )
        .join(known.select("candidate", "pmi"), on="candidate", how="left", maintain_order="left")
        .select(DECISION_COLUMNS)
        .sort("length", "candidate")
    )


def _reason(kept: pl.Expr) -> pl.Expr:
    return pl.when(kept).then(pl.lit("pays_for_its_entry")).otherwise(pl.lit("merged_into_longer"))


def _plain(rows: pl.DataFrame, kept: bool, reason: str, detail: str) -> pl.DataFrame:
    return rows.select(
        *_FIGURES, kept=pl.lit(kept), reason=pl.lit(reason), detail=pl.lit(detail)
    )  # fmt: skip


def _itself(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("candidate", "count", gain=pl.lit(0.0), parts=pl.col("candidate"))


def _left_over(merged: Merged, spelt: pl.Series) -> pl.DataFrame:
    text = merged.text
    gains = pair_gains(text) / LN2
    left = np.flatnonzero((text.pair[: len(gains), COUNT] >= LEAST_COUNT) & np.isfinite(gains))
    left = left[np.argsort(-gains[left], kind="stable")]
    pair = text.pair[left]
    return pl.DataFrame(
        {
            "candidate": spelt.gather(pair[:, TARGET]),
            "count": pair[:, COUNT],
            "gain": gains[left],
            "parts": spelt.gather(pair[:, LEFT]) + " " + spelt.gather(pair[:, RIGHT]),
        },
        schema=_FIGURES,
    ).unique("candidate", keep="first", maintain_order=True)


def _spelt(runs: MinedRuns, kind: np.ndarray) -> pa.StringArray:
    offsets = np.concatenate([[0], np.cumsum(kind[:, LENGTH])])
    place = np.repeat(kind[:, FIRST] - offsets[:-1], kind[:, LENGTH]) + np.arange(offsets[-1])
    return strings(runs.alphabet[runs.character[place]], offsets)
