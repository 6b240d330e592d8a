"""The catalog: a DuckDB file that holds views only, one schema a corpus, replaced in one step.

Views name Parquet files by absolute path, since DuckDB resolves relative ones against the reader's folder.
Readers that have the old file open keep reading it.
"""

import errno
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock

from tasks.engines.duck import connect, file_list, text_literal
from tasks.errors import InputError
from tasks.store.datasets import Corpus, Dataset, Store
from tasks.store.homes import home_folder, store_with
from tasks.tables import TABLES, Column, Table

DUCKDB_TYPES: Mapping[str, str] = {
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "string": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
}
logger = logging.getLogger(__name__)

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
    """Write the catalog of everything published below the home and put it in the old one's place.

    Damaged tables and corpora are left out with a warning, so that the others can be published. OSError
    when the disk is full; the old one stays then.
    """
    store.home.mkdir(parents=True, exist_ok=True)
    with FileLock(store.home / ".catalog.lock"):
        partial = store.home / ".catalog.partial"
        log = partial.with_name(f"{partial.name}.wal")
        try:
            for left in (partial, log):
                left.unlink(missing_ok=True)
            with connect(database=str(partial)) as connection:
                connection.begin()
                for corpus in store.corpora():
                    create_views(connection, store, corpus, _whole_datasets(store.corpus(corpus)))
                connection.commit()
                # Closing would do so too, but says nothing when the disk is full and leaves an empty catalog.
                connection.execute("checkpoint")
            with partial.open("rb") as file:
                os.fsync(file.fileno())
            partial.replace(store.catalog)
        except duckdb.Error as error:
            if "No space left" in str(error):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(store.catalog)) from error
            raise
        finally:
            for left in (partial, log):
                left.unlink(missing_ok=True)
    return store.catalog


def names_files_of(connection: duckdb.DuckDBPyConnection, store: Store) -> bool:
    """Return whether the views of an open catalog read the files of this home, not of one it was copied from."""
    elsewhere = connection.execute(
        "select 1 from duckdb_views() where contains(sql, 'read_parquet') and not contains(sql, ?) limit 1",
        [text_literal(str(store.home / "lake"))[:-1]],
    ).fetchone()
    return elsewhere is None


def _whole_datasets(corpus: Corpus) -> dict[str, list[Dataset]]:
    """Return the published datasets of each table of a corpus, without tables that are missing or damaged."""
    try:
        tables = corpus.published().tables
    except InputError as error:
        logger.warning("corpus %s is not in the catalog: %s", corpus.name, error)
        return {}
    datasets: dict[str, list[Dataset]] = {}
    for table, keys in tables.items():
        try:
            datasets[table] = [corpus.existing(table, key) for key in keys]
            # A view is bound to its first file; one that cannot be read would undo the whole transaction.
            for part in _parts(corpus.store, datasets[table])[:1]:
                pq.read_metadata(part)
        except (InputError, pa.ArrowInvalid, OSError) as error:
            datasets.pop(table, None)
            logger.warning("table %s.%s is not in the catalog: %s", corpus.name, table, error)
    return datasets


def _parts(store: Store, runs: Sequence[Dataset], *, skip_empty: bool = False) -> list[str]:
    return [part for run in runs if run.rows or not skip_empty for part in store.parts(run)]


def _cast(column: Column) -> str:
    return f'cast("{column.name}" as {DUCKDB_TYPES[column.type]}) as "{column.name}"'


def _no_rows(table: Table) -> str:
    nulls = ", ".join(f'null::{DUCKDB_TYPES[c.type]} as "{c.name}"' for c in table.columns)
    return f"select {nulls} where false"


def open_catalog(home: str | None) -> duckdb.DuckDBPyConnection:
    """Open the catalog for reading, written anew when it is damaged or the home was moved.

    InputError when nothing is published.
    """
    store = Store(home_folder(home))
    if not store.corpora():
        raise InputError(f"nothing is mined below {str(store.home)!r} yet; run minlex mine or minlex demo")
    return _catalog_of(store) or connect(database=str(publish_catalog(store)), read_only=True)


def _catalog_of(store: Store) -> duckdb.DuckDBPyConnection | None:
    """Open the catalog as it is; None when it is missing or damaged, or names the files of another home."""
    if not store.catalog.exists():
        return None
    try:
        catalog = connect(database=str(store.catalog), read_only=True)
        if names_files_of(catalog, store):
            return catalog
    except duckdb.Error:
        return None
    catalog.close()
    return None


def open_corpus(corpus: str, home: str | None, *tables: str) -> duckdb.DuckDBPyConnection:
    """Open the catalog with the tables of one corpus unqualified; InputError when one is missing or damaged."""
    store = store_with(corpus, home)
    for table in tables:
        store.corpus(corpus).published_datasets(table)
    catalog = open_catalog(home)
    views = "select table_name from information_schema.tables where table_schema = ?"
    missing = sorted(set(tables) - {name for (name,) in catalog.execute(views, [corpus]).fetchall()})
    if missing:
        catalog.close()
        raise InputError(f"corpus {corpus!r} has no {', '.join(missing)} yet; mine it to the end first")
    catalog.execute("set schema = ?", [corpus])
    return catalog


def corpus_frame(corpus: str, home: str | None, table: str, query: str, **values: Any) -> pl.DataFrame:
    """Return what `query` finds in one table of a corpus; InputError when there is no such corpus or table."""
    with open_corpus(corpus, home, table) as catalog:
        return pl.DataFrame(catalog.execute(query, values).to_arrow_table())
