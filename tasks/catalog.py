"""The catalog: a DuckDB file that holds views only, one schema a corpus, replaced in one step.

Views name Parquet files by absolute path, since DuckDB resolves relative ones against the reader's folder.
Readers that have the old file open keep reading it.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
from filelock import FileLock

from tasks.engines.duck import connect, file_list, text_literal
from tasks.store import Dataset, Store
from tasks.tables import TABLES, Column, Table

DUCKDB_TYPES: Mapping[str, str] = {
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "string": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
}
WITHOUT_DUPLICATES = frozenset({"documents", "sentences"})


def create_view(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: Table,
    parts: Sequence[str],
    duplicates: Sequence[str] = (),
    *,
    name: str | None = None,
) -> None:
    """Create a view of `table` over Parquet `parts`, leaving out documents named in `duplicates`."""
    columns = ", ".join(_cast(column) for column in table.columns)
    source = f"read_parquet({file_list(list(parts))})" if parts else f"({_no_rows(table)})"
    where = ""
    if duplicates and table.name in WITHOUT_DUPLICATES:
        where = f" where doc_id not in (select doc_id from read_parquet({file_list(list(duplicates))}))"
    view = f'"{schema}"."{name or table.name}"'
    connection.execute(f"create view {view} as select {columns} from {source}{where}")
    connection.execute(f"comment on view {view} is {text_literal(table.meaning)}")
    for column in table.columns:
        connection.execute(f'comment on column {view}."{column.name}" is {text_literal(column.meaning)}')


def create_views(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    schema: str,
    datasets: Mapping[str, Sequence[Dataset]],
) -> None:
    """Create one view for each table in `datasets`."""
    connection.execute(f'create schema if not exists "{schema}"')
    duplicates = _parts(store, datasets.get("duplicates", ()), skip_empty=True)
    for name, runs in datasets.items():
        create_view(connection, schema, TABLES[name], _parts(store, runs), duplicates)


def publish_catalog(store: Store) -> Path:
    """Write the catalog of everything published below the home and put it in the old one's place."""
    store.home.mkdir(parents=True, exist_ok=True)
    with FileLock(store.home / ".catalog.lock"):
        partial = store.home / ".catalog.partial"
        partial.unlink(missing_ok=True)
        with connect(database=str(partial)) as connection:
            connection.begin()
            for corpus in store.corpora():
                tables = store.published(corpus)["tables"]
                datasets = {
                    table: [store.existing(corpus, table, key) for key in keys]
                    for table, keys in tables.items()
                }
                create_views(connection, store, corpus, datasets)
            connection.commit()
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(store.catalog)
    return store.catalog


def _parts(store: Store, runs: Sequence[Dataset], *, skip_empty: bool = False) -> list[str]:
    return [part for run in runs if run.rows or not skip_empty for part in store.parts(run)]


def _cast(column: Column) -> str:
    return f'cast("{column.name}" as {DUCKDB_TYPES[column.type]}) as "{column.name}"'


def _no_rows(table: Table) -> str:
    nulls = ", ".join(f'null::{DUCKDB_TYPES[c.type]} as "{c.name}"' for c in table.columns)
    return f"select {nulls} where false"
