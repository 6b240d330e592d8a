"""The command `minlex compare`."""

from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.console import output, output_json, plain_table, print_table, say, table_style, visible
from flows.commands.options import Home, Quiet, corpora_beginning_with

if TYPE_CHECKING:
    import polars as pl

commands = typer.Typer()


@commands.command()
def compare(
    corpus_a: Annotated[
        str, typer.Argument(metavar="CORPUS_A", help="Corpus A.", autocompletion=corpora_beginning_with)
    ],
    corpus_b: Annotated[
        str, typer.Argument(metavar="CORPUS_B", help="Corpus B.", autocompletion=corpora_beginning_with)
    ],
    home: Home = None,
    top: Annotated[int, typer.Option(min=1, help="Words of each group.")] = 20,
    min_count: Annotated[int, typer.Option(min=1, help="Least uses in A and B together.")] = 5,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a row.")] = False,
    quiet: Quiet = False,
) -> None:
    """Show the words that distinguish two corpora: new in A, used more in A, used more in B.

    Ranked by z, the log-odds ratio of a word's shares of A and B over its standard error. A prior out of both
    corpora keeps rare words from leading (Monroe, Colaresi and Quinn 2008); chance alone seldom passes 1.96.
    Words that only one corpus uses though both texts hold them are left out: they show a difference of lexicons. Mine
    both corpora with the same settings.

    Example: `minlex compare physics demo --top 10`
    """
    from minlex import open

    style = table_style(csv=csv, json=json)
    found = open(corpus_a, home).compare(open(corpus_b, home), top=top, min_count=min_count)
    if style == "json":
        for row in found.words.iter_rows(named=True):
            output_json(row)
    elif style == "csv":
        from tasks.export.comma_separated import comma_separated

        output(comma_separated(found.words).removesuffix("\n"))
    elif found.words.is_empty():
        say(f"no word used {min_count} times or more distinguishes {corpus_a} and {corpus_b}")
    else:
        _print(found.words, corpus_a, corpus_b)
    if found.left_out:
        say(f"{found.left_out} words left out that one corpus uses and the other segments differently")


def _print(words: "pl.DataFrame", corpus_a: str, corpus_b: str) -> None:
    titles = {
        "new_in_a": f"new in {corpus_a}: not in the text of {corpus_b}",
        "more_in_a": f"used more in {corpus_a}",
        "more_in_b": f"used more in {corpus_b}",
    }
    for (group,), rows in words.group_by("group", maintain_order=True):
        columns = ("word", corpus_a, corpus_b, f"{corpus_a}/million", f"{corpus_b}/million", "log-odds", "z")
        table = plain_table((name, "left" if name == "word" else "right") for name in columns)
        for row in rows.iter_rows(named=True):
            table.add_row(
                visible(row["word"]), str(row["count_a"]), str(row["count_b"]),
                f"{row['per_million_a']:.1f}", f"{row['per_million_b']:.1f}",
                f"{row['log_odds']:.2f}", f"{row['z']:.1f}",
            )  # fmt: skip
        print_table(table, titles[str(group)])
