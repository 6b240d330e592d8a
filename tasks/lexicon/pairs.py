"""Characters and neighbour pairs of texts in memory, with what the four steps need to know of them."""

import numpy as np
import polars as pl
import pyarrow as pa

from tasks.text.characters import decode, strings
from tasks.text.grams import gram_strings, mined_runs, number_grams
from tasks.text.token_rules import RAW


def pair_table(texts: pa.StringArray) -> pl.DataFrame:
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
