"""The life of a run: begun under the corpus's lock, published whole or recorded as failed."""

import importlib.metadata
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.catalog import publish_catalog
from tasks.errors import InputError
from tasks.runs import Run
from tasks.settings import MineSettings
from tasks.store import Store, check_corpus_name
from tasks.tables import TABLES

RECORDS = ("runs", "lineage", "checks", "metrics")


def home_folder(home: str | None = None) -> str:
    """Return the home to use: the one given, else MINLEX_HOME, else `data`; InputError for a path that is a pattern."""
    folder = str(Path(home or os.environ.get("MINLEX_HOME") or "data").expanduser().resolve())
    if any(character in folder for character in "?*["):
        raise InputError(
            f"home must not have ?, * or [ in its path, which DuckDB and Polars take for a pattern; got {folder!r}"
        )
    if any("\ud800" <= character <= "\udfff" for character in folder):
        raise InputError(f"home must have a path in UTF-8; rename its folder or give another, got {folder!r}")
    return folder


def store_with(corpus: str, home: str | None) -> Store:
    """Return the store of a home that holds a corpus; InputError, which lists those it holds, when it does not."""
    check_corpus_name(corpus)
    store = Store(home_folder(home))
    if corpus not in (known := store.corpora()):
        there_are = ", ".join(known) or "none yet, run minlex mine or minlex demo"
        raise InputError(f"corpus must be one mined below {str(store.home)!r}: {there_are}; got {corpus!r}")
    return store


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
        for run_id in store.open_journals(corpus):
            _fail(store, corpus, run_id, "the run was cut off before it ended")
        run = _begin(store, corpus, settings)
        try:
            yield run
            _publish(run)
        except BaseException as error:
            _fail(store, corpus, run.run_id, _one_line(error))
            _publish_records(store, corpus)
            raise
        finally:
            store.clear_staging(corpus)


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
    return run


def _publish(run: Run) -> None:
    store = run.store
    tables = {table: [d.key for d in datasets] for table, datasets in run.current().items()}
    _record(store, run.corpus, run.run_id, "published", None)
    tables.update({table: store.recorded_runs(run.corpus, table) for table in RECORDS})
    store.publish(run.corpus, tables, run.state())
    publish_catalog(store)


def _publish_records(store: Store, corpus: str) -> None:
    published = store.published(corpus)
    tables = published["tables"] | {table: store.recorded_runs(corpus, table) for table in RECORDS}
    store.publish(corpus, tables, published["state"])
    publish_catalog(store)


def _fail(store: Store, corpus: str, run_id: str, error: str) -> None:
    """Record a run that ended badly, and remove the report that it may have written: nothing leads to it."""
    if (report := store.report(corpus, run_id)).exists():
        store.discard(corpus, report)
    _record(store, corpus, run_id, "failed", error)


def _record(store: Store, corpus: str, run_id: str, status: str, error: str | None) -> None:
    """Write what the journal of a run says into the tables that runs record about themselves."""
    begun = store.journal_entries(corpus, run_id, "run")
    started = datetime.fromisoformat(begun[0]["started"]) if begun else datetime.fromtimestamp(0, UTC)
    rows: dict[str, list[dict[str, Any]]] = {
        "runs": [
            {
                "run_id": run_id,
                "corpus": corpus,
                "status": status,
                "started": started,
                "finished": datetime.now(UTC),
                "version": begun[0]["version"] if begun else "",
                "settings": begun[0]["settings"] if begun else "{}",
                "error": error,
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
