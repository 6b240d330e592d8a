"""The commands that name what there is: list, tables, drop."""

from typing import Annotated

import typer

from flows.commands.console import output, output_json, plain_table, print_table, say
from flows.commands.options import Home, Quiet
from tasks.errors import InputError

commands = typer.Typer()


@commands.command("list")
def list_(
    home: Home = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a corpus.")] = False,
    quiet: Quiet = False,
) -> None:
    """List the corpora of a home: documents, characters, words, when each was mined last."""
    from minlex import corpora, open

    found = [{"corpus": name, **open(name, home).facts()} for name in corpora(home)]
    if json:
        for facts in found:
            output_json(facts)
        return
    names = ("corpus", "documents", "characters", "words", "mined")
    table = plain_table((name, "left" if name in ("corpus", "mined") else "right") for name in names)
    for facts in found:
        table.add_row(*(str(facts[name]) for name in names))
    if found:
        print_table(table)
    else:
        say("nothing is mined here yet; run minlex mine or minlex demo")


@commands.command()
def tables(
    name: Annotated[str | None, typer.Argument(help="Table to describe; all when left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a row.")] = False,
    quiet: Quiet = False,
) -> None:
    """List the tables of a corpus and what they mean, or the columns of one.

    Example: `minlex tables lexicon`
    """
    from tasks.tables import TABLES

    if name is None:
        rows = [{"table": table.name, "meaning": table.meaning} for table in TABLES.values()]
    elif name in TABLES:
        columns = TABLES[name].columns
        rows = [{"column": c.name, "type": c.type, "meaning": c.meaning} for c in columns]
    else:
        raise InputError(f"table must be one of {', '.join(TABLES)}; got {name!r}")
    if json:
        for row in rows:
            output_json(row)
        return
    shown = plain_table((column, "left") for column in rows[0])
    for row in rows:
        shown.add_row(*map(str, row.values()))
    print_table(shown)


@commands.command()
def drop(
    corpus: Annotated[str, typer.Argument(help="Corpus to remove.")],
    home: Home = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Quiet = False,
) -> None:
    """Remove a corpus for good: its tables, models and reports; the files that it was mined from stay.

    Example: `minlex drop news`
    """
    from minlex import drop, open

    mined = open(corpus, home)
    if not yes and not typer.confirm(f"Remove corpus {corpus} below {mined.home}?", err=True):
        raise InputError(f"corpus {corpus!r} stays; give --yes to remove it")
    drop(corpus, home)
    if json:
        output_json({"corpus": corpus, "dropped": True})
    else:
        output(f"corpus {corpus} is removed")
