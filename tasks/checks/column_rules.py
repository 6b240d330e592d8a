"""Rules that the declaration of a column implies, each as Polars, as SQL and as Great Expectations.

The Polars form names every bound and tests whether a float is a number; SQL and Great Expectations read Parquet that
was already checked for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tasks.tables import Column

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.metadata_types import FailureSeverity


@dataclass(frozen=True)
class RowRule:
    """A rule that every row must meet: its name, and the expression that is true for rows that break it."""

    name: str
    broken: pl.Expr


@dataclass(frozen=True)
class ColumnRule:
    """One rule of a column."""

    column: str

    @property
    def value(self) -> pl.Expr:
        """The column in Polars."""
        return pl.col(self.column)

    @property
    def quoted(self) -> str:
        """The column in SQL."""
        return quoted(self.column)

    def polars(self) -> Iterator[RowRule]:
        """Yield the rule in Polars."""
        yield from ()

    def sql(self) -> Iterator[str]:
        """Yield SQL conditions that are true for rows that break the rule."""
        yield from ()

    def expectations(self) -> Iterator[Expectation]:
        """Yield the rule in Great Expectations."""
        yield from ()


class NotNull(ColumnRule):
    """Every row has a value."""

    def polars(self) -> Iterator[RowRule]:
        """Yield the rule in Polars."""
        yield RowRule(f"{self.column} is not null", self.value.is_null())

    def sql(self) -> Iterator[str]:
        """Yield the condition of rows that break the rule."""
        yield f"{self.quoted} is null"

    def expectations(self) -> Iterator[Expectation]:
        """Yield the rule in Great Expectations."""
        from great_expectations import expectations as gxe

        yield gxe.ExpectColumnValuesToNotBeNull(column=self.column, severity=critical())


class Finite(ColumnRule):
    """Values are neither infinite nor NaN."""

    def polars(self) -> Iterator[RowRule]:
        """Yield the rule in Polars."""
        yield RowRule(f"{self.column} is a number", self.value.is_nan() | self.value.is_infinite())


@dataclass(frozen=True)
class Between(ColumnRule):
    """Values are within bounds, either of which may be missing."""

    minimum: float | None
    maximum: float | None

    def polars(self) -> Iterator[RowRule]:
        """Yield a rule in Polars for each bound."""
        if self.minimum is not None:
            yield RowRule(f"{self.column} >= {self.minimum:g}", self.value < self.minimum)
        if self.maximum is not None:
            yield RowRule(f"{self.column} <= {self.maximum:g}", self.value > self.maximum)

    def sql(self) -> Iterator[str]:
        """Yield the condition of rows that break each bound."""
        if self.minimum is not None:
            yield f"{self.quoted} < {self.minimum!r}"
        if self.maximum is not None:
            yield f"{self.quoted} > {self.maximum!r}"

    def expectations(self) -> Iterator[Expectation]:
        """Yield the rule in Great Expectations."""
        from great_expectations import expectations as gxe

        yield gxe.ExpectColumnValuesToBeBetween(
            column=self.column, min_value=self.minimum, max_value=self.maximum, severity=critical()
        )


@dataclass(frozen=True)
class OneOf(ColumnRule):
    """Values are among the choices."""

    choices: tuple[str, ...]

    def polars(self) -> Iterator[RowRule]:
        """Yield the rule in Polars."""
        yield RowRule(f"{self.column} in {', '.join(self.choices)}", ~self.value.is_in(self.choices))

    def sql(self) -> Iterator[str]:
        """Yield the condition of rows that break the rule."""
        allowed = ", ".join("'" + choice.replace("'", "''") + "'" for choice in self.choices)
        yield f"{self.quoted} not in ({allowed})"

    def expectations(self) -> Iterator[Expectation]:
        """Yield the rule in Great Expectations."""
        from great_expectations import expectations as gxe

        yield gxe.ExpectColumnValuesToBeInSet(
            column=self.column, value_set=list(self.choices), severity=critical()
        )


def rules_of(column: Column) -> Iterator[ColumnRule]:
    """Yield the rules of a column."""
    if not column.nullable:
        yield NotNull(column.name)
    if column.type == "float64":
        yield Finite(column.name)
    if column.minimum is not None or column.maximum is not None:
        yield Between(column.name, column.minimum, column.maximum)
    if column.choices:
        yield OneOf(column.name, column.choices)


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def critical() -> FailureSeverity:
    """Return the severity of every rule."""
    from great_expectations.expectations.metadata_types import FailureSeverity

    return FailureSeverity.CRITICAL
