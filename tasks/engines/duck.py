"""DuckDB connections with limited memory that write only to the folders given."""

import duckdb


def connect(
    *,
    database: str = ":memory:",
    memory_bytes: int | None = None,
    threads: int | None = None,
    scratch: str | None = None,
    read_only: bool = False,
) -> duckdb.DuckDBPyConnection:
    """Open a connection that spills to `scratch` beyond `memory_bytes` and loads nothing from the network."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    if memory_bytes is not None:
        config["memory_limit"] = f"{memory_bytes // (1 << 20)}MiB"
    if threads is not None:
        config["threads"] = str(threads)
    if scratch is not None:
        config["temp_directory"] = scratch
    return duckdb.connect(database, read_only=read_only, config=config)


def text_literal(value: str) -> str:
    """Return `value` as an SQL string literal, for the few statements that take no parameters."""
    return "'" + value.replace("'", "''") + "'"


def file_list(paths: list[str]) -> str:
    """Return `paths` as what read_parquet takes; a folder called `word=x` does not become a column."""
    return "[" + ", ".join(text_literal(path) for path in paths) + "], hive_partitioning = false"
