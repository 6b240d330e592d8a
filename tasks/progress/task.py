"""Progress of long work: a bar on a terminal, a progress artifact in Prefect's UI."""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.context import TaskRunContext
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

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


class _Artifact:
    """A progress artifact, written seldom enough not to weigh on the server; none outside a task run."""

    def __init__(self, what: str):
        self._what = what
        self._began = time.monotonic()
        self._id: UUID | None = None
        self._shown = self._began

    def update(self, percent: float, *, last: bool = False) -> None:
        now = time.monotonic()
        due = now - self._shown >= SECONDS_BETWEEN_UPDATES or (last and self._id is not None)
        if not due or TaskRunContext.get() is None:
            return
        self._shown = now
        # Progress is for people to look at; work does not fail because it cannot be shown.
        try:
            if self._id is None:
                self._id = cast(UUID, create_progress_artifact(progress=percent, description=self._what))
            else:
                update_progress_artifact(artifact_id=self._id, progress=percent)
        except Exception as error:
            logger.warning("progress of %s is not shown: %s", self._what, error)
