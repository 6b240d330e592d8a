"""Statistics over counts: chunks of evidence through the SQL files of this folder, in DuckDB.

The formulas are macros, one subject a file: pmi.sql, branching_entropy.sql, autonomy.sql, gain.sql.
moments.sql sums what autonomy standardises by, ngrams.sql writes the table. A chunk is computed on one
thread and chunks in parallel, so no figure depends on the number of threads.
"""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tasks.ngrams.evidence import evidence, neighbour_evidence
from tasks.ngrams.neighbours import Neighbours
from tasks.ngrams.trie import Trie
from tasks.tables import TABLES

ROW_GROUP = 131_072
PARQUET_OPTIONS: dict[str, Any] = {
    "compression": "lz4",
    "use_dictionary": ["length", "count", "starts", "ends"],
    "write_statistics": ["length", "count"],
}
_CHUNK = 4 * ROW_GROUP
_UNIT = 2.0**40
_MACROS = ("pmi.sql", "branching_entropy.sql", "autonomy.sql", "gain.sql")


@cache
def sql(name: str) -> str:
    """Return one of the SQL files beside this module."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Mean and standard deviation of a length's variations, over all its types."""

    left_mean: float
    left_deviation: float
    right_mean: float
    right_deviation: float


def _connection(memory_bytes: int, scratch: str) -> duckdb.DuckDBPyConnection:
    limit = max(64, memory_bytes >> 20)
    connection = duckdb.connect(
        ":memory:", config={"threads": 1, "memory_limit": f"{limit}MiB", "temp_directory": scratch}
    )
    for name in _MACROS:
        connection.execute(sql(name))
    return connection


class Statistics:
    """Runs the SQL over the chunks of a trie, one connection a thread."""

    def __init__(
        self,
        trie: Trie,
        neighbours: Neighbours,
        *,
        memory_bytes: int,
        threads: int,
        scratch: str,
        small: bool = False,
    ) -> None:
        self._trie = trie
        self._neighbours = neighbours
        self._scale = float(2**neighbours.shift)
        self._threads = threads
        self._chunk = ROW_GROUP if small else _CHUNK
        self._connections = [_connection(memory_bytes // threads, scratch) for _ in range(threads)]

    def _chunks(self, order: int) -> list[tuple[int, int]]:
        size = self._trie.size(order)
        return [(a, min(a + self._chunk, size)) for a in range(0, size, self._chunk)]

    def _run(
        self, query: str, gather: Callable, order: int, parameters: dict[str, float]
    ) -> Iterator[pa.Table]:
        def run(number: int, begin: int, end: int) -> pa.Table:
            connection = self._connections[number % self._threads].cursor()
            columns = gather(self._trie, self._neighbours, order, begin, end)
            connection.register("evidence", pa.table(columns))
            return connection.execute(query, parameters).to_arrow_table()

        return _ahead(self._threads, run, [(k, *chunk) for k, chunk in enumerate(self._chunks(order))])

    def moments(self, orders: int) -> list[Moments]:
        """Return the moments of orders 1..`orders`."""
        trie, neighbours = self._trie, self._neighbours
        start = neighbours.total_spread / (neighbours.total * self._scale) if neighbours.total else 0.0
        singles = int(trie.types[0]) - trie.size(1)
        carried = 2 * [-singles * round(start * _UNIT), singles * round(start * start * _UNIT)]
        result = []
        for order in range(1, orders + 1):
            sums, following = carried, [0, 0, 0, 0]
            parameters = {"scale": self._scale, "unit": _UNIT}
            for table in self._run(sql("moments.sql"), neighbour_evidence, order, parameters):
                row = [int(column[0].as_py()) for column in table.columns]
                sums = [a + b for a, b in zip(sums, row[:4], strict=True)]
                following = [a + b for a, b in zip(following, row[4:], strict=True)]
            right = _mean_and_deviation(sums[0], sums[1], int(trie.types[order - 1]))
            left = _mean_and_deviation(sums[2], sums[3], int(trie.types[order - 1]))
            result.append(
                Moments(
                    left_mean=left[0], left_deviation=left[1], right_mean=right[0], right_deviation=right[1]
                )
            )
            carried = following
        return result

    def tables(self, orders: int, min_count: int) -> Iterator[pa.Table]:
        """Yield the `ngrams` rows of orders 1..`orders` in order."""
        schema = TABLES["ngrams"].schema
        for order, moments in enumerate(self.moments(orders), start=1):
            parameters = {
                "scale": self._scale,
                "total": self._neighbours.total,
                "min_count": min_count,
                **vars(moments),
            }
            for table in self._run(sql("ngrams.sql"), evidence, order, parameters):
                yield table.cast(schema)


def _mean_and_deviation(total: int, squares: int, types: int) -> tuple[float, float]:
    if types == 0:
        return 0.0, 0.0
    mean = total / types / _UNIT
    variance = squares / types / _UNIT - mean * mean
    return mean, math.sqrt(variance) if variance > 1e-12 else 0.0


def _ahead(threads: int, work: Callable, parts: list[tuple]) -> Iterator[pa.Table]:
    """Yield the results of `work` in order, computing as many at a time as there are threads."""
    if threads <= 1:
        yield from (work(*part) for part in parts)
        return
    with ThreadPoolExecutor(threads) as pool:
        todo = iter(parts)
        running = [pool.submit(work, *part) for part in islice(todo, threads)]
        while running:
            result = running.pop(0).result()
            running.extend(pool.submit(work, *part) for part in islice(todo, 1))
            yield result


def row_groups(tables: Iterator[pa.Table]) -> Iterator[pa.RecordBatch]:
    """Cut tables into batches of 131,072 rows; only the last is shorter."""
    held: list[pa.Table] = []
    rows = 0
    for table in tables:
        held.append(table)
        rows += table.num_rows
        if rows >= ROW_GROUP:
            whole = pa.concat_tables(held)
            full = rows - rows % ROW_GROUP
            for begin in range(0, full, ROW_GROUP):
                yield whole.slice(begin, ROW_GROUP).combine_chunks().to_batches()[0]
            held, rows = [whole.slice(full)], rows - full
    if rows:
        yield from pa.concat_tables(held).combine_chunks().to_batches()
