"""The check that stands between two stages: contract, expectations, identities."""

import dataclasses
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tasks.checks.contract import violations
from tasks.checks.gate import Finding, expect_table
from tasks.checks.identities import Identity, check_identity, identities_of
from tasks.engines.duck import connect
from tasks.engines.memory import memory_limit
from tasks.errors import CheckFailedError
from tasks.recording import in_flow_run, task
from tasks.store.catalog import create_view, create_views
from tasks.store.connection import connect_for
from tasks.store.datasets import Dataset
from tasks.store.files import content_key
from tasks.store.runs import Run
from tasks.tables import TABLES

VERSION = 1
VIEW = "checked"

logger = logging.getLogger(__name__)


def _named_by_tables() -> str:
    from prefect.runtime import task_run

    return f"check {', '.join(task_run.parameters['tables'])}"


@task(task_run_name=_named_by_tables)
def check(run: Run, tables: Sequence[str], new: Sequence[Dataset] | None = None) -> None:
    """Check `tables`, or only their `new` datasets; CheckFailedError when a critical rule is broken."""
    current = run.current()
    found = []
    for table in tables:
        datasets = [d for d in (new or current[table]) if d.table == table]
        found += [(table, finding) for finding in _findings(run, table, datasets, current)]
    judge(run, tables[-1], found)


def judge(run: Run, about: str, found: Sequence[tuple[str, Finding]]) -> None:
    """Note and show what checks found of tables; CheckFailedError when a critical one did not pass."""
    failed: list[str] = []
    passed: list[dict[str, str]] = []
    broken: list[dict[str, str]] = []
    for table, finding in found:
        facts = dataclasses.asdict(finding)
        run.note("checks", table_name=table, check_name=facts.pop("name"), **facts)
        result = "passed" if finding.passed else f"FAILED ({finding.severity})"
        row = {"result": result, "table": table, "check": finding.name, "observed": finding.observed}
        (passed if finding.passed else broken).append(row)
        if not finding.passed:
            logger.warning("check of %s: %s: observed %s", table, finding.name, finding.observed)
            if finding.severity == "critical":
                failed.append(f"{table}: {finding.name}: observed {finding.observed}")
    if in_flow_run():
        from prefect.artifacts import create_table_artifact

        create_table_artifact(
            table=[*broken, *passed],
            key=f"checks-{run.corpus}-{about}".replace("_", "-"),
            description=f"{len(passed)} of {len(found)} checks passed: {about} of corpus {run.corpus}, "
            f"run {run.run_id}",
        )
    if failed:
        raise CheckFailedError(f"check failed, nothing was published: {'; '.join(failed)}")


def _findings(
    run: Run, table: str, datasets: Sequence[Dataset], current: dict[str, list[Dataset]]
) -> list[Finding]:
    found: list[Finding] = []
    for part in [[d] for d in datasets] if TABLES[table].ascending else [datasets]:
        of_part = remembered(run, ["table", table], part, partial(_check_table, run, table, part))
        which = f" in {part[0].key[:8]}" if len(datasets) > len(part) else ""
        found += [dataclasses.replace(finding, name=finding.name + which) for finding in of_part]
    for identity in identities_of(table, current):
        spanned = [dataset for name in identity.tables for dataset in current[name]]
        spanned += current.get("duplicates", [])
        found += remembered(
            run,
            ["identity", identity.name, identity.query],
            spanned,
            partial(_look_at_identity, run, identity, current),
        )
    return found


def remembered(
    run: Run, check: Sequence[str], datasets: Sequence[Dataset], look: Callable[[], list[Finding]]
) -> list[Finding]:
    """Return the earlier findings of a check of immutable data if all passed, else make the check now."""
    key = content_key(VERSION, [*check, *(f"{dataset.table}/{dataset.key}" for dataset in datasets)])
    before = [Finding(**finding) for finding in run.data.checks.load(key) or ()]
    if before and all(finding.passed for finding in before):
        return before
    found = look()
    if all(finding.passed for finding in found):
        run.data.checks.save(key, datasets, [dataclasses.asdict(finding) for finding in found])
    return found


def _check_table(run: Run, table: str, datasets: Sequence[Dataset]) -> list[Finding]:
    store, declared = run.store, TABLES[table]
    batches = (batch for dataset in datasets for batch in store.batches(dataset))
    found = [
        Finding(rule, "contract", "critical", broken == 0, f"{broken} rows break it")
        for rule, broken in violations(batches, declared).items()
    ]
    parts = [part for dataset in datasets for part in store.parts(dataset)]
    with TemporaryDirectory(dir=store.corpus(run.corpus).scratch()) as folder:
        database = Path(folder) / "checked.duckdb"
        with connect(database=str(database)) as duck:
            create_view(duck, "main", declared, parts, name=VIEW)
        return found + expect_table(declared, database, VIEW, memory_limit(run.engine), folder)


def _look_at_identity(run: Run, identity: Identity, current: dict[str, list[Dataset]]) -> list[Finding]:
    with connect_for(run) as duck:
        spanned = {name: current[name] for name in (*identity.tables, "duplicates") if name in current}
        create_views(duck, run.store, "main", spanned)
        return [check_identity(duck, identity)]
