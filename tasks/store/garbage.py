"""Data that a corpus no longer needs: that of old runs, and leftovers of interrupted ones.

Kept are published data, data that the newest `keep_runs` published runs made or read, so that they can be compared,
and data published or written after `since`, as somebody may still read it or resume from it. The records of all runs
(runs, lineage, checks, metrics) are never removed.
"""

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tasks.store.catalog import publish_catalog
from tasks.store.datasets import Corpus, Store
from tasks.store.history import published_runs
from tasks.store.homes import home_folder, store_with
from tasks.store.publish import RECORDS
from tasks.tables import TABLES


@dataclass(frozen=True, kw_only=True)
class Garbage:
    """A file or folder that may be removed, and its size in bytes."""

    kind: str
    path: Path
    bytes: int


def corpus_to_clean(name: str, home: str | None) -> Corpus:
    """Return a corpus of which the home holds anything, if only failed runs; InputError when there is none."""
    corpus = Store(home_folder(home)).corpus(name)
    return corpus if corpus.folder.is_dir() else store_with(name, home).corpus(name)


def find_garbage(corpus: Corpus, keep_runs: int, since: datetime) -> list[Garbage]:
    """Return the garbage of a corpus, sorted by path."""
    runs = _runs_kept(corpus, keep_runs, since)
    needed = _datasets_needed(corpus, runs)
    found = [
        *_datasets(corpus, needed),
        *_models(corpus, needed),
        *_checks(corpus, needed),
        *_notes(corpus, runs),
    ]
    old = [g for g in found if datetime.fromtimestamp(g.path.stat().st_mtime, since.tzinfo) < since]
    return sorted(old, key=lambda garbage: str(garbage.path))


def _runs_kept(corpus: Corpus, keep_runs: int, since: datetime) -> set[str]:
    """Return the newest published runs, those still published at `since`, and those under way."""
    published = published_runs(corpus)
    followed = zip(published, [*published[1:], None][: len(published)], strict=True)
    in_use = {
        run["run_id"] for run, next_run in followed if next_run is None or next_run["finished"] >= since
    }
    newest = {run["run_id"] for run in published[-keep_runs:]}
    # By name too, since a clock that jumped back may have dated the run whose results are published before others.
    tables, state = corpus.published()
    reported = {Path(state.report).parent.name} if state.report else set()
    return in_use | newest | reported | set(corpus.journal.unfinished(tables.get("runs", [])))


def _datasets_needed(corpus: Corpus, runs: set[str]) -> Mapping[str, set[str]]:
    needed: dict[str, set[str]] = defaultdict(set)
    for table, keys in corpus.published().tables.items():
        needed[table].update(keys)
    for run_id in runs:
        for entry in corpus.journal.entries(run_id, "current"):
            needed[entry["table"]].update(dataset["key"] for dataset in entry["datasets"])
        for entry in corpus.journal.entries(run_id, "lineage"):
            needed[entry["output_table"]].add(entry["output_key"])
            needed[entry["input_table"]].add(entry["input_key"])
    return needed


def _datasets(corpus: Corpus, needed: Mapping[str, set[str]]) -> Iterator[Garbage]:
    for table in TABLES:
        if table in RECORDS:
            continue
        for key in corpus.run_keys(table):
            if key not in needed[table]:
                yield _garbage("dataset", corpus.run_folder(table, key))


def _models(corpus: Corpus, needed: Mapping[str, set[str]]) -> Iterator[Garbage]:
    datasets = [corpus.existing("models", key) for key in needed["models"] if key]
    named = {name for d in datasets for name in corpus.store.read(d, ["model_id"])["model_id"].to_pylist()}
    for path in corpus.models.paths():
        if path.name not in named:
            yield _garbage("checkpoint" if path.is_file() else "model", path)


def _checks(corpus: Corpus, needed: Mapping[str, set[str]]) -> Iterator[Garbage]:
    for path, datasets in corpus.checks.files():
        if not datasets or any(key not in needed[table] for table, key in datasets):
            yield _garbage("check", path)


def _notes(corpus: Corpus, runs: set[str]) -> Iterator[Garbage]:
    for path in corpus.reports():
        if path.name not in runs:
            yield _garbage("report", path)
    for path in corpus.journal.files():
        if path.stem not in runs:
            yield _garbage("journal", path)


def _garbage(kind: str, path: Path) -> Garbage:
    files = path.rglob("*") if path.is_dir() else [path]
    return Garbage(kind=kind, path=path, bytes=sum(f.stat().st_size for f in files if f.is_file()))


def drop_corpus(corpus: Corpus) -> None:
    """Remove a corpus with its models and reports; readers that have its files open keep reading them.

    It disappears atomically; what an interrupted removal leaves is removed by the next one.
    """
    home = corpus.store.home
    with corpus.locked():
        gone = corpus.folder.with_name(f".{corpus.name}.dropped")
        shutil.rmtree(gone, ignore_errors=True)
        corpus.folder.rename(gone)
        publish_catalog(corpus.store)
        for folder in (gone, home / "models" / corpus.name, home / "reports" / corpus.name):
            shutil.rmtree(folder, ignore_errors=True)
