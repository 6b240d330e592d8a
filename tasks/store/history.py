"""Published runs of a corpus: what they noted, and the tables as each left them, as long as these exist."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tasks.store.datasets import Corpus
from tasks.store.runs import Run


def published_runs(corpus: Corpus) -> list[dict[str, Any]]:
    """Return the rows of `runs` that were published, in the order they ended; damaged records are skipped."""
    records = (corpus.find("runs", key) for key in corpus.published().tables.get("runs", []))
    rows = [row for record in records if record is not None for row in corpus.store.read(record).to_pylist()]
    published = [row for row in rows if row["status"] == "published"]
    return sorted(published, key=lambda row: (row["finished"], row["run_id"]))


class RunHistory:
    """Tables of a corpus as each of the runs `run_ids`, oldest first, left them."""

    def __init__(self, corpus: Corpus, run_ids: Sequence[str]) -> None:
        self._corpus, self._run_ids = corpus, list(run_ids)

    def table(self, run_id: str, name: str, columns: Sequence[str]) -> pl.DataFrame | None:
        """Return the rows of a table after a run; None when they or the run's notes were removed."""
        for earlier in reversed(self._run_ids[: self._run_ids.index(run_id) + 1]):
            entries = self._corpus.journal.entries(earlier, "current")
            datasets = next((e["datasets"] for e in reversed(entries) if e["table"] == name), None)
            if datasets is not None:
                return self._rows(name, [dataset["key"] for dataset in datasets], columns)
            if not self._corpus.journal.entries(earlier, "run"):
                return None
        return None

    def _rows(self, name: str, keys: Sequence[str], columns: Sequence[str]) -> pl.DataFrame | None:
        found = [self._corpus.find(name, key) for key in keys]
        whole = [dataset for dataset in found if dataset is not None]
        if not whole or len(whole) < len(found):
            return None
        return pl.concat(pl.DataFrame(self._corpus.store.read(dataset, columns)) for dataset in whole)


class RunNotes:
    """Notes of the current run, after those of the published runs since its corpus was last mined.

    `before` is the row of the published run before all of these; None when the corpus was not mined earlier.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        published = [row for row in published_runs(run.data) if row["run_id"] != run.run_id]
        self._run_ids = [run.run_id]
        while published and not self._mined(self._run_ids[0]):
            self._run_ids.insert(0, published.pop()["run_id"])
        self.before = published[-1] if published else None
        earlier = [row["run_id"] for row in published]
        self.history = RunHistory(run.data, [*earlier, *self._run_ids])

    def noted(self, kind: str) -> list[dict[str, Any]]:
        """Return the notes of one kind, oldest run first: `checks`, `metrics` or `lineage`."""
        return [row for run_id in self._run_ids for row in self._noted_by(run_id, kind)]

    def _mined(self, run_id: str) -> bool:
        return any(row["stage"] == "ingest_corpus" for row in self._noted_by(run_id, "metrics"))

    def _noted_by(self, run_id: str, kind: str) -> list[dict[str, Any]]:
        if run_id == self._run.run_id:
            return self._run.noted(kind)
        record = self._run.data.find(kind, run_id)
        return self._run.store.read(record).to_pylist() if record is not None else []
