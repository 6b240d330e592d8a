"""Work over threads, for what lets other threads run meanwhile: kernels, and files read and written."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
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
    yield from _in_order(work, items, workers, 2 * workers, waits)


def in_threads(threads: int, work: Callable[..., Result], parts: Sequence[tuple]) -> list[Result]:
    """Call `work` with each tuple of arguments and return the results in order."""
    return list(map_threads(lambda part: work(*part), parts, threads if len(parts) > 1 else 1))


def ahead(threads: int, work: Callable[..., Result], parts: Iterable[tuple]) -> Iterator[Result]:
    """Yield `work(*part)` in order, computed ahead of the caller, whose thread is one of the `threads`."""
    if threads <= 1:
        yield from (work(*part) for part in parts)
        return
    yield from _in_order(lambda part: work(*part), parts, threads - 1, threads + 1)


def cut(size: int, parts: int) -> list[tuple[int, int]]:
    """Cut 0..size into at most `parts` ranges of nearly equal length."""
    parts = min(parts, max(size, 1))
    return list(pairwise(size * k // parts for k in range(parts + 1)))


def _in_order(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    most: int,
    waits: Callable[[Item], bool] = lambda item: False,
) -> Iterator[Result]:
    """Yield results in order, with fewer than `most` at hand while the caller uses one."""
    from concurrent.futures import ThreadPoolExecutor  # not needed for work in the calling thread

    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for item in items:
            if waits(item) and not waiting:
                yield work(item)
                continue
            waiting.append(pool.submit(work, item))
            while waiting and (waits(item) or len(waiting) >= most):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
