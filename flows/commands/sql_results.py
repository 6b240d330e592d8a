"""Results of `minlex sql` as a table, CSV or JSON."""

import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pyarrow.csv as pacsv

from flows.commands.console import cell, output, plain_table, print_table, say
from minlex.queries import ready_queries, ready_query
from tasks.engines.duck import connect
from tasks.errors import InputError
from tasks.store.catalog import open_catalog, open_corpus

ROWS_SHOWN = 1_000


def _opened(home: str | None, corpus: str | None) -> duckdb.DuckDBPyConnection:
    return open_catalog(home) if corpus is None else open_corpus(corpus, home)


def run_query(home: str | None, query: str, style: str, corpus: str | None = None) -> None:
    """Print what `query` returns as `table`, `csv` or `json`; InputError in one line when it is not SQL.

    `@name` is a ready query. With a corpus its tables need no name before them.
    """
    if query.startswith("@"):
        query = ready_query(query[1:]).query
        if corpus is None:
            raise InputError("a ready query needs the corpus it is put to; give --corpus")
    with _opened(home, corpus) as catalog:
        _print(catalog, query, style)


def list_queries(style: str) -> None:
    """Print name and meaning of every ready query as `table`, `csv` or `json`."""
    names, meanings = zip(*((f"@{query.name}", query.meaning) for query in ready_queries()), strict=True)
    with connect() as nothing:
        nothing.register("ready", pa.table({"query": names, "answers": meanings}))
        _print(nothing, "select * from ready", style)


def prompt(home: str | None, style: str, corpus: str | None = None) -> None:
    """Run the statements of standard input, each up to its `;` or the end; from a terminal as they are typed."""
    with _opened(home, corpus) as catalog:
        if not sys.stdin.isatty():
            _print(catalog, sys.stdin.read(), style)
            return
        say("SQL, a statement ends with ;. Type show all tables; for what there is, Ctrl-D to leave")
        for query in _typed():
            try:
                _print(catalog, query, style)
            except InputError as error:
                say(str(error))


def _typed() -> Iterator[str]:
    """Yield what is typed up to a `;`, or up to an end of input."""
    lines: list[str] = []
    while True:
        try:
            line = input("   ...> " if lines else "minlex> ")
        except EOFError:
            if lines:
                yield "\n".join(lines)
            return
        if not lines and line.strip().rstrip(";") in {"exit", "quit", ".quit", ".exit"}:
            return
        if lines or line.strip():
            lines.append(line)
        if line.rstrip().endswith(";"):
            yield "\n".join(lines)
            lines = []


def _print(catalog: duckdb.DuckDBPyConnection, query: str, style: str) -> None:
    """Print the rows of every statement of a query."""
    try:
        for statement in catalog.extract_statements(query):
            _print_statement(catalog, statement, style)
    except (duckdb.Error, OSError) as error:
        # A query that fails while its rows are read comes through Arrow as an OSError without a number.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError(f"the query was refused: {' '.join(str(error).split())}") from None


def _print_statement(catalog: duckdb.DuckDBPyConnection, statement: Any, style: str) -> None:
    result = catalog.execute(statement)
    # No columns come of a statement that is no query.
    if result is None or result.description is None:
        return
    if style in ("table", "vertical"):
        names = [column[0] for column in result.description]
        (_print_table if style == "table" else _print_vertical)(names, result.fetchmany(ROWS_SHOWN + 1))
    else:
        reader = result.to_arrow_reader(1 << 14)
        (_print_csv if style == "csv" else _print_json)(reader)


def _print_table(names: list[str], rows: list[tuple[Any, ...]]) -> None:
    table = plain_table((name, "left") for name in names)
    for row in rows[:ROWS_SHOWN]:
        table.add_row(*(cell(value) for value in row))
    print_table(table)
    _say_how_many(rows)


def _print_vertical(names: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Print a row as lines `name value`, an empty line after each row."""
    width = max(map(len, names))
    for row in rows[:ROWS_SHOWN]:
        for name, value in zip(names, row, strict=True):
            output(f"{name:<{width}}  {cell(value)}".rstrip())
        output("")
    _say_how_many(rows)


def _say_how_many(rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        say("no rows")
    if len(rows) > ROWS_SHOWN:
        say(f"the first {ROWS_SHOWN} rows; --csv or --json prints all")


def _print_csv(reader: pa.RecordBatchReader) -> None:
    if any(_has_no_form_in_csv(field.type) for field in reader.schema):
        _print_csv_by_text(reader)
        return
    with pacsv.CSVWriter(sys.stdout.buffer, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)


def _print_csv_by_text(reader: pa.RecordBatchReader) -> None:
    """Print rows with lists and the like written as DuckDB writes them as text: `[1, 2]`."""
    fields = [field.with_name(f"c{number}") for number, field in enumerate(reader.schema)]
    names = [field.name for field in fields]
    columns = ", ".join(
        f"cast({f.name} as varchar) as {f.name}" if _has_no_form_in_csv(f.type) else f.name for f in fields
    )
    # Names of their own, since those of a query may come twice; one thread, so that rows keep their order.
    renamed = pa.RecordBatchReader.from_batches(
        pa.schema(fields), (batch.rename_columns(names) for batch in reader)
    )
    with connect(threads=1) as duck:
        duck.register("result", renamed)
        as_text = duck.execute(f"select {columns} from result").to_arrow_reader(1 << 14)
        schema = pa.schema(
            [f.with_name(name) for f, name in zip(as_text.schema, reader.schema.names, strict=True)]
        )
        _print_csv(
            pa.RecordBatchReader.from_batches(
                schema, (batch.rename_columns(schema.names) for batch in as_text)
            )
        )


def _has_no_form_in_csv(kind: pa.DataType) -> bool:
    return (
        pa.types.is_nested(kind)
        or pa.types.is_interval(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )


def _print_json(reader: pa.RecordBatchReader) -> None:
    for batch in reader:
        for row in batch.to_pylist():
            output(orjson.dumps(row, default=_json_value).decode())


def _json_value(value: Any) -> Any:
    """Return what JSON has for a value: sums are decimals of 38 digits to Arrow."""
    if not isinstance(value, Decimal):
        return str(value)
    if value != value.to_integral_value():
        return float(value)
    return int(value) if abs(value) < 1 << 63 else str(value)
