"""Start a run under the corpus's lock, then publish all of it or record it as failed."""

import importlib.metadata
import json
import logging
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tasks.errors import InputError
from tasks.settings import MineSettings
from tasks.store.catalog import publish_catalog
from tasks.store.datasets import Corpus, Dataset, Store
from tasks.store.homes import home_folder, store_with
from tasks.store.runs import Run
from tasks.tables import TABLES

RECORDS = ("runs", "lineage", "checks", "metrics")
MINED = (
    *("sources", "rejects", "documents", "duplicates", "sentences"),
    *("ngrams", "lexicon", "lexicon_decisions", "tokens", "words", "entropy_ladder"),
)

logger = logging.getLogger(__name__)


def mined_settings(corpus: str, home: str | None) -> MineSettings:
    """Return the settings that a corpus was last mined with; InputError when it was not."""
    settings = store_with(corpus, home).corpus(corpus).published().state.settings
    if settings is None:
        raise InputError(f"corpus {corpus!r} is read but not mined; mine it first: minlex mine")
    return MineSettings.model_validate(settings)


@contextmanager
def working_on(
    corpus: str, home: str | None, settings: MineSettings, within: Run | None = None
) -> Iterator[Run]:
    """Give the run to work in: `within`, or else a new one that is published at the end."""
    if within is not None:
        yield within
        return
    held = Store(home_folder(home)).corpus(corpus)
    with held.locked():
        held.clear_staging()
        _remove_withdrawn(held)
        _repair_records(held)
        run = _begin(held, settings)
        for table, error in run.current().damaged.items():
            logger.warning("%s is made anew or left out: %s", table, error)
        try:
            yield run
            _publish(run)
        except BaseException as error:
            # An error after the publication does not undo it: the next run does what is left to do.
            if run.run_id not in held.published().tables.get("runs", []):
                _fail(held, run.run_id, _one_line(error))
                _publish_records(held)
            raise
        finally:
            held.clear_staging()


def withdraw(run: Run, datasets: Sequence[Dataset]) -> None:
    """Have datasets deleted once the run is published without them; if interrupted, the next run deletes them."""
    run.set_state(withdrawn=tuple(datasets))


def _remove_withdrawn(corpus: Corpus) -> None:
    tables, state = corpus.published()
    for dataset in state.withdrawn:
        if dataset.key not in tables.get(dataset.table, []):
            corpus.remove(dataset)


def _begin(corpus: Corpus, settings: MineSettings) -> Run:
    now = datetime.now(UTC)
    run = Run(
        run_id=f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}",
        corpus=corpus.name,
        home=str(corpus.store.home),
        engine=settings.engine,
    )
    run.note(
        "run",
        started=now.isoformat(),
        version=importlib.metadata.version("minlex"),
        settings=settings.model_dump_json(),
    )
    if run.state().withdrawn:
        withdraw(run, [])
    return run


def _publish(run: Run) -> None:
    """Publish the run's current datasets; InputError, and nothing changes, when a mined table is damaged."""
    corpus, current = run.data, run.current()
    current.refuse_damaged(*MINED)
    tables = {table: [d.key for d in datasets] for table, datasets in current.items()}
    _record(corpus, run.run_id, "published", None)
    corpus.publish(tables | _recorded(corpus), run.state())
    publish_catalog(corpus.store)
    _remove_withdrawn(corpus)


def _publish_records(corpus: Corpus) -> None:
    tables, state = corpus.published()
    corpus.publish(tables | _recorded(corpus), state)
    publish_catalog(corpus.store)


def _recorded(corpus: Corpus) -> dict[str, list[str]]:
    """Return the keys of the records of all runs; damaged ones are left out with a warning."""
    keys: dict[str, list[str]] = {}
    for table in RECORDS:
        found = corpus.run_keys(table)
        keys[table] = [key for key in found if corpus.find(table, key) is not None]
        for key in sorted(set(found) - set(keys[table])):
            logger.warning("%s of run %s of corpus %s are damaged and left out", table, key, corpus.name)
    return keys


def _repair_records(corpus: Corpus) -> None:
    """Write missing and damaged records of runs again; a run that was interrupted is recorded as failed.

    Records that cannot be written again are no longer published, with a warning.
    """
    tables = corpus.published().tables
    for run_id in (path.stem for path in corpus.journal.files()):
        ended = corpus.journal.entries(run_id, "end")
        failed = bool(ended) and ended[-1]["status"] == "failed"
        if run_id not in tables.get("runs", []) and not failed:
            _fail(corpus, run_id, "the run was cut off before it ended")
        elif ended and any(corpus.find(table, run_id) is None for table in RECORDS):
            _write_record(corpus, run_id, ended[-1])
    recorded = _recorded(corpus)
    if any(set(tables.get(table, [])) - set(recorded[table]) for table in RECORDS):
        _publish_records(corpus)


def _fail(corpus: Corpus, run_id: str, error: str) -> None:
    """Record a run as failed, and remove its report, if it wrote one."""
    if (report := corpus.report(run_id)).exists():
        corpus.discard(report)
    _record(corpus, run_id, "failed", error)


def _record(corpus: Corpus, run_id: str, status: str, error: str | None) -> None:
    """Note in the journal of a run how it ended, and write its record."""
    end = {"status": status, "finished": datetime.now(UTC).isoformat(), "error": error}
    corpus.journal.note(run_id, "end", end)
    _write_record(corpus, run_id, end)


def _write_record(corpus: Corpus, run_id: str, end: Mapping[str, Any]) -> None:
    """Write the notes of a run into the tables that record runs."""
    begun = corpus.journal.entries(run_id, "run")
    started = datetime.fromisoformat(begun[0]["started"]) if begun else datetime.fromtimestamp(0, UTC)
    rows: dict[str, list[dict[str, Any]]] = {
        "runs": [
            {
                "run_id": run_id,
                "corpus": corpus.name,
                "status": end["status"],
                "started": started,
                "finished": datetime.fromisoformat(end["finished"]),
                "version": begun[0]["version"] if begun else "",
                "settings": begun[0]["settings"] if begun else "{}",
                "error": end["error"],
            }
        ]
    }
    for table in ("lineage", "checks", "metrics"):
        entries = [{"run_id": run_id, **entry} for entry in corpus.journal.entries(run_id, table)]
        key = TABLES[table].key
        rows[table] = list({json.dumps([entry[k] for k in key]): entry for entry in entries}.values())
    for table in reversed(RECORDS):
        corpus.write(table, run_id, {"stage": "record"}, rows[table])


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return (text or type(error).__name__)[:500]
