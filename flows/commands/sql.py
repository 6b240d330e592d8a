"""The command `minlex sql`."""

from typing import Annotated

import typer

from flows.commands.console import table_style
from flows.commands.options import Home, Quiet, corpora_beginning_with

commands = typer.Typer()


@commands.command()
def sql(
    query: Annotated[
        str | None, typer.Argument(help="A query, or @NAME for a ready one; a prompt when left out.")
    ] = None,
    corpus: Annotated[
        str | None,
        typer.Option(
            "--corpus",
            "-c",
            help="Corpus whose tables need no name before them.",
            autocompletion=corpora_beginning_with,
        ),
    ] = None,
    home: Home = None,
    ready: Annotated[bool, typer.Option("--list", help="List the ready queries.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a row.")] = False,
    quiet: Quiet = False,
) -> None:
    """Query every table of every corpus with DuckDB's SQL.

    Tables are `CORPUS.TABLE`; `show all tables` lists them, `describe demo.lexicon` their columns.

    Example: `minlex sql "select word, count from demo.words order by count desc limit 10"`, or
    `minlex sql @top_words --corpus demo`
    """
    from flows.commands.sql_results import list_queries, prompt, run_query

    style = table_style(csv=csv, json=json)
    if ready:
        list_queries(style)
    elif query is None:
        prompt(home, style, corpus)
    else:
        run_query(home, query, style, corpus)
