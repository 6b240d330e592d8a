"""The gate of a table: a Great Expectations suite over its Parquet, evaluated by DuckDB.

Great Expectations has no DuckDB source of its own; its SQL source reads DuckDB through `buffered_duckdb`. It
takes seconds to import, so it is imported when a table is first checked. Values are judged first without the
figures of the judgement, which are looked up only for what failed: they cost more than the judgement.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from tasks.tables import Table

if TYPE_CHECKING:
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.metadata_types import FailureSeverity

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")


@dataclass(frozen=True)
class Finding:
    """What one expectation or identity found."""

    name: str
    kind: str
    severity: str
    passed: bool
    observed: str


def load_great_expectations() -> None:
    """Import Great Expectations, which takes seconds, before there is a table to check."""
    import great_expectations  # noqa: F401 - this is what it is for


def expect_table(table: Table, database: Path, view: str, memory_bytes: int, scratch: str) -> list[Finding]:
    """Return what each expectation of `table`'s suite finds in `view` of a DuckDB file, within the memory."""
    with opened(database, view, memory_bytes, scratch) as batch:
        judged = validated(batch, table, structure_of(table), "BASIC")
        values = validated(batch, table, values_of(table), "BOOLEAN_ONLY")
        judged += [result for result in values if result.success]
        failed = [result.expectation_config.to_domain_obj() for result in values if not result.success]
        if failed:
            judged += validated(batch, table, failed, "BASIC")
        return [_finding(result) for result in judged]


@contextmanager
def opened(database: Path, view: str, memory_bytes: int, scratch: str) -> Iterator[Batch]:
    """Give `view` of a DuckDB file as what Great Expectations validates."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    import tasks.checks.buffered_duckdb  # noqa: F401 - registers the dialect

    in_memory = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    context = gx.get_context(
        mode="ephemeral", project_config=DataContextConfig(store_backend_defaults=in_memory)
    )
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    # Quoted, as Great Expectations would replace $NAME by the environment; `buffered_duckdb` restores them.
    file, folder = (quote(str(path)) for path in (database, scratch))
    limits = {"memory_limit": f"{memory_bytes >> 20}MiB", "temp_directory": folder}
    source = context.data_sources.add_sql(
        name="duckdb",
        connection_string="duckdb://",
        kwargs={"connect_args": {"database": file, "config": limits}},  # type: ignore[call-arg]
    )
    try:
        asset = source.add_table_asset(name=view, table_name=view)
        yield asset.add_batch_definition_whole_table("all").get_batch()
    finally:
        source.get_engine().dispose()


def validated(
    batch: Batch, table: Table, expectations: Sequence[Expectation], figures: Literal["BASIC", "BOOLEAN_ONLY"]
) -> list[Any]:
    """Return Great Expectations' result of each expectation, with figures (BASIC) or without."""
    from great_expectations import ExpectationSuite

    suite = ExpectationSuite(name=table.name, expectations=list(expectations))
    return batch.validate(suite, result_format=figures).results


def structure_of(table: Table) -> list[Expectation]:
    """Return what is expected of the columns and the number of rows."""
    from great_expectations import expectations as gxe
    from great_expectations.expectations.metadata_types import FailureSeverity

    critical = FailureSeverity.CRITICAL
    return [
        gxe.ExpectTableColumnsToMatchOrderedList(
            column_list=[column.name for column in table.columns], severity=critical
        ),
        gxe.ExpectTableRowCountToBeBetween(min_value=table.minimum_rows, severity=critical),
    ]


def values_of(table: Table) -> list[Expectation]:
    """Return what is expected of the key and of each column's values."""
    from great_expectations import expectations as gxe
    from great_expectations.expectations.metadata_types import FailureSeverity

    critical = FailureSeverity.CRITICAL
    found: list[Expectation] = [] if table.ascending else [_unique(table.key, critical)]
    for column in table.columns:
        if not column.nullable:
            found.append(gxe.ExpectColumnValuesToNotBeNull(column=column.name, severity=critical))
        if column.minimum is not None or column.maximum is not None:
            found.append(
                gxe.ExpectColumnValuesToBeBetween(
                    column=column.name,
                    min_value=column.minimum,
                    max_value=column.maximum,
                    severity=critical,
                )
            )
        if column.choices:
            found.append(
                gxe.ExpectColumnValuesToBeInSet(
                    column=column.name, value_set=list(column.choices), severity=critical
                )
            )
    return found


def _unique(key: Sequence[str], critical: FailureSeverity) -> Expectation:
    from great_expectations import expectations as gxe

    if len(key) == 1:
        return gxe.ExpectColumnValuesToBeUnique(column=key[0], severity=critical)
    return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(key), severity=critical)


def _finding(result: Any) -> Finding:
    config = result.expectation_config
    about = config.kwargs.get("column") or ", ".join(config.kwargs.get("column_list") or [])
    name = config.type.removeprefix("expect_").replace("_", " ")
    observed = result.result.get("observed_value")
    if observed is None:
        unexpected = result.result.get("unexpected_count")
        unexpected = 0 if unexpected is None and result.success else unexpected
        observed = "no result" if unexpected is None else f"{unexpected} unexpected"
    error = (result.exception_info or {}).get("exception_message")
    severity = getattr(config.severity, "value", config.severity) or "critical"
    return Finding(
        name=f"{name}: {about}" if about else name,
        kind="expectation",
        severity=str(severity),
        passed=bool(result.success),
        observed=str(error or observed)[:300],
    )
