"""Work over threads, for what lets other threads run meanwhile: kernels, and files read and written."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


def map_threads(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    waits: Callable[[Item], bool] = lambda item: False,
) -> Iterator[Result]:
    """Yield `work(item)` for each item in order, at most twice as many at hand as there are `workers` threads.

    After an item that `waits`, all results are yielded before the next item is asked for, which may be long in
    coming; such an item is worked on in this thread when it is the only one at hand.
    """
    if workers == 1:
        yield from map(work, items)
        return
    from concurrent.futures import ThreadPoolExecutor  # what is done at once in this thread needs none

    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for item in items:
            if waits(item) and not waiting:
                yield work(item)
                continue
            waiting.append(pool.submit(work, item))
            while waiting and (waits(item) or len(waiting) >= 2 * workers):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
