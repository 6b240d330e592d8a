"""The gate of a table: a Great Expectations suite over its Parquet, evaluated by DuckDB.

Great Expectations has no DuckDB source of its own; its SQL source reads DuckDB through `buffered_duckdb`. It
takes seconds to import, so it is imported when a table is first checked. An expectation costs milliseconds that
do not depend on the rows, so those of a table's values are screened first by two queries, for rows that break any
of them and for keys that occur twice: without such rows all of them hold, with some each is judged by itself.
"""

from __future__ import annotations

import gc
import os
import re
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tasks.checks.column_rules import critical, quoted, rules_of
from tasks.errors import CheckFailedError
from tasks.tables import Table

if TYPE_CHECKING:
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

SCREEN = "unexpected_rows_expectation"
COLUMNS = "expect_table_columns_to_match_ordered_list"
_importing: list[threading.Thread] = []
# DuckDB may name a consequence before the cause.
_OF_DUCKDB = re.compile(r"\(_?duckdb\.\w+\) (?:.+\nError: )?(.+)")


@dataclass(frozen=True)
class Finding:
    """The result of one expectation or identity."""

    name: str
    kind: str
    severity: str
    passed: bool
    observed: str


def import_in_background() -> None:
    """Begin to import Great Expectations beside other work; `load_great_expectations` waits for it."""
    if "great_expectations" not in sys.modules:
        _importing.append(threading.Thread(target=_import, name="import-great-expectations", daemon=True))
        _importing[-1].start()


def load_great_expectations() -> None:
    """Import Great Expectations, which takes seconds, unless that has been done."""
    while _importing:
        _importing.pop().join()
    _import()


def _import() -> None:
    if "great_expectations" in sys.modules:
        return
    # It imports pyspark where that is installed, which warns of its own future. Collecting garbage while
    # hundreds of modules are made, and looking through them ever after, would take a second and free nothing.
    collects = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            import great_expectations  # noqa: F401 - this is what it is for
        gc.freeze()
    finally:
        if collects:
            gc.enable()


def expect_table(table: Table, database: Path, view: str, memory_bytes: int, scratch: str) -> list[Finding]:
    """Return what each expectation of `table`'s suite finds in `view` of a DuckDB file, within the memory.

    CheckFailedError when one could not be judged: a fault of the machine says nothing about the rows.
    """
    load_great_expectations()
    from great_expectations.datasource.fluent.interfaces import TestConnectionError

    try:
        with opened(database, view, memory_bytes, scratch) as batch:
            return _judged(batch, table)
    except TestConnectionError as error:
        raise _unjudged(table, "the first row is read", str(error)) from None


def _judged(batch: Batch, table: Table) -> list[Finding]:
    values = values_of(table)
    structure = validated(batch, table, [*structure_of(table), *screens_of(table)])
    found = [_finding(result) for result in structure if result.expectation_config.type != SCREEN]
    # What is expected of a column that is not there raises too, and that is a fault of the table.
    columns_differ = any(
        r.expectation_config.type == COLUMNS and "observed_value" in r.result and not r.success
        for r in structure
    )
    if not columns_differ:
        refuse_raised(table, structure)
    if all(result.success for result in structure):
        return found + [_passed(expectation) for expectation in values]
    alone = validated(batch, table, values)
    if not columns_differ:
        refuse_raised(table, alone)
    return found + [_finding(result) for result in alone]


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


def validated(batch: Batch, table: Table, expectations: Sequence[Expectation]) -> list[Any]:
    """Return Great Expectations' result of each expectation."""
    from great_expectations import ExpectationSuite

    suite = ExpectationSuite(name=table.name, expectations=list(expectations))
    return batch.validate(suite, result_format="BASIC").results


def refuse_raised(table: Table, results: Sequence[Any]) -> None:
    """CheckFailedError naming the first expectation that raised, and why."""
    for result in results:
        error = raised(result)
        if error is not None:
            raise _unjudged(table, _name(result.expectation_config), error)


def raised(result: Any) -> str | None:
    """Return what an expectation raised, or one of the metrics that it needs; None when nothing did."""
    info = result.exception_info or {}
    for message in (info, *info.values()):
        if isinstance(message, Mapping) and message.get("raised_exception"):
            return str(message.get("exception_message"))
    return None


def _unjudged(table: Table, check: str, error: str) -> CheckFailedError:
    of_duckdb = _OF_DUCKDB.search(error)
    cause = of_duckdb[1] if of_duckdb else error.strip().partition("\n")[0]
    return CheckFailedError(
        f"check of {table.name} could not be made, nothing was published: {check}: {cause[:300]}; "
        "mine again when that is mended"
    )


def structure_of(table: Table) -> list[Expectation]:
    """Return what is expected of the columns and the number of rows."""
    from great_expectations import expectations as gxe

    return [
        gxe.ExpectTableColumnsToMatchOrderedList(
            column_list=[column.name for column in table.columns], severity=critical()
        ),
        gxe.ExpectTableRowCountToBeBetween(min_value=table.minimum_rows, severity=critical()),
    ]


def screens_of(table: Table) -> list[Expectation]:
    """Return expectations that fail wherever one of `values_of` does."""
    from great_expectations import expectations as gxe

    key = ", ".join(quoted(name) for name in table.key)
    broken = " or ".join(sql for column in table.columns for rule in rules_of(column) for sql in rule.sql())
    queries = [f"select * from {{batch}} where {broken}"] if broken else []
    if not table.ascending:
        queries.append(f"select {key} from {{batch}} group by {key} having count(*) > 1")
    return [gxe.UnexpectedRowsExpectation(unexpected_rows_query=query) for query in queries]


def values_of(table: Table) -> list[Expectation]:
    """Return what is expected of the key and of each column's values."""
    found: list[Expectation] = [] if table.ascending else [_unique(table.key)]
    for column in table.columns:
        for rule in rules_of(column):
            found += rule.expectations()
    return found


def _unique(key: Sequence[str]) -> Expectation:
    from great_expectations import expectations as gxe

    if len(key) == 1:
        return gxe.ExpectColumnValuesToBeUnique(column=key[0], severity=critical())
    return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(key), severity=critical())


def _finding(result: Any) -> Finding:
    observed = result.result.get("observed_value")
    if observed is None:
        unexpected = result.result.get("unexpected_count")
        observed = "no result" if unexpected is None else f"{unexpected} unexpected"
    return _found(result.expectation_config, passed=bool(result.success), observed=str(observed))


def _passed(expectation: Expectation) -> Finding:
    return _found(expectation.configuration, passed=True, observed="0 unexpected")


def _found(config: ExpectationConfiguration, *, passed: bool, observed: str) -> Finding:
    return Finding(
        name=_name(config),
        kind="expectation",
        severity=str(getattr(config.severity, "value", config.severity) or "critical"),
        passed=passed,
        observed=observed[:300],
    )


def _name(config: ExpectationConfiguration) -> str:
    about = config.kwargs.get("column") or ", ".join(config.kwargs.get("column_list") or [])
    name = config.type.removeprefix("expect_").replace("_", " ")
    return f"{name}: {about}" if about else name
