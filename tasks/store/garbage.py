"""What a corpus no longer needs: data of old runs, and what runs that were cut off left behind.

Kept is what is published; what the newest `keep_runs` published runs made or read, so that they can be compared;
and what was published or written after `since`, since somebody may still read it or resume from it. The records of
all runs (runs, lineage, checks, metrics) stay for good.
"""

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tasks.store.catalog import publish_catalog
from tasks.store.datasets import Store
from tasks.store.history import published_runs
from tasks.store.homes import home_folder, store_with
from tasks.store.publish import RECORDS
from tasks.tables import TABLES


@dataclass(frozen=True, kw_only=True)
class Garbage:
    """A file or folder that may go, and its size in bytes."""

    kind: str
    path: Path
    bytes: int


def store_to_clean(corpus: str, home: str | None) -> Store:
    """Return the store of a home that holds anything of a corpus, failed runs included; InputError when it does not."""
    store = Store(home_folder(home))
    return store if store.lake(corpus).is_dir() else store_with(corpus, home)


def find_garbage(store: Store, corpus: str, keep_runs: int, since: datetime) -> list[Garbage]:
    """Return what of a corpus may go, in the order of its paths."""
    runs = _runs_kept(store, corpus, keep_runs, since)
    needed = _datasets_needed(store, corpus, runs)
    found = [
        *_datasets(store, corpus, needed),
        *_models(store, corpus, needed),
        *_checks(store, corpus, needed),
        *_accounts(store, corpus, runs),
    ]
    old = [g for g in found if datetime.fromtimestamp(g.path.stat().st_mtime, since.tzinfo) < since]
    return sorted(old, key=lambda garbage: str(garbage.path))


def _runs_kept(store: Store, corpus: str, keep_runs: int, since: datetime) -> set[str]:
    """Return the newest published runs, those that were still published at `since`, and those under way."""
    published = published_runs(store, corpus)
    followed = zip(published, [*published[1:], None][: len(published)], strict=True)
    in_use = {
        run["run_id"] for run, next_run in followed if next_run is None or next_run["finished"] >= since
    }
    newest = {run["run_id"] for run in published[-keep_runs:]}
    # By name too, since a clock that jumped back may have dated the run whose results are published before others.
    reported = {Path(page).parent.name for page in [store.published(corpus)["state"].get("report")] if page}
    return in_use | newest | reported | set(store.open_journals(corpus))


def _datasets_needed(store: Store, corpus: str, runs: set[str]) -> Mapping[str, set[str]]:
    needed: dict[str, set[str]] = defaultdict(set)
    for table, keys in store.published(corpus)["tables"].items():
        needed[table].update(keys)
    for run_id in runs:
        for entry in store.journal_entries(corpus, run_id, "current"):
            needed[entry["table"]].update(dataset["key"] for dataset in entry["datasets"])
        for entry in store.journal_entries(corpus, run_id, "lineage"):
            needed[entry["output_table"]].add(entry["output_key"])
            needed[entry["input_table"]].add(entry["input_key"])
    return needed


def _datasets(store: Store, corpus: str, needed: Mapping[str, set[str]]) -> Iterator[Garbage]:
    for table in TABLES:
        if table in RECORDS:
            continue
        for key in store.recorded_runs(corpus, table):
            if key not in needed[table]:
                yield _garbage("dataset", store.folder(corpus, table, key))


def _models(store: Store, corpus: str, needed: Mapping[str, set[str]]) -> Iterator[Garbage]:
    datasets = [store.existing(corpus, "models", key) for key in needed["models"] if key]
    named = {name for d in datasets for name in store.read(d, ["model_id"])["model_id"].to_pylist()}
    for path in store.models(corpus):
        if path.name not in named:
            yield _garbage("checkpoint" if path.is_file() else "model", path)


def _checks(store: Store, corpus: str, needed: Mapping[str, set[str]]) -> Iterator[Garbage]:
    for path, datasets in store.remembered_checks(corpus):
        if not datasets or any(key not in needed[table] for table, key in datasets):
            yield _garbage("check", path)


def _accounts(store: Store, corpus: str, runs: set[str]) -> Iterator[Garbage]:
    for path in store.reports(corpus):
        if path.name not in runs:
            yield _garbage("report", path)
    for path in store.journals(corpus):
        if path.stem not in runs:
            yield _garbage("journal", path)


def _garbage(kind: str, path: Path) -> Garbage:
    files = path.rglob("*") if path.is_dir() else [path]
    return Garbage(kind=kind, path=path, bytes=sum(f.stat().st_size for f in files if f.is_file()))


def drop_corpus(store: Store, corpus: str) -> None:
    """Remove a corpus with everything of it; readers that have its files open keep reading them.

    It is gone for everybody in one step, and what is left of an interrupted removal goes with the next.
    """
    with store.locked(corpus):
        lake = store.lake(corpus)
        gone = lake.with_name(f".{lake.name}.dropped")
        shutil.rmtree(gone, ignore_errors=True)
        lake.rename(gone)
        publish_catalog(store)
        for folder in (gone, store.home / "models" / corpus, store.home / "reports" / corpus):
            shutil.rmtree(folder, ignore_errors=True)
