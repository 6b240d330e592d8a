"""Two runs of a corpus set against each other on the terminal."""

import json
from typing import Any

import duckdb
import orjson
import polars as pl
from rich.table import Table

from flows.console import Shown, output, shown_width, visible
from flows.querying import open_corpus
from tasks.errors import InputError
from tasks.evaluation.difference import changed_metrics, changed_settings, changed_tables
from tasks.store.datasets import Store
from tasks.store.history import History, published_runs
from tasks.store.publish import home_folder

METRICS = "select stage, metric, value, unit from metrics where run_id = $run_id"
NEEDED = ("runs", "metrics")


def diff_runs(
    corpus: str, home: str | None, run_a: str | None, run_b: str | None, top: int, *, as_json: bool
) -> None:
    """Print what changed from one published run to another; InputError when there are not two to compare."""
    with open_corpus(corpus, home, *NEEDED) as catalog:
        store = Store(home_folder(home))
        runs = {row["run_id"]: row for row in published_runs(store, corpus)}
        before, after = _chosen(corpus, runs, run_a, run_b)
        history = History(store, corpus, list(runs))
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
        raise InputError(
            f"corpus {corpus!r} has {len(runs)} published run; two are needed to compare, mine it again"
        )
    names = list(runs)
    later = run_b or names[-1]
    earlier = run_a or next((name for name in reversed(names[: names.index(later)])), later)
    if earlier == later:
        raise InputError(f"two different runs are needed to compare; got {earlier!r} for both")
    return runs[earlier], runs[later]


def _difference(
    catalog: duckdb.DuckDBPyConnection,
    history: History,
    before: dict[str, Any],
    after: dict[str, Any],
    top: int,
) -> dict[str, Any]:
    def metrics(run: dict[str, Any]) -> pl.DataFrame:
        return pl.DataFrame(catalog.execute(METRICS, {"run_id": run["run_id"]}).to_arrow_table())

    changes = changed_tables(history, before["run_id"], after["run_id"], top)
    found: dict[str, Any] = {
        "before": {name: str(before[name]) for name in ("run_id", "started", "version")},
        "after": {name: str(after[name]) for name in ("run_id", "started", "version")},
        "settings": changed_settings(json.loads(before["settings"]), json.loads(after["settings"])),
        "metrics": changed_metrics(metrics(before), metrics(after)).to_dicts(),
        "removed": [f"{table} of run {run_id}" for table, run_id in changes.removed],
    }
    if changes.words_in is not None and changes.words_out is not None:
        found |= {"words_in": changes.words_in.height, "words_out": changes.words_out.height}
        found |= {
            "top_words_in": changes.words_in.head(top).to_dicts(),
            "top_words_out": changes.words_out.head(top).to_dicts(),
        }
    if changes.shifts is not None:
        found["shifts"] = changes.shifts.to_dicts()
    if changes.files_in is not None:
        found |= {"files_in": changes.files_in, "files_out": changes.files_out}
    return found


def _print(found: dict[str, Any]) -> None:
    for side in ("before", "after"):
        run = found[side]
        output(f"{side}: run {run['run_id']}, begun {run['started'][:16]}, version {run['version']}")
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
        output(f"cannot be compared, not there any more: {name}")
    same = ("settings", "metrics", "files_in", "files_out", "words_in", "words_out", "shifts", "removed")
    if not any(found.get(what) for what in same):
        output("nothing changed")


def _section(title: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console = Shown(markup=False, highlight=False, width=shown_width())
    console.print(title, style="bold")
    console.print(table)
    console.print()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else visible(str(value))
