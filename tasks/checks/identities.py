"""Identities that hold across stages, each an SQL query that returns how much breaks it.

An identity names the tables it spans, the one made last at the end, and is checked when that one is made.
"""

from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files

import duckdb

from tasks.checks.gate import Finding


@dataclass(frozen=True)
class Identity:
    """A query whose single value is the number of breaks, or the size of a difference up to `slack`."""

    name: str
    tables: tuple[str, ...]
    query: str
    slack: float = 0.0
    severity: str = "critical"


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


IDENTITIES = (
    Identity(
        "sentences are found in their documents",
        ("documents", "sentences"),
        _file("sentences_spell_documents.sql"),
    ),
    Identity(
        "order-1 counts sum to the characters of the sentences",
        ("sentences", "ngrams"),
        "select abs((select coalesce(sum(chars), 0) from sentences) - coalesce(sum(count), 0)) "
        "from ngrams where length = 1",
    ),
    Identity(
        "probabilities of the lexicon sum to 1",
        ("lexicon",),
        "select abs(1 - sum(probability)) from lexicon",
        slack=1e-9,
    ),
    Identity(
        "every word of the lexicon was decided on",
        ("lexicon", "lexicon_decisions"),
        "select count(*) from lexicon full join (select * from lexicon_decisions where kept) d "
        "on word = candidate where word is null or candidate is null",
    ),
    Identity(
        "tokens spell their sentences",
        ("sentences", "tokens"),
        _file("tokens_spell_sentences.sql"),
    ),
    Identity(
        "counts of the words sum to the tokens",
        ("tokens", "words"),
        "select abs((select count(*) from tokens) - (select coalesce(sum(count), 0) from words))",
    ),
    Identity(
        "no line or file was refused",
        ("rejects",),
        "select count(*) from rejects",
        severity="warning",
    ),
    Identity(
        "no text was damaged before it came here",
        ("documents",),
        "select coalesce(sum(replaced), 0) from documents",
        severity="warning",
    ),
)


def identities_of(table: str, present: Collection[str]) -> list[Identity]:
    """Return the identities that `table` completes, given the tables that are `present`."""
    return [i for i in IDENTITIES if i.tables[-1] == table and set(i.tables) <= set(present)]


def check_identity(connection: duckdb.DuckDBPyConnection, identity: Identity) -> Finding:
    """Evaluate one identity over the views that `connection` has."""
    row = connection.execute(identity.query).fetchone()
    breaks = float(row[0]) if row and row[0] is not None else float("inf")
    return Finding(
        name=identity.name,
        kind="identity",
        severity=identity.severity,
        passed=breaks <= identity.slack,
        observed=f"{breaks:g}",
    )
