"""What the report says of the text VAE: its training, and what it writes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import duckdb

Row = dict[str, Any]

NEEDED = frozenset({"models", "training_curves", "vae_texts"})
TEXTS = """
    select vae_texts.kind, number, place, source, text from vae_texts join models using (model_id)
    where models.kind = 'text-vae'
    order by vae_texts.kind, number, place
"""
CURVES = """
    select series, step, value from training_curves join models using (model_id)
    where kind = 'text-vae' order by series, step
"""


@dataclass(frozen=True, kw_only=True)
class TextVaeFindings:
    """Samples, lines of texts between two sentences, sentences with what is written again of them; curves."""

    samples: Sequence[str]
    lines: Sequence[Sequence[Row]]
    again: Sequence[Row]
    curves: Sequence[Row]


def find_text_vae(connection: duckdb.DuckDBPyConnection, tables: Collection[str]) -> TextVaeFindings | None:
    """Query the views of a corpus; None when it has no text VAE."""
    if not set(tables) >= NEEDED:
        return None

    def rows(query: str) -> list[Row]:
        return connection.execute(query).to_arrow_table().to_pylist()

    texts = rows(TEXTS)
    if not texts:
        return None
    of = {kind: list(some) for kind, some in groupby(texts, key=lambda row: row["kind"])}
    lines = groupby(of.get("interpolation", []), key=lambda row: row["number"])
    return TextVaeFindings(
        samples=[row["text"] for row in of.get("sample", [])],
        lines=[list(line) for _, line in lines],
        again=of.get("reconstruction", []),
        curves=rows(CURVES),
    )
