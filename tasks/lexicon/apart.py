"""Neighbours that would be cheaper as one word and are two: candidates that completion left apart, and why.

Of every pair of tokens that meets twice or more within a run (see tasks.text.token_rules), the exact gain of joining it
is taken over the segmented corpus (see join_gain); those with a gain are candidates. They stay apart because

- both words are free: each has other characters beside it in more than `min_freedom` of its uses;
- the joined word costs more to spell in the lexicon than it saves in the text;
- the joined word would be longer than `max_length`;
- they meet less than LEAST_MEETINGS times;
- or the sample that the segmenter learnt from does not show what the whole corpus does.
"""

from importlib.resources import files

import duckdb
import numpy as np
import polars as pl

from tasks.engines.duck import file_list
from tasks.lexicon.gain import LN2
from tasks.lexicon.join_gain import LEAST_MEETINGS, NeighbourPairs, WordTypes, join_gain, join_spelling
from tasks.lexicon.judge import DECISION_COLUMNS
from tasks.text.characters import decode, string_array
from tasks.text.token_rules import MINED, MINED_START, TokenRules, runs

MOST_PAIRS = 1_000_000


def neighbours(duck: duckdb.DuckDBPyConnection, tokens: list[str], most: int = MOST_PAIRS) -> pl.DataFrame:
    """Return (left_word, right_word, count, right_share, left_share) of pairs in parts of the table `tokens`.

    Pairs meet twice or more and are no token together; `most` of them at most, the most frequent.
    """
    duck.execute(f"create or replace temp view tokens as select * from read_parquet({file_list(tokens)})")
    duck.execute(
        "create or replace temp table words as select word, count(*) as count from tokens group by word"
    )
    query = files(__package__).joinpath("neighbours.sql").read_text(encoding="utf-8")
    return pl.DataFrame(duck.execute(query, {"most": most}).to_arrow_table())


def left_apart(
    pairs: pl.DataFrame, counts: pl.DataFrame, rules: TokenRules, max_length: int, min_freedom: float
) -> pl.DataFrame:
    """Return the decisions about `neighbours` with a gain, given all words (word, count) of the cut corpus."""
    words = counts.filter(_in_one_run(counts["word"], rules)).with_row_index("number")
    numbered = (
        pairs.filter(_in_one_run(pairs["left_word"] + pairs["right_word"], rules))
        .join(words.select(left_word="word", left="number"), on="left_word")
        .join(words.select(right_word="word", right="number"), on="right_word")
        .sort("left_word", "right_word")
    )
    uses = words["count"].to_numpy()
    left, right = (numbered[name].to_numpy().astype(np.int64) for name in ("left", "right"))
    count = numbered["count"].to_numpy()
    met = NeighbourPairs(left, right, count, np.zeros(len(count), np.int64))
    text = decode(string_array(words["word"]))
    gain = join_gain(met, uses)
    saved = gain - join_spelling(met, WordTypes.of(text.codes, text.offsets, uses, max_length))
    total = max(float(uses.sum()), 1.0)
    advantage = np.log(count * total / (uses[left] * uses[right]))
    share = pl.max_horizontal("right_share", "left_share")
    candidate = pl.col("left_word") + pl.col("right_word")
    length = candidate.str.len_chars().cast(pl.Int64)
    return (
        numbered.with_columns(gain=pl.Series(gain / LN2), saved=pl.Series(saved / LN2), parts_advantage=advantage)
        .filter(pl.col("gain") > 0)
        .with_columns(
            candidate=candidate,
            length=length,
            freedom=1 - share,
            parts=pl.concat_str("left_word", "right_word", separator=" "),
            reason=pl.when(length > max_length).then(pl.lit("too_long"))
            .when(1 - share > min_freedom).then(pl.lit("parts_are_free"))
            .when(pl.col("saved") <= 0).then(pl.lit("spelling_costs_more"))
            .when(pl.col("count") < LEAST_MEETINGS).then(pl.lit("too_rare"))
            .otherwise(pl.lit("not_in_sample")),
        )
        # 共和+国 and 共+和国 are one candidate: the better pair speaks for it
        .sort("gain", "parts", descending=[True, False])
        .unique("candidate", keep="first", maintain_order=True)
        .with_columns(
            kept=pl.lit(False),
            step=pl.lit("completion"),
            pmi=pl.lit(None, pl.Float64),
            detail=pl.format(
                "joining saves {} bits of the corpus, {} with the word's own spelling; the less free of the two has "
                "other neighbours in {} % of its uses",
                pl.col("gain").round(1), pl.col("saved").round(1), (100 * pl.col("freedom")).round(1),
            ),
        )
        .sort("length", "candidate")
        .select(DECISION_COLUMNS)
    )  # fmt: skip


def _in_one_run(strings: pl.Series, rules: TokenRules) -> pl.Series:
    text = decode(string_array(strings))
    places = runs(text, rules)
    starts = np.zeros(len(places), np.bool_)
    starts[text.offsets[:-1]] = True
    wrong = np.concatenate([[0], np.cumsum(places != np.where(starts, MINED_START, MINED))])
    return pl.Series(wrong[text.offsets[1:]] == wrong[text.offsets[:-1]])
