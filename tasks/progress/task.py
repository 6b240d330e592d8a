"""What a person sees of work under way: a bar on a terminal; in Prefect's UI a progress artifact and a name."""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from tasks.recording import in_flow_run

SECONDS_BETWEEN_UPDATES = 2.0

Item = TypeVar("Item")
logger = logging.getLogger(__name__)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Give a function that says how many more of `total` units are done."""
    artifact = _Artifact(what)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    hidden = not sys.stderr.isatty() or bool(os.environ.get("MINLEX_QUIET"))
    with Progress(*columns, disable=hidden, console=Console(stderr=True)) as bars:
        bar = bars.add_task(what, total=max(total, 1))
        done = 0

        def advance(units: int) -> None:
            nonlocal done
            done += units
            bars.update(bar, completed=done)
            artifact.update(min(100.0, 100.0 * done / max(total, 1)))

        yield advance
        bars.update(bar, completed=max(total, 1))
        artifact.update(100.0, last=True)


def following(items: Iterable[Item], what: str, total: int, size: Callable[[Item], int]) -> Iterator[Item]:
    """Yield `items` and show how far they have come towards `total`, by their `size`."""
    with progress(what, total) as advance:
        for item in items:
            yield item
            advance(size(item))


def name_flow_runs(what: str) -> None:
    """Add `what` to the name of the flow run under way and of the flow runs that it is part of."""
    if not in_flow_run():
        return
    from prefect.client.orchestration import get_client
    from prefect.context import TaskRunContext

    context = TaskRunContext.get()
    if context is None:
        return
    try:
        with get_client(sync_client=True) as api:
            flow_run_id = context.task_run.flow_run_id
            while flow_run_id is not None:
                flow_run = api.read_flow_run(flow_run_id)
                api.update_flow_run(flow_run_id, name=f"{flow_run.name}, {what}")
                parent = flow_run.parent_task_run_id
                flow_run_id = api.read_task_run(parent).flow_run_id if parent else None
    except Exception as error:
        logger.warning("flow runs are not named %s: %s", what, error)


class _Artifact:
    """A progress artifact, written seldom enough not to weigh on the server; none outside a flow run."""

    def __init__(self, what: str):
        self._what = what
        self._began = time.monotonic()
        self._id: UUID | None = None
        self._shown = self._began

    def update(self, percent: float, *, last: bool = False) -> None:
        now = time.monotonic()
        due = now - self._shown >= SECONDS_BETWEEN_UPDATES or (last and self._id is not None)
        if not due or not in_flow_run():
            return
        from prefect.artifacts import create_progress_artifact, update_progress_artifact

        self._shown = now
        # Progress is for people to look at; work does not fail because it cannot be shown.
        try:
            if self._id is None:
                self._id = cast(UUID, create_progress_artifact(progress=percent, description=self._what))
            else:
                update_progress_artifact(artifact_id=self._id, progress=percent)
        except Exception as error:
            logger.warning("progress of %s is not shown: %s", self._what, error)
