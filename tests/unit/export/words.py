"""Lexicons of a few words."""

import polars as pl


def lexicon(**probabilities: float) -> pl.DataFrame:
    """A lexicon with these words, each with a gain of ten times its length less one."""
    return pl.DataFrame(
        {
            "word": list(probabilities),
            "count": [round(100 * p) for p in probabilities.values()],
            "probability": list(map(float, probabilities.values())),
            "gain": [10.0 * (len(word) - 1) for word in probabilities],
        }
    )
