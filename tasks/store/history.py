"""What the published runs of a corpus did, and its tables as each of them left them, while they are there."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tasks.store.datasets import Store
from tasks.store.runs import Run


def published_runs(store: Store, corpus: str) -> list[dict[str, Any]]:
    """Return the rows of `runs` that were published, the earliest to end first; damaged records are passed over."""
    records = (store.find(corpus, "runs", key) for key in store.published(corpus)["tables"].get("runs", []))
    rows = [row for record in records if record is not None for row in store.read(record).to_pylist()]
    published = [row for row in rows if row["status"] == "published"]
    return sorted(published, key=lambda row: (row["finished"], row["run_id"]))


class History:
    """The tables of a corpus as each of the runs `run_ids` left them, the first run first."""

    def __init__(self, store: Store, corpus: str, run_ids: Sequence[str]) -> None:
        self._store, self._corpus, self._run_ids = store, corpus, list(run_ids)

    def table(self, run_id: str, name: str, columns: Sequence[str]) -> pl.DataFrame | None:
        """Return a table's rows; None when its data or the run's account of it was removed."""
        for earlier in reversed(self._run_ids[: self._run_ids.index(run_id) + 1]):
            entries = self._store.journal_entries(self._corpus, earlier, "current")
            datasets = next((e["datasets"] for e in reversed(entries) if e["table"] == name), None)
            if datasets is not None:
                return self._rows(name, [dataset["key"] for dataset in datasets], columns)
            if not self._store.journal_entries(self._corpus, earlier, "run"):
                return None
        return None

    def _rows(self, name: str, keys: Sequence[str], columns: Sequence[str]) -> pl.DataFrame | None:
        found = [self._store.find(self._corpus, name, key) for key in keys]
        whole = [dataset for dataset in found if dataset is not None]
        if not whole or len(whole) < len(found):
            return None
        return pl.concat(pl.DataFrame(self._store.read(dataset, columns)) for dataset in whole)


class Account:
    """What a run under way noted, after what the published runs since its corpus was last mined did.

    `before` is the row of the published run before all of these; None when the corpus was not mined earlier.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        published = [row for row in published_runs(run.store, run.corpus) if row["run_id"] != run.run_id]
        self._run_ids = [run.run_id]
        while published and not self._mined(self._run_ids[0]):
            self._run_ids.insert(0, published.pop()["run_id"])
        self.before = published[-1] if published else None
        earlier = [row["run_id"] for row in published]
        self.history = History(run.store, run.corpus, [*earlier, *self._run_ids])

    def noted(self, kind: str) -> list[dict[str, Any]]:
        """Return what all these runs noted of one kind, the first run first: `checks`, `metrics` or `lineage`."""
        return [row for run_id in self._run_ids for row in self._noted_by(run_id, kind)]

    def _mined(self, run_id: str) -> bool:
        return any(row["stage"] == "ingest_corpus" for row in self._noted_by(run_id, "metrics"))

    def _noted_by(self, run_id: str, kind: str) -> list[dict[str, Any]]:
        if run_id == self._run.run_id:
            return self._run.noted(kind)
        store, corpus = self._run.store, self._run.corpus
        record = store.find(corpus, kind, run_id)
        return store.read(record).to_pylist() if record is not None else []
