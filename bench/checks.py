"""What a table's gate costs beside each expectation by itself: `python -m bench.checks [--rows N] [--rounds 5]`.

The tables of a small corpus, each of a few rows, so that what is measured is not DuckDB's work; with `--rows`
the table of words, so many rows long. `each` judges every expectation of the suite by itself, `each, reflected`
with the columns as duckdb-engine reports them; `gate` screens them first. Seconds are CPU of all tables, medians of
interleaved rounds, after one that does not count; the import of Great Expectations is measured separately.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

import duckdb
import duckdb_engine
import pyarrow as pa

from tasks.checks.gate import (
    expect_table,
    load_great_expectations,
    opened,
    structure_of,
    validated,
    values_of,
)
from tasks.tables import TABLES
from tests import tiny_corpus

MEMORY = 1 << 30


def write_databases(folder: Path, rows: int) -> dict[str, Path]:
    """Return a DuckDB file for each table of the small corpus, or for `rows` words alone."""
    databases = {}
    for name, few in tiny_corpus.rows().items():
        if rows and name != "words":
            continue
        databases[name] = folder / f"{name}.duckdb"
        with duckdb.connect(str(databases[name])) as connection:
            connection.register("few", pa.Table.from_batches([tiny_corpus.batch_of(name, few)]))
            source = "few" if not rows else _words(rows)
            connection.execute(f"create table checked as select * from {source}")
    return databases


def _words(rows: int) -> str:
    return (
        "(select 'w' || i as word, length('w' || i) as length, 1 + i % 100 as count, "
        f"1 + i % 10 as documents, i % 2 = 0 as in_lexicon from range({rows}) numbers(i))"
    )


def gate(name: str, database: Path) -> int:
    """Return how many expectations of the table failed, as the gate finds them."""
    found = expect_table(TABLES[name], database, "checked", MEMORY, str(database.parent))
    return sum(not finding.passed for finding in found)


def each(name: str, database: Path) -> int:
    """Return the same of every expectation judged by itself."""
    table = TABLES[name]
    with opened(database, "checked", MEMORY, str(database.parent)) as batch:
        judged = validated(batch, table, [*structure_of(table), *values_of(table)])
    return sum(not result.success for result in judged)


def each_reflected(name: str, database: Path) -> int:
    """Return the same with columns as duckdb-engine reports them, too."""
    from tasks.checks.buffered_duckdb import BufferedDuckDB

    with patch.object(BufferedDuckDB, "get_columns", duckdb_engine.Dialect.get_columns):
        return each(name, database)


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    began = time.process_time()
    load_great_expectations()
    importing = time.process_time() - began
    contenders: dict[str, Callable[[str, Path], int]] = {
        "gate": gate,
        "each": each,
        "each, reflected": each_reflected,
    }
    times: dict[str, list[float]] = {name: [] for name in contenders}
    with tempfile.TemporaryDirectory() as folder:
        databases = write_databases(Path(folder), options.rows)
        for turn in range(options.rounds + 1):
            for name, look in contenders.items():
                began = time.process_time()
                failed = {table: look(table, database) for table, database in databases.items()}
                if turn:
                    times[name].append(time.process_time() - began)
                if any(failed.values()):
                    raise SystemExit(f"{name} finds fault with sound tables: {failed}")
    seconds = {name: statistics.median(of) for name, of in times.items()}
    print(f"{len(databases)} tables{'':11}  CPU s  ratio")
    for name, taken in seconds.items():
        print(f"{name:20} {taken:6.2f} {taken / seconds['gate']:6.2f}")
    print(
        json.dumps(
            {
                "tables": len(databases),
                "rows": options.rows,
                "seconds": {name: round(taken, 3) for name, taken in seconds.items()},
                "import_s": round(importing, 2),
                "rounds": options.rounds,
                "load": os.getloadavg()[0],
                "versions": {n: version(n) for n in ("great-expectations", "duckdb", "duckdb-engine")},
            }
        )
    )


if __name__ == "__main__":
    main()
