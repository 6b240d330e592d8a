"""nVBE as a segmenter for any text, from the table `ngrams` alone (Magistry & Sagot 2012; see nvbe).

The cover of a run that maximises sum_w |w| autonomy(w) is the one that minimises

    sum_w |w| (A - autonomy(w)) s,     A the largest autonomy,

for the lengths add up to that of the run: costs are positive, and the Viterbi of a unigram lexicon finds it.
The scale s only keeps costs within its bounds. Words are grams of up to 4 units (see gaps.Scale) that the table
holds; when these would fill a trie, the rarest of them are left out, by count.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from tasks.self_training.features import Scale
from tasks.text.characters import decode
from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import NOTHING, UserDictionary
from tasks.unigram.segmenter import UnigramSegmenter

MAX_CHARACTERS = 12_000_000
_LARGEST_COST = 900.0


def entropy_grams(
    parts: Sequence[str], token_rules: TokenRules, max_characters: int = MAX_CHARACTERS
) -> pl.DataFrame:
    """Return the grams (gram, length, count, autonomy) of a table `ngrams` that nVBE cuts with, in its order.

    At most `max_characters` characters of grams longer than one.
    """
    table = pl.scan_parquet(list(parts)).select("gram", "length", "count", "autonomy")
    single = table.filter(pl.col("length") == 1).select("gram", "count").collect()
    codes = decode(single["gram"].to_arrow().cast(pa.string())).codes
    mined = token_rules.mines(codes)
    longest = Scale.of(single["count"].to_numpy()[mined]).max_length
    table = table.filter(pl.col("length") <= longest, pl.col("autonomy").is_not_null())
    sizes = (
        table.filter(pl.col("length") > 1).group_by("count").agg(pl.col("length").sum())
        .collect().sort("count", descending=True)
    )  # fmt: skip
    fits = sizes.filter(pl.col("length").cum_sum() <= max_characters)
    least = fits["count"].min() if fits.height else None
    frequent = pl.col("count") >= least if least is not None else pl.lit(False)
    return table.filter((pl.col("length") == 1) | frequent).collect()


def entropy_segmenter(
    grams: pl.DataFrame, token_rules: TokenRules, dictionary: UserDictionary = NOTHING
) -> UnigramSegmenter:
    """Return the segmenter by autonomy float64[grams]; ValueError when a gram has none."""
    grams = grams.filter(~pl.col("gram").is_in(list(dictionary.forbid)))
    autonomy = grams["autonomy"].to_numpy()
    if not np.all(np.isfinite(autonomy)):
        raise ValueError("every gram must have a finite autonomy")
    cost = grams["length"].to_numpy() * (autonomy.max(initial=0.0) - autonomy)
    scale = min(1.0, _LARGEST_COST / max(float(cost.max(initial=0.0)), 1.0))
    words = grams["gram"].to_arrow().cast(pa.string())
    return UnigramSegmenter(words, -cost * scale, token_rules=token_rules, dictionary=dictionary)
