"""What changed between two runs of a corpus."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import InputError
from tasks.evaluation.difference import changed_metrics, changed_settings, changed_tables
from tasks.store.history import RunHistory, published_runs

if TYPE_CHECKING:
    from minlex.corpus import Corpus

_METRICS = "select stage, metric, value, unit from metrics where run_id = $run_id"
_NEEDED = ("runs", "metrics")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Two runs and what differs; None where the data of a run was removed since, which `removed` says.

    `settings` maps the name of each setting to its values before and after.
    """

    before: dict[str, str]
    after: dict[str, str]
    settings: dict[str, tuple[Any, Any]]
    metrics: pl.DataFrame
    removed: list[str] = field(default_factory=list)
    words_in: pl.DataFrame | None = None
    words_out: pl.DataFrame | None = None
    shifts: pl.DataFrame | None = None
    files_in: list[str] | None = None
    files_out: list[str] | None = None


def difference(corpus: "Corpus", before: str | None, after: str | None, top: int) -> Difference:
    """Return what changed from one published run to another; InputError when there are not two to compare."""
    with corpus.catalog(*_NEEDED) as catalog:
        runs = {row["run_id"]: row for row in published_runs(corpus.data)}
        earlier, later = _chosen(corpus.name, runs, before, after)
        changes = changed_tables(RunHistory(corpus.data, list(runs)), earlier["run_id"], later["run_id"], top)
        metrics = [
            pl.DataFrame(catalog.execute(_METRICS, {"run_id": run["run_id"]}).to_arrow_table())
            for run in (earlier, later)
        ]
    facts = [{name: str(run[name]) for name in ("run_id", "started", "version")} for run in (earlier, later)]
    return Difference(
        before=facts[0],
        after=facts[1],
        settings=changed_settings(json.loads(earlier["settings"]), json.loads(later["settings"])),
        metrics=changed_metrics(*metrics),
        removed=[f"{table} of run {run_id}" for table, run_id in changes.removed],
        words_in=changes.words_in,
        words_out=changes.words_out,
        shifts=changes.shifts,
        files_in=changes.files_in,
        files_out=changes.files_out,
    )


def _chosen(
    corpus: str, runs: dict[str, Any], before: str | None, after: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    for given in (before, after):
        if given is not None and given not in runs:
            raise InputError(
                f"run must be a published one of corpus {corpus!r}: {', '.join(runs) or 'none'}; got {given!r}"
            )
    if len(runs) < 2:
        raise InputError(
            f"corpus {corpus!r} has {len(runs)} published run; two are needed to compare, mine it again"
        )
    names = list(runs)
    later = after or names[-1]
    earlier = before or next((name for name in reversed(names[: names.index(later)])), later)
    if earlier == later:
        raise InputError(f"two different runs are needed to compare; got {earlier!r} for both")
    return runs[earlier], runs[later]
