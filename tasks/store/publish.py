"""The life of a run: begun under the corpus's lock, published whole or recorded as failed."""

import importlib.metadata
import json
import logging
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from tasks.errors import InputError
from tasks.settings import MineSettings
from tasks.store.catalog import publish_catalog
from tasks.store.datasets import Dataset, Store, check_corpus_name
from tasks.store.homes import home_folder, store_with
from tasks.store.runs import Run
from tasks.tables import TABLES

RECORDS = ("runs", "lineage", "checks", "metrics")
MINED = (
    *("sources", "rejects", "documents", "duplicates", "sentences"),
    *("ngrams", "lexicon", "lexicon_decisions", "tokens", "words", "entropy_ladder"),
)
WITHDRAWN = "withdrawn"

logger = logging.getLogger(__name__)


def mined_settings(corpus: str, home: str | None) -> MineSettings:
    """Return the settings that a corpus was last mined with; InputError when it was not."""
    settings = store_with(corpus, home).published(corpus)["state"].get("settings")
    if settings is None:
        raise InputError(f"corpus {corpus!r} is read but not mined; mine it first: minlex mine")
    return MineSettings.model_validate(settings)


@contextmanager
def working_on(
    corpus: str, home: str | None, settings: MineSettings, within: Run | None = None
) -> Iterator[Run]:
    """Give the run to work in: `within` when one is under way, else a new one, published at the end."""
    if within is not None:
        yield within
        return
    check_corpus_name(corpus)
    store = Store(home_folder(home))
    with store.locked(corpus):
        store.clear_staging(corpus)
        _remove_withdrawn(store, corpus)
        _record_anew(store, corpus)
        run = _begin(store, corpus, settings)
        for table, error in run.current().damaged.items():
            logger.warning("%s is made anew or left out: %s", table, error)
        try:
            yield run
            _publish(run)
        except BaseException as error:
            # What comes after its publication cannot undo it: the next run makes up for it.
            if run.run_id not in store.published(corpus)["tables"].get("runs", []):
                _fail(store, corpus, run.run_id, _one_line(error))
                _publish_records(store, corpus)
            raise
        finally:
            store.clear_staging(corpus)


def withdraw(run: Run, datasets: Sequence[Dataset]) -> None:
    """Have datasets deleted as soon as the run is published without them, or by the next run if that is cut off."""
    run.set_state(**{WITHDRAWN: [dataset.model_dump() for dataset in datasets]})


def _remove_withdrawn(store: Store, corpus: str) -> None:
    published = store.published(corpus)
    for withdrawn in published["state"].get(WITHDRAWN, []):
        dataset = Dataset.model_validate(withdrawn)
        if dataset.key not in published["tables"].get(dataset.table, []):
            store.remove(dataset)


def _begin(store: Store, corpus: str, settings: MineSettings) -> Run:
    now = datetime.now(UTC)
    run = Run(
        run_id=f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}",
        corpus=corpus,
        home=str(store.home),
        engine=settings.engine,
    )
    run.note(
        "run",
        started=now.isoformat(),
        version=importlib.metadata.version("minlex"),
        settings=settings.model_dump_json(),
    )
    if WITHDRAWN in run.state():
        withdraw(run, [])
    return run


def _publish(run: Run) -> None:
    """Make what the run sees the corpus; InputError, and nothing changes, when what mining makes is damaged."""
    store = run.store
    current = run.current()
    current.refuse_damaged(*MINED)
    tables = {table: [d.key for d in datasets] for table, datasets in current.items()}
    _record(store, run.corpus, run.run_id, "published", None)
    store.publish(run.corpus, tables | _recorded(store, run.corpus), run.state())
    publish_catalog(store)
    _remove_withdrawn(store, run.corpus)


def _publish_records(store: Store, corpus: str) -> None:
    published = store.published(corpus)
    store.publish(corpus, published["tables"] | _recorded(store, corpus), published["state"])
    publish_catalog(store)


def _recorded(store: Store, corpus: str) -> dict[str, list[str]]:
    """Return the keys of what every run recorded of itself; a record that is damaged is left out with a warning."""
    keys: dict[str, list[str]] = {}
    for table in RECORDS:
        found = store.recorded_runs(corpus, table)
        keys[table] = [key for key in found if store.find(corpus, table, key) is not None]
        for key in sorted(set(found) - set(keys[table])):
            logger.warning("%s of run %s of corpus %s are damaged and left out", table, key, corpus)
    return keys


def _record_anew(store: Store, corpus: str) -> None:
    """Record runs whose record is missing or damaged: as they ended, or as failed when they were cut off.

    What neither the lake nor a journal has whole any more is published no longer, with a warning.
    """
    tables = store.published(corpus)["tables"]
    for run_id in (path.stem for path in store.journals(corpus)):
        ended = store.journal_entries(corpus, run_id, "end")
        failed = bool(ended) and ended[-1]["status"] == "failed"
        if run_id not in tables.get("runs", []) and not failed:
            _fail(store, corpus, run_id, "the run was cut off before it ended")
        elif ended and any(store.find(corpus, table, run_id) is None for table in RECORDS):
            _write_record(store, corpus, run_id, ended[-1])
    recorded = _recorded(store, corpus)
    if any(set(tables.get(table, [])) - set(recorded[table]) for table in RECORDS):
        _publish_records(store, corpus)


def _fail(store: Store, corpus: str, run_id: str, error: str) -> None:
    """Record a run that ended badly, and remove the report that it may have written: nothing leads to it."""
    if (report := store.report(corpus, run_id)).exists():
        store.discard(corpus, report)
    _record(store, corpus, run_id, "failed", error)


def _record(store: Store, corpus: str, run_id: str, status: str, error: str | None) -> None:
    """Note in the journal of a run how it ended, and write its record."""
    end = {"status": status, "finished": datetime.now(UTC).isoformat(), "error": error}
    store.journal(corpus, run_id, "end", end)
    _write_record(store, corpus, run_id, end)


def _write_record(store: Store, corpus: str, run_id: str, end: Mapping[str, Any]) -> None:
    """Write what the journal of a run says into the tables that runs record about themselves."""
    begun = store.journal_entries(corpus, run_id, "run")
    started = datetime.fromisoformat(begun[0]["started"]) if begun else datetime.fromtimestamp(0, UTC)
    rows: dict[str, list[dict[str, Any]]] = {
        "runs": [
            {
                "run_id": run_id,
                "corpus": corpus,
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
        entries = [{"run_id": run_id, **entry} for entry in store.journal_entries(corpus, run_id, table)]
        key = TABLES[table].key
        rows[table] = list({json.dumps([entry[k] for k in key]): entry for entry in entries}.values())
    for table in reversed(RECORDS):
        batch = pa.RecordBatch.from_pylist(rows[table], schema=TABLES[table].schema)
        store.write(corpus, table, run_id, {"stage": "record"}, [batch])


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return (text or type(error).__name__)[:500]
