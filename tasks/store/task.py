"""Tasks that find and remove garbage; the caller holds the corpus's lock."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tasks.recording import task
from tasks.store.datasets import Store
from tasks.store.garbage import Garbage, find_garbage

logger = logging.getLogger(__name__)


@task(task_run_name="look for garbage of {corpus}")
def look_for_garbage(home: str, corpus: str, keep_runs: int, hours: float) -> list[Garbage]:
    """Return the garbage of a corpus; whatever was in use or written in the last `hours` is kept."""
    return find_garbage(Store(home).corpus(corpus), keep_runs, datetime.now(UTC) - timedelta(hours=hours))


@task(task_run_name="remove garbage of {corpus}")
def remove_garbage(home: str, corpus: str, found: Sequence[Garbage]) -> None:
    """Remove what was found, each file or folder atomically."""
    for garbage in found:
        Store(home).corpus(corpus).discard(garbage.path)
        logger.info("removed %s %s, %d bytes", garbage.kind, garbage.path, garbage.bytes)
