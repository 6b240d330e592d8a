"""Run `minlex mine`, `forget` and `gc`: validate the input, run the flow, print a summary."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flows.commands.flow_run import flow_run
from flows.configure import engine_settings
from flows.console import output, output_json, say, visible
from flows.outcome import output_run, say_mined
from tasks.corpus.readers.formats import supported
from tasks.corpus.sources import Listing, find_files, list_sources
from tasks.errors import InputError
from tasks.progress.task import progress
from tasks.settings import EngineSettings, MineSettings
from tasks.store.datasets import Store
from tasks.store.publish import home_folder, mined_settings
from tasks.store.unchanged import held_hashes, is_unchanged

NEXT = (
    "look at it: minlex report --corpus {corpus} --open; ask it: minlex sql @top_words --corpus {corpus}; "
    "cut with it: minlex segment --corpus {corpus} FILE"
)


def run_mining(
    paths: Sequence[str],
    corpus: str,
    home: str | None,
    settings: MineSettings,
    *,
    as_json: bool = False,
    hints: bool = True,
) -> None:
    """Mine `paths` into `corpus` and say where the report is; InputError before anything is written.

    Where there is nothing new, that is all that is said. After the first run of a corpus `hints` say what to look at
    next.
    """
    folder = home_folder(home)
    store = Store(folder)
    files, skipped = find_files(paths, supported)
    _validate(folder, settings)
    if skipped:
        left_out = f"{len(skipped)} file{'' if len(skipped) == 1 else 's'} left out"
        say(f"{left_out}, {visible(skipped[0])} the first of them")
    say(f"mining {len(files)} file{'' if len(files) == 1 else 's'} into corpus {corpus} below {store.home}")
    listing = _listed(paths, len(files), corpus, store)
    if is_unchanged(store, corpus, (source.content_hash for source in listing.sources), settings):
        page = str(store.home / store.published(corpus)["state"]["report"])
        say(f"nothing new: corpus {corpus} is mined from these files with these settings")
        if as_json:
            output_run(folder, corpus, page)
        else:
            say(f"report: {page}")
        return
    is_first = corpus not in store.corpora()
    with flow_run(folder):
        from flows.mine_corpus import mine_corpus

        absolute = [str(Path(path).expanduser().resolve()) for path in paths]
        page = mine_corpus(absolute, corpus, folder, settings)
    (output_run if as_json else say_mined)(folder, corpus, page)
    if is_first and hints:
        say(NEXT.format(corpus=corpus))


def _listed(paths: Sequence[str], files: int, corpus: str, store: Store) -> Listing:
    """Hash the files, so many as there are, and say how many of them are new."""
    with progress("looking for new files", files) as advance:
        listing = list_sources(paths, supported, advance)
    held = held_hashes(store, corpus)
    new = sum(source.content_hash not in held for source in listing.sources)
    say(f"{new} new file{'' if new == 1 else 's'}, {len(listing.sources) - new} known")
    return listing


def _validate(home: str, settings: MineSettings) -> None:
    """InputError for files that settings name and cannot be used, an engine that is not there, a home not writable.

    What a check needs is imported where there is something to check.
    """
    if settings.evaluation.gold is not None:
        from tasks.evaluation.gold import load_gold

        load_gold(settings.evaluation.gold)
    lexicon = settings.lexicon
    if lexicon.force or lexicon.forbid or lexicon.known or lexicon.stop_characters:
        from tasks.lexicon.user_words import load_dictionary

        load_dictionary(lexicon, settings.ingest)
    _check_engine(settings.engine)
    _check_writable(Path(home))


def _check_engine(engine: EngineSettings) -> None:
    if engine.master != EngineSettings().master:
        from tasks.engines.spark import check_engine

        check_engine(engine)


def run_forgetting(
    batch_id: str, corpus: str, home: str | None, engine: Mapping[str, Any], *, as_json: bool = False
) -> None:
    """Withdraw a batch and say what is left; InputError when there is no such batch.

    Of `engine`, the settings that are not None take the place of those the corpus was mined with.
    """
    from tasks.corpus.batches import Batch, choose_batch

    folder = home_folder(home)
    chosen = engine_settings(mined_settings(corpus, folder).engine, **engine)
    _check_engine(chosen)
    batches = Store(folder).published(corpus)["state"]["batches"]
    choose_batch([Batch.model_validate(batch) for batch in batches], batch_id)
    with flow_run(folder):
        from flows.forget_batch import forget_batch

        page = forget_batch(batch_id, corpus, folder, chosen)
    (output_run if as_json else say_mined)(folder, corpus, page)


def run_collecting(
    corpus: str, home: str | None, keep_runs: int, hours: float, *, dry_run: bool, as_json: bool = False
) -> None:
    """Remove what a corpus no longer needs and say how much it was; InputError when there is nothing of it."""
    from tasks.store.garbage import store_to_clean

    folder = str(store_to_clean(corpus, home).home)
    with flow_run(folder):
        from flows.collect_garbage import collect_garbage

        found = collect_garbage(corpus, folder, keep_runs, hours, dry_run)
    if as_json:
        output_json({"corpus": corpus, "dry_run": dry_run, "removed": [asdict(garbage) for garbage in found]})
        return
    for garbage in found if dry_run else ():
        output(f"{garbage.kind} {garbage.path}")
    size = sum(garbage.bytes for garbage in found) / 1e6
    output(f"{len(found)} pieces, {size:.1f} MB {'could be' if dry_run else 'were'} removed")


def _check_writable(home: Path) -> None:
    nearest = next(path for path in (home, *home.parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise InputError(f"cannot write below {str(nearest)!r}; give another --home")
