"""Segmenters within Polars: import this module, then `pl.col("text").minlex.cut(segmenter)`."""

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from minlex.segmenter import Segmenter


@pl.api.register_expr_namespace("minlex")
class Expressions:
    """What an expression of texts can be turned into."""

    def __init__(self, expression: pl.Expr) -> None:
        self._expression = expression

    def cut(self, segmenter: "Segmenter") -> pl.Expr:
        """Return the words of each text, a list of strings; null for null."""

        def words(texts: pl.Series) -> pl.Series:
            there = texts.is_not_null()
            found = pl.Series(segmenter.cut_many(texts.fill_null(""), workers=1))
            return pl.select(pl.when(there).then(found)).to_series().alias(texts.name)

        return self._expression.map_batches(words, return_dtype=pl.List(pl.String), is_elementwise=True)
