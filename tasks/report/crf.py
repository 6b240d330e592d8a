"""What the report says of the CRF: scores, how its training went, where it parts from gold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import duckdb
import polars as pl

Row = dict[str, Any]

NEEDED = frozenset(
    {"models", "training_curves", "segmentation_scores", "segmentation_errors", "worst_sentences"}
)
METRICS = ("precision", "recall", "f1", "recall_oov", "recall_iv", "gold_words")
SCORES = """
    select texts, metric, value from segmentation_scores join models using (model_id) where kind = 'crf'
    order by texts desc, metric
"""
CURVES = """
    select series, step, value from training_curves join models using (model_id)
    where kind = 'crf' order by series, step
"""
ERRORS = """
    select texts, gold_lengths, predicted_lengths, count, gold, predicted, count / sum(count) over (partition by texts)
    as share from segmentation_errors join models using (model_id) where kind = 'crf'
    qualify row_number() over (partition by texts order by count desc, gold_lengths, predicted_lengths) <= 20
    order by texts desc, count desc, gold_lengths, predicted_lengths
"""
WORST = """
    select texts, place, missed, gold, predicted from worst_sentences join models using (model_id)
    where kind = 'crf' order by texts desc, place
"""
CHARACTERS = "select config, characters from models where kind = 'crf'"


@dataclass(frozen=True, kw_only=True)
class CrfFindings:
    """A row of scores for each set of texts; rows of curves, errors and worst texts."""

    characters: int
    scores: Sequence[Row]
    curves: Sequence[Row]
    errors: Sequence[Row]
    worst: Sequence[Row]


def find_crf(connection: duckdb.DuckDBPyConnection, tables: Collection[str]) -> CrfFindings | None:
    """Query the views of a corpus; None when it has no CRF."""
    if not set(tables) >= NEEDED:
        return None

    def rows(query: str) -> list[Row]:
        return connection.execute(query).to_arrow_table().to_pylist()

    model = rows(CHARACTERS)
    if not model:
        return None
    scores: dict[str, Row] = {}
    for row in rows(SCORES):
        scores.setdefault(row["texts"], dict.fromkeys(METRICS) | {"texts": row["texts"]})[row["metric"]] = (
            row["value"]
        )
    return CrfFindings(
        characters=model[0]["characters"],
        scores=list(scores.values()),
        curves=rows(CURVES),
        errors=rows(ERRORS),
        worst=rows(WORST),
    )


def curves_plot(curves: Sequence[Row], t: Mapping[str, str]) -> alt.Chart:
    """Draw every series of a training along its steps, on a logarithmic scale."""
    above = pl.DataFrame(curves).filter(pl.col("value") > 0)  # a log axis cannot show 0
    named = above.with_columns(
        series=("curve_" + pl.col("series")).replace_strict(t, default=pl.col("series"))
    )
    return (
        alt.Chart(named)
        .mark_line(point={"size": 14})
        .encode(
            x=alt.X("step:Q", title=t["axis_steps"]),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(type="log")),
            color=alt.Color("series:N", title=None, legend=alt.Legend(columns=2, labelLimit=200)),
        )
    )
