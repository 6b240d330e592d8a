"""One `minlex mine` from a terminal: input looked at, a server found, the flow run, the result told."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flows.configure import engine_settings
from flows.console import output, say, visible
from flows.outcome import output_json, output_run, say_mined
from flows.server import prefect_server
from flows.services import running_api
from tasks.checks.gate import load_great_expectations
from tasks.corpus.batches import Batch, choose_batch
from tasks.corpus.formats import supported
from tasks.corpus.sources import find_files
from tasks.engines.spark import check_engine
from tasks.errors import InputError
from tasks.evaluation.gold import load_gold
from tasks.lexicon.user_words import load_dictionary
from tasks.publish import home_folder, mined_settings
from tasks.retention.garbage import store_to_clean
from tasks.settings import MineSettings
from tasks.store import Store

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

    After the first run of a corpus `hints` say what to look at next.
    """
    files, skipped = find_files(paths, supported)
    if settings.evaluation.gold is not None:
        load_gold(settings.evaluation.gold)
    load_dictionary(settings.lexicon, settings.ingest)
    check_engine(settings.engine)
    folder = home_folder(home)
    _check_writable(folder)
    if skipped:
        left_out = f"{len(skipped)} file{'' if len(skipped) == 1 else 's'} left out"
        say(f"{left_out}, {visible(skipped[0])} the first of them")
    say(f"mining {len(files)} file{'' if len(files) == 1 else 's'} into corpus {corpus} below {folder}")
    is_first = corpus not in Store(folder).corpora()
    with quiet_server(folder):
        from flows.mine_corpus import mine_corpus

        absolute = [str(Path(path).expanduser().resolve()) for path in paths]
        page = mine_corpus(absolute, corpus, folder, settings)
    (output_run if as_json else say_mined)(folder, corpus, page)
    if is_first and hints:
        say(NEXT.format(corpus=corpus))


def run_forgetting(
    batch_id: str, corpus: str, home: str | None, engine: Mapping[str, Any], *, as_json: bool = False
) -> None:
    """Withdraw a batch and say what is left; InputError when there is no such batch.

    Of `engine`, the settings that are not None take the place of those the corpus was mined with.
    """
    folder = home_folder(home)
    chosen = engine_settings(mined_settings(corpus, folder).engine, **engine)
    check_engine(chosen)
    batches = Store(folder).published(corpus)["state"]["batches"]
    choose_batch([Batch.model_validate(batch) for batch in batches], batch_id)
    with quiet_server(folder):
        from flows.forget_batch import forget_batch

        page = forget_batch(batch_id, corpus, folder, chosen)
    (output_run if as_json else say_mined)(folder, corpus, page)


def run_collecting(
    corpus: str, home: str | None, keep_runs: int, hours: float, *, dry_run: bool, as_json: bool = False
) -> None:
    """Remove what a corpus no longer needs and say how much it was; InputError when there is nothing of it."""
    folder = str(store_to_clean(corpus, home).home)
    with quiet_server(folder, checks=False):
        from flows.collect_garbage import collect_garbage

        found = collect_garbage(corpus, folder, keep_runs, hours, dry_run)
    if as_json:
        output_json({"corpus": corpus, "dry_run": dry_run, "removed": [asdict(garbage) for garbage in found]})
        return
    for garbage in found if dry_run else ():
        output(f"{garbage.kind} {garbage.path}")
    size = sum(garbage.bytes for garbage in found) / 1e6
    output(f"{len(found)} pieces, {size:.1f} MB {'could be' if dry_run else 'were'} removed")


@contextmanager
def quiet_server(home: str, *, checks: bool = True) -> Iterator[None]:
    """Have a Prefect server, the home's if it is up; of the logs only warnings come to the terminal.

    What `checks` need is loaded while a server starts.
    """
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    with prefect_server(running_api(home), load_great_expectations if checks else None):
        stages = logging.getLogger("tasks")
        stages.addHandler(_Sayer(logging.WARNING))
        stages.propagate = False
        yield


def _check_writable(folder: str) -> None:
    nearest = next(path for path in (Path(folder), *Path(folder).parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise InputError(f"cannot write below {str(nearest)!r}; give another --home")


class _Sayer(logging.Handler):
    """Warnings of the stages, as lines on the terminal."""

    def emit(self, record: logging.LogRecord) -> None:
        say(f"warning: {record.getMessage()}")
