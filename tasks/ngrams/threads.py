"""Share work among threads; the kernels and numpy's sort let go of the interpreter's lock."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, pairwise

import numpy as np


def in_threads(threads: int, work: Callable, parts: list[tuple]) -> list:
    """Call `work` on every tuple of arguments, results in order."""
    if threads <= 1 or len(parts) <= 1:
        return [work(*part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda part: work(*part), parts))


def ahead(threads: int, work: Callable, parts: Iterable[tuple]) -> Iterator:
    """Yield the results of `work` in order; of the threads one is the caller's, the others compute what comes next."""
    todo = iter(parts)
    if threads <= 1:
        yield from (work(*part) for part in todo)
        return
    with ThreadPoolExecutor(threads - 1) as pool:
        running = [pool.submit(work, *part) for part in islice(todo, threads)]
        while running:
            result = running.pop(0).result()
            running.extend(pool.submit(work, *part) for part in islice(todo, 1))
            yield result


def cut(size: int, parts: int) -> list[tuple[int, int]]:
    """Cut 0..size into at most `parts` ranges of nearly equal length."""
    edges = np.linspace(0, size, min(parts, max(size, 1)) + 1).astype(np.int64).tolist()
    return list(pairwise(edges))
