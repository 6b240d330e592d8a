"""The command `minlex gc`."""

from typing import Annotated

import typer

from flows.commands.console import output, output_json
from flows.commands.flow_run import flow_run
from flows.commands.options import Corpus, Home, Json, Quiet
from tasks.settings import MOST_HOURS

commands = typer.Typer()


@commands.command()
def gc(
    corpus: Corpus,
    home: Home = None,
    keep: Annotated[int, typer.Option(min=1, help="Newest published runs whose data stays.")] = 3,
    hours: Annotated[
        float,
        typer.Option(
            min=0, max=MOST_HOURS, help="What was published or written in the last so many hours stays."
        ),
    ] = 24.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Remove what a corpus no longer needs: data of old runs, and leftovers of interrupted ones.

    What is published stays, and so does the record of every run.

    Example: `minlex gc --corpus news --keep 2 --dry-run`
    """
    from dataclasses import asdict

    from tasks.store.garbage import corpus_to_clean

    folder = str(corpus_to_clean(corpus, home).store.home)
    with flow_run(folder):
        from flows.collect_garbage import collect_garbage

        found = collect_garbage(corpus, folder, keep, hours, dry_run)
    if json:
        output_json({"corpus": corpus, "dry_run": dry_run, "removed": [asdict(garbage) for garbage in found]})
        return
    for garbage in found if dry_run else ():
        output(f"{garbage.kind} {garbage.path}")
    size = sum(garbage.bytes for garbage in found) / 1e6
    output(f"{len(found)} pieces, {size:.1f} MB {'could be' if dry_run else 'were'} removed")
