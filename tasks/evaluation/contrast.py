"""Words that distinguish two corpora: weighted log-odds with an informative Dirichlet prior.

B. L. Monroe, M. P. Colaresi and K. M. Quinn, "Fightin' Words", Political Analysis 16 (2008), eq. 16, 20 and 22.
With y_w uses of word w among the n tokens of a corpus and a prior of alpha_w uses among alpha_0:

    delta_w = ln[(y_w^A + alpha_w) / (n^A + alpha_0 - y_w^A - alpha_w)]
            - ln[(y_w^B + alpha_w) / (n^B + alpha_0 - y_w^B - alpha_w)]          nats
    var_w   = 1 / (y_w^A + alpha_w) + 1 / (y_w^B + alpha_w)
    z_w     = delta_w / sqrt(var_w)

The prior is what both corpora say together, scaled: alpha_w = s (y_w^A + y_w^B). It draws rare words towards no
difference, so that a word seen twice does not lead the list. Swapping A and B turns every sign; equal corpora
give zeros. |z| above 1.96 is a difference that chance brings about once in twenty words.
"""

from collections.abc import Collection

import numpy as np
import polars as pl

PRIOR_SCALE = 0.1


def weighted_log_odds(
    counts_a: np.ndarray, counts_b: np.ndarray, prior_scale: float = PRIOR_SCALE
) -> tuple[np.ndarray, np.ndarray]:
    """Return (delta float64[n] nats, z float64[n]) of words used counts_a [n] and counts_b [n] times.

    A word that neither uses, or that is all there is, has 0. ValueError for negative counts, for columns of
    different length, or for a scale that is not above 0.

    >>> weighted_log_odds(np.array([8, 2]), np.array([2, 8]))[0].round(2)
    array([ 2.2, -2.2])
    """
    a, b = np.asarray(counts_a, np.float64), np.asarray(counts_b, np.float64)
    if a.shape != b.shape:
        raise ValueError(f"both corpora must count the same words, got {len(a)} and {len(b)}")
    if min(a.min(initial=0), b.min(initial=0)) < 0:
        raise ValueError(f"counts must not be negative, got {min(a.min(), b.min()):g}")
    if not prior_scale > 0:
        raise ValueError(f"prior_scale must be above 0, got {prior_scale}")
    prior = prior_scale * (a + b)
    total = prior.sum()
    in_a, in_b = a + prior, b + prior
    rest_a, rest_b = a.sum() + total - in_a, b.sum() + total - in_b
    live = (in_a > 0) & (rest_a > 0) & (rest_b > 0)
    delta, z = np.zeros(len(a)), np.zeros(len(a))
    delta[live] = np.log(in_a[live] / rest_a[live]) - np.log(in_b[live] / rest_b[live])
    z[live] = delta[live] / np.sqrt(1 / in_a[live] + 1 / in_b[live])
    return delta, z


def contrast(words_a: pl.DataFrame, words_b: pl.DataFrame) -> pl.DataFrame:
    """Return every word of two tables `words` (columns word, count) with how strongly it distinguishes A and B.

    Columns word, count_a, count_b, per_million_a, per_million_b, log_odds (nats), z; highest z first, then by
    word.
    """
    both = words_a.select("word", count_a="count").join(
        words_b.select("word", count_b="count"), on="word", how="full", coalesce=True
    )
    both = both.with_columns(pl.col("count_a", "count_b").fill_null(0))
    delta, z = weighted_log_odds(both["count_a"].to_numpy(), both["count_b"].to_numpy())
    rates = {
        f"per_million_{side}": 1e6 * pl.col(f"count_{side}") / max(int(both[f"count_{side}"].sum()), 1)
        for side in "ab"
    }
    measured = both.with_columns(**rates, log_odds=pl.Series(delta), z=pl.Series(z))
    return measured.sort("z", "word", descending=[True, False])


def frequent_words(measured: pl.DataFrame, min_count: int) -> pl.DataFrame:
    """Return the rows of words, not of marks, used at least `min_count` times in A and B together."""
    return measured.filter(
        pl.col("count_a") + pl.col("count_b") >= min_count, pl.col("word").str.contains(r"[\p{L}\p{N}]")
    )


def telling_words(measured: pl.DataFrame, top: int, cut_otherwise: Collection[str] = ()) -> pl.DataFrame:
    """Return the `top` words of each group, strongest first.

    Column group says which: new_in_a (B never uses them), more_in_a, more_in_b. Left out are the words
    `cut_otherwise`: those that one corpus never uses though its text holds them, so that the difference is one
    of two lexicons.
    """
    comparable = measured.filter(~pl.col("word").is_in(list(cut_otherwise)))
    groups = {
        "new_in_a": comparable.filter(pl.col("count_b") == 0),
        "more_in_a": comparable.filter((pl.col("count_b") > 0) & (pl.col("z") > 0)),
        "more_in_b": comparable.filter(pl.col("z") < 0).sort("z", "word"),
    }
    return pl.concat(
        rows.head(top).select(pl.lit(name).alias("group"), pl.all()) for name, rows in groups.items()
    )
