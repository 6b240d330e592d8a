"""The contract of a table, row by row, in Polars: types, nulls, bounds and choices.

Rows from outside that break it go to `rejects` with the rule they broke; tables that stages make must not break it.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl
import pyarrow as pa

from tasks.checks.column_rules import RowRule, rules_of
from tasks.tables import Table


def rules(table: Table) -> list[RowRule]:
    """Return the row rules that the declaration of `table` implies."""
    return [rule for column in table.columns for of_column in rules_of(column) for rule in of_column.polars()]


def split(batch: pa.RecordBatch, table: Table) -> tuple[pa.RecordBatch, list[tuple[int, str]]]:
    """Return the rows that keep the contract, and (row, rule) for the first rule each other row breaks."""
    if batch.num_rows == 0:
        return batch, []
    found = rules(table)
    frame = pl.DataFrame(pa.Table.from_batches([batch]))
    broken = frame.select(
        pl.coalesce([pl.when(rule.broken).then(pl.lit(number)) for number, rule in enumerate(found)]).alias(
            "rule"
        )
    )["rule"]
    bad = [(row, found[number].name) for row, number in enumerate(broken) if number is not None]
    if not bad:
        return batch, []
    return batch.filter(pa.array(broken.is_null().to_list())), bad


def violations(batches: Iterable[pa.RecordBatch], table: Table) -> dict[str, int]:
    """Count the rows that break each rule of `table`; structure breaks count as `schema`."""
    found = rules(table)
    counts = {"schema": 0, **{rule.name: 0 for rule in found}}
    order = f"{', '.join(table.key)} ascend"
    if table.ascending:
        counts[order] = 0
    last: pa.RecordBatch | None = None
    for batch in batches:
        types = {field.name: field.type for field in batch.schema}
        if types != {field.name: field.type for field in table.schema}:
            counts["schema"] += batch.num_rows
            continue
        frame = pl.DataFrame(pa.Table.from_batches([batch]))
        sums = frame.select(
            [rule.broken.fill_null(False).sum().alias(str(number)) for number, rule in enumerate(found)]
        )
        for number, rule in enumerate(found):
            counts[rule.name] += int(sums[str(number)][0])
        if table.ascending and batch.num_rows:
            keys = batch.select(list(table.key))
            counts[order] += _descents(keys, last)
            last = keys.slice(batch.num_rows - 1)
    return counts


def _descents(keys: pa.RecordBatch, last: pa.RecordBatch | None) -> int:
    """Count the rows whose key is not greater than that of the row before."""
    whole = pa.Table.from_batches([keys] if last is None else [last, keys])
    equal = np.ones(whole.num_rows - 1, np.bool_)
    greater = np.zeros(whole.num_rows - 1, np.bool_)
    for column in whole.columns:
        values = column.to_numpy()
        greater |= equal & (values[1:] > values[:-1])
        equal &= values[1:] == values[:-1]
    return int(np.count_nonzero(~greater))
