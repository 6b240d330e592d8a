"""Work over local processes, results in the order of the work whatever finishes first."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.process import BaseProcess
from typing import TypeVar

from tasks.engines.threads import cores
from tasks.settings import EngineSettings

Shard = TypeVar("Shard")
Result = TypeVar("Result")


def worker_count(settings: EngineSettings) -> int:
    """Return how many processes the settings allow on this machine."""
    return settings.workers or cores()


def map_shards(
    work: Callable[[Shard], Result], shards: Sequence[Shard], settings: EngineSettings
) -> Iterator[Result]:
    """Yield `work(shard)` for each shard in order; in this process when there is but one to run at a time."""
    workers = min(worker_count(settings), len(shards))
    if workers <= 1:
        yield from map(work, shards)
        return
    # A flow runs threads, and a forked copy of a process with threads can hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=end_with_parent) as pool:
        yield from pool.map(work, shards)


def end_with_parent() -> None:
    """Have this worker end as soon as its parent has, were that killed.

    Left over, it would go on writing where the next run writes. The kernel's own signal for this comes when the
    thread that started the worker ends, which may be before the run does.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), name="end-with-parent", daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
