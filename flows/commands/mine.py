"""The command `minlex mine`."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.console import say, visible
from flows.commands.flow_run import flow_run
from flows.commands.options import Corpus, Home, Json, Quiet
from flows.commands.setting_options import Given, Offered, with_settings
from flows.commands.summary import output_run, say_mined
from tasks.settings import MineSettings

commands = typer.Typer()

DEFAULTS = MineSettings()
NEXT = (
    "look at it: minlex report --corpus {corpus} --open; query it: minlex sql @top_words --corpus {corpus}; "
    "segment with it: minlex segment --corpus {corpus} FILE"
)


@commands.command()
@with_settings(
    Offered("ingest", DEFAULTS.ingest, ("sample",)),
    Offered("lexicon", DEFAULTS.lexicon, ("method", "force", "forbid", "known", "stop_characters")),
    Offered("evaluation", DEFAULTS.evaluation, ("gold",)),
    Offered("report", DEFAULTS.report, ("lang",)),
    Offered("engine", DEFAULTS.engine, ("workers", "memory_mb"), {"engine": "master"}),
)
def mine(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Files and folders: txt, md, html, csv, tsv, jsonl, "
            "parquet, and .gz .bz2 .xz .zst .zip .tar of them."
        ),
    ],
    corpus: Corpus,
    given: Given,
    home: Home = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="TOML file with tables [ingest], [ngrams], [lexicon], [evaluation], [report], [engine]."
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Mine files into a corpus: read, count, find words, segment, report.

    Files that the corpus holds already are not read again, and stages whose result exists are skipped, so the
    same command resumes what was interrupted and adds what is new.

    Example: `minlex mine news/ archive.tar.zst --corpus news`
    """
    from minlex.settings import mine_settings

    run_mining(paths, corpus, home, mine_settings(settings, **given), as_json=json)


def run_mining(
    paths: list[str],
    corpus: str,
    home: str | None,
    settings: MineSettings,
    *,
    as_json: bool = False,
    hints: bool = True,
) -> None:
    """Mine files and say what came of it; with nothing new, only that. `hints` follow a corpus's first run."""
    from minlex.mining import Mining

    mining = Mining(paths, corpus, home, settings)
    if mining.skipped:
        left_out = f"{len(mining.skipped)} {_files(len(mining.skipped))} left out"
        say(f"{left_out}, {visible(mining.skipped[0])} the first of them")
    count = len(mining.files)
    say(f"mining {count} {_files(count)} into corpus {corpus} below {mining.home}")
    new = mining.new
    say(f"{new} new {_files(new)}, {len(mining.listing.sources) - new} known")
    if mining.is_unchanged:
        say(f"nothing new: corpus {corpus} is mined from these files with these settings")
        page = mining.report
        if as_json:
            output_run(mining.home, corpus, page)
        else:
            say(f"report: {page}")
        return
    is_first = mining.is_first
    with flow_run(mining.home):
        page = mining.run()
    (output_run if as_json else say_mined)(mining.home, corpus, page)
    if is_first and hints:
        say(NEXT.format(corpus=corpus))


def _files(count: int) -> str:
    return "file" if count == 1 else "files"
