"""The command `minlex sql`."""

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from flows.commands.console import table_style
from flows.commands.options import Home, Quiet, corpora_beginning_with

commands = typer.Typer()


class SqlCommand(TyperCommand):
    """A command whose query may begin with a comment: an argument that begins with `--` and has blanks is no option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keep such an argument from being read as an option."""
        return super().parse_args(
            ctx, [f" {arg}" if arg.startswith("--") and len(arg.split()) > 1 else arg for arg in args]
        )


@commands.command(cls=SqlCommand)
def sql(
    query: Annotated[
        str | None,
        typer.Argument(help="SQL, or @NAME for a ready query; left out: a prompt, or standard input."),
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
    vertical: Annotated[
        bool, typer.Option("--vertical", help="Print a line for each column of a row.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Query every table of every corpus with DuckDB's SQL.

    Tables are `CORPUS.TABLE`; `show all tables` lists them, `describe demo.lexicon` their columns. Several statements
    are separated by `;`.

    Example: `minlex sql "select word, count from demo.words order by count desc limit 10"`, or
    `minlex sql @top_words --corpus demo`
    """
    from flows.commands.sql_results import list_queries, prompt, run_query

    style = table_style(csv=csv, json=json, vertical=vertical)
    if ready:
        list_queries(style)
    elif query is None:
        prompt(home, style, corpus)
    else:
        run_query(home, query, style, corpus)
