"""Two runs of a corpus set against each other on the terminal."""

import json
from typing import Any

import duckdb
import orjson
import polars as pl
from rich.console import Console
from rich.table import Table

from flows.console import output, say
from flows.querying import open_corpus, shown_width, visible
from tasks.errors import InputError
from tasks.evaluation.difference import (
    changed_metrics,
    changed_names,
    changed_settings,
    changed_words,
    shifted_words,
)
from tasks.publish import home_folder
from tasks.store import Store

RUNS = (
    "select run_id, started, version, settings from runs where status = 'published' order by finished, run_id"
)
METRICS = "select stage, metric, value, unit from metrics where run_id = $run_id"
NEEDED = ("runs", "metrics")


def diff_runs(
    corpus: str, home: str | None, run_a: str | None, run_b: str | None, top: int, *, as_json: bool
) -> None:
    """Print what changed from one published run to another; InputError when there are not two to compare."""
    with open_corpus(corpus, home, *NEEDED) as catalog:
        runs = {row["run_id"]: row for row in catalog.execute(RUNS).to_arrow_table().to_pylist()}
        before, after = _chosen(corpus, runs, run_a, run_b)
        history = _History(Store(home_folder(home)), corpus, list(runs))
        found = _difference(catalog, history, before, after, top)
    if as_json:
        output(orjson.dumps(found, default=str).decode())
    else:
        _print(found)


def _chosen(
    corpus: str, runs: dict[str, Any], run_a: str | None, run_b: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    for given in (run_a, run_b):
        if given is not None and given not in runs:
            raise InputError(
                f"run must be a published one of corpus {corpus!r}: {', '.join(runs) or 'none'}; got {given!r}"
            )
    if len(runs) < 2:
        raise InputError(f"corpus {corpus!r} has {len(runs)} published run; two are needed to compare")
    names = list(runs)
    later = run_b or names[-1]
    earlier = run_a or next((name for name in reversed(names[: names.index(later)])), later)
    if earlier == later:
        raise InputError(f"two different runs are needed to compare; got {earlier!r} for both")
    return runs[earlier], runs[later]


class _History:
    """The tables of a corpus as each of its published runs left them, while they are there."""

    def __init__(self, store: Store, corpus: str, run_ids: list[str]) -> None:
        self._store, self._corpus, self._run_ids = store, corpus, run_ids

    def table(self, run_id: str, name: str, columns: list[str]) -> pl.DataFrame | None:
        """Return a table's rows; None when its data or the run's account of it was removed."""
        for earlier in reversed(self._run_ids[: self._run_ids.index(run_id) + 1]):
            entries = self._store.journal_entries(self._corpus, earlier, "current")
            datasets = next((e["datasets"] for e in reversed(entries) if e["table"] == name), None)
            if datasets is not None:
                found = [self._store.find(self._corpus, name, dataset["key"]) for dataset in datasets]
                whole = [dataset for dataset in found if dataset is not None]
                if not whole or len(whole) < len(found):
                    return None
                return pl.concat(pl.DataFrame(self._store.read(dataset, columns)) for dataset in whole)
            if not self._store.journal_entries(self._corpus, earlier, "run"):
                return None
        return None


def _difference(
    catalog: duckdb.DuckDBPyConnection,
    history: "_History",
    before: dict[str, Any],
    after: dict[str, Any],
    top: int,
) -> dict[str, Any]:
    def metrics(run: dict[str, Any]) -> pl.DataFrame:
        return pl.DataFrame(catalog.execute(METRICS, {"run_id": run["run_id"]}).to_arrow_table())

    found: dict[str, Any] = {
        "before": {name: str(before[name]) for name in ("run_id", "started", "version")},
        "after": {name: str(after[name]) for name in ("run_id", "started", "version")},
        "settings": changed_settings(json.loads(before["settings"]), json.loads(after["settings"])),
        "metrics": changed_metrics(metrics(before), metrics(after)).to_dicts(),
        "removed": [],
    }
    lexica = [history.table(run["run_id"], "lexicon", ["word", "count", "gain"]) for run in (before, after)]
    words = [history.table(run["run_id"], "words", ["word", "count"]) for run in (before, after)]
    if lexica[0] is not None and lexica[1] is not None:
        words_in, words_out = changed_words(lexica[0], lexica[1])
        found |= {"words_in": words_in.height, "words_out": words_out.height}
        found |= {
            "top_words_in": words_in.head(top).to_dicts(),
            "top_words_out": words_out.head(top).to_dicts(),
        }
    if words[0] is not None and words[1] is not None:
        found["shifts"] = shifted_words(words[0], words[1], top).to_dicts()
    sources = [history.table(run["run_id"], "sources", ["source"]) for run in (before, after)]
    if sources[0] is not None and sources[1] is not None:
        came, went = changed_names(sources[0]["source"], sources[1]["source"])
        found |= {"files_in": came, "files_out": went}
    for name, pair in (("lexicon", lexica), ("words", words), ("sources", sources)):
        found["removed"] += [
            f"{name} of run {run['run_id']}"
            for run, rows in zip((before, after), pair, strict=True)
            if rows is None
        ]
    return found


def _print(found: dict[str, Any]) -> None:
    for side in ("before", "after"):
        run = found[side]
        say(f"{side}: run {run['run_id']}, begun {run['started'][:16]}, version {run['version']}")
    _section(
        "settings", ["setting", "before", "after"], [(n, *pair) for n, pair in found["settings"].items()]
    )
    columns = ["stage", "metric", "before", "after", "change", "unit"]
    _section("figures", columns, [tuple(row[c] for c in columns) for row in found["metrics"]])
    sides = (("in", "new"), ("out", "gone"))
    for side, title in sides:
        names = found.get(f"files_{side}", [])
        _section(f"files {title}: {len(names)}", ["file"], [(name,) for name in names[:20]])
    columns = ["word", "count", "gain"]
    for side, title in sides:
        rows = [tuple(row[c] for c in columns) for row in found.get(f"top_words_{side}", [])]
        _section(f"words {title}: {found.get(f'words_{side}', 0)}", columns, rows)
    columns = ["word", "before", "after", "log_odds", "z"]
    _section("shifts of use", columns, [tuple(r[c] for c in columns) for r in found.get("shifts", [])])
    for name in found["removed"]:
        say(f"cannot be compared, not there any more: {name}")


def _section(title: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console = Console(markup=False, highlight=False, width=shown_width())
    console.print(title, style="bold")
    console.print(table)
    console.print()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else visible(str(value))
