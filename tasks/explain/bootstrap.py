"""How far a word's count would vary had other documents of the same kind been read.

The bootstrap over documents (B. Efron, "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 7,
1979): draw as many documents as there are, with replacement, and add up the word's uses in them; the interval
is between quantiles of those totals. Documents that use the word equally often are alike, so one draw is a
multinomial over the distinct counts v with m_v documents each, rather than over the documents:

    M ~ Multinomial(D; m_v / D),   total = sum_v v M_v

That is the same distribution, whatever the number of documents.
"""

from dataclasses import dataclass

import numpy as np

METHOD = "documents drawn with replacement (multinomial), percentile interval"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Count between `low` and `high` in a share `level` of the draws, and how they were made."""

    low: int
    high: int
    level: float
    draws: int
    seed: int
    method: str = METHOD


def count_interval(
    counts: np.ndarray,
    documents: np.ndarray,
    *,
    total_documents: int,
    seed: int = 0,
    draws: int = 10_000,
    level: float = 0.95,
) -> Interval | None:
    """Return the interval of a word's count, where documents[i] documents use it counts[i] times; int64[n] each.

    Documents that are not listed do not use it. None for fewer than two documents or without a use, which say
    nothing of other documents; ValueError when more are listed than there are.
    """
    counts, documents = np.asarray(counts, np.int64), np.asarray(documents, np.int64)
    without = total_documents - int(documents.sum())
    if without < 0:
        raise ValueError(f"at most {total_documents} documents can use the word, got {documents.sum()}")
    if total_documents < 2 or not counts.any():
        return None
    shares = np.append(documents, without) / total_documents
    drawn = np.random.default_rng(seed).multinomial(total_documents, shares, draws)[:, :-1] @ counts
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, (tail, 1 - tail), method="inverted_cdf").tolist()
    return Interval(low=int(low), high=int(high), level=level, draws=draws, seed=seed)
