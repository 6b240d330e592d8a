"""Work over a Spark cluster: the same functions as in local processes, rows back in a fixed order.

Item i of the work is row i of a table with a partition for each item, which `mapInArrow` hands to `work(item)`, an
iterator of record batches. Results go as Parquet files to a folder that driver and workers share, and are read
from there one after the other, so the driver never holds them all. What came back does not depend on which worker
did what, nor on how often: Spark commits one attempt of each partition.

pyspark (extra `spark`) and Java are looked for when a cluster is asked for, not before.
"""

import os
import re
import shutil
import socket
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import InputError, need
from tasks.settings import EngineSettings

SECONDS_TO_ANSWER = 5.0
SECONDS_TO_BEGIN = 120.0
_BATCH_ROWS = 1 << 16
_RAISED = re.compile(r"^([\w.]+(?:Error|Exception)\b.*)$", re.MULTILINE)
_RAISED_BY_JAVA = re.compile(r"^: (.+)$", re.MULTILINE)

Item = TypeVar("Item")
Work = Callable[[Item], Iterator[pa.RecordBatch]]


def uses_spark(engine: EngineSettings) -> bool:
    """Return whether the settings name a Spark master."""
    return engine.master != "local"


def check_engine(engine: EngineSettings) -> None:
    """InputError when the settings name a Spark master and pyspark, Java or the master is missing."""
    if not uses_spark(engine):
        return
    need("spark", "pyspark", what=f"engine {engine.master}")
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        raise InputError(
            f"engine {engine.master} needs Java 17 or later, and {f'{home}/bin' if home else 'PATH'} has no java; "
            "install it, or use --engine local"
        )
    if addresses := _addresses(engine.master):
        _check_answers(engine.master, addresses)


class Cluster:
    """A Spark session, and a folder that its workers see under the same path."""

    def __init__(self, session: Any, scratch: Path) -> None:
        self._session = session
        self._scratch = scratch

    def map_rows(self, work: Work, items: Sequence[Item], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """Yield the rows of `work(item)` for each item, in the order of the items."""
        return self._rows(self._mapped(work, items, schema), schema)

    def sum_rows(
        self, work: Work, items: Sequence[Item], schema: pa.Schema, keys: Sequence[str]
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of all items in ascending order of `keys`, the integers of equal keys added up."""
        values = [name for name in schema.names if name not in keys]
        grouped = self._mapped(work, items, schema).groupBy(*keys)
        summed = grouped.agg(*map(_sum_of, values)).select(*schema.names).orderBy(*keys)
        return self._rows(summed, schema)

    def fold_rows(
        self, work: Work, items: Sequence[Item], schema: pa.Schema, key: str, order: str, value: str
    ) -> pa.Table:
        """Return (key, value) with the numbers of equal keys added one after the other, as `order` has them.

        Sums of floating-point numbers depend on their order, which a group-by alone leaves open.
        """
        from pyspark.sql import functions

        listed = f"array_sort(collect_list(struct({order}, {value})))"
        added = functions.expr(f"aggregate({listed}, 0D, (sum, row) -> sum + row.{value})").alias(value)
        with _told_in_a_line():
            return self._mapped(work, items, schema).groupBy(key).agg(added).toArrow()

    def _mapped(self, work: Work, items: Sequence[Item], schema: pa.Schema) -> Any:
        from pyspark.sql.pandas.types import from_arrow_schema

        numbers = self._session.range(len(items), numPartitions=max(len(items), 1))
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", FutureWarning
            )  # pyspark's about its own use of pandas, which is none
            return numbers.mapInArrow(partial(_each, work, list(items)), from_arrow_schema(schema))

    def _rows(self, frame: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with TemporaryDirectory(dir=self._scratch, prefix="spark-") as folder:
            with _told_in_a_line():
                frame.write.parquet(f"{folder}/rows")
            for path in sorted(Path(folder, "rows").glob("part-*"), key=_partition):
                with pq.ParquetFile(path) as file:
                    for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                        yield batch.cast(schema)
                path.unlink()


@contextmanager
def cluster(engine: EngineSettings, scratch: Path, name: str) -> Iterator[Cluster]:
    """Give the cluster that the settings name for as long as the work takes; InputError when it is not there."""
    check_engine(engine)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    config = {
        "spark.hadoop.fs.defaultFS": "file:///",
        "spark.log.level": "ERROR",
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": str(sys.stderr.isatty()).lower(),
    }
    if all(map(_is_loopback, _addresses(engine.master))):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        config |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master(engine.master).appName(f"minlex {name}")
        with _told_in_a_line():
            session = builder.config(map=config).getOrCreate()
    try:
        if _addresses(engine.master):
            _wait_for_workers(session, engine.master)
        yield Cluster(session, scratch)
    finally:
        session.stop()


def _each(work: Work, items: Sequence[Any], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for number in batch.column(0).to_pylist():
            yield from work(items[number])


def _sum_of(value: str) -> Any:
    from pyspark.sql import functions

    return functions.sum(value).alias(value)


def _partition(path: Path) -> int:
    return int(path.name.split("-")[1])


def _addresses(master: str) -> list[tuple[str, int]]:
    """Return the hosts and ports of a master that is reached over a network."""
    scheme, _, rest = master.partition("://")
    pairs = (address.rpartition(":") for address in rest.split(",")) if rest and scheme == "spark" else ()
    return [(host, int(port)) for host, _, port in pairs]


def _is_loopback(address: tuple[str, int]) -> bool:
    try:
        return ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] == "localhost"


def _check_answers(master: str, addresses: Sequence[tuple[str, int]]) -> None:
    said = ""
    for address in addresses:
        try:
            socket.create_connection(address, SECONDS_TO_ANSWER).close()
            return
        except (OSError, OverflowError) as error:
            said = str(getattr(error, "strerror", None) or error)
    raise InputError(f"no Spark master answers at {master}: {said}; start it, or use --engine local")


def _wait_for_workers(session: Any, master: str) -> None:
    end = time.monotonic() + SECONDS_TO_BEGIN
    # The driver itself is counted too.
    while session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() < 2:
        if time.monotonic() > end:
            raise InputError(
                f"no worker of the Spark master {master} took up the work within {SECONDS_TO_BEGIN:.0f} s; "
                "start workers with free cores and memory, or use --engine local"
            )
        time.sleep(0.1)


@contextmanager
def _told_in_a_line() -> Iterator[None]:
    """Turn an error of Spark, which brings pages of Java along, into the one line that says what was wrong."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException) as error:
        said = _cause(str(error))
        if said.startswith("ModuleNotFoundError"):
            said += "; install minlex in the Python that PYSPARK_PYTHON names, on every machine"
        if said.startswith(("FileNotFoundError", "PermissionError")):
            said += "; the home must be on a file system that every worker has under the same path"
        raise RuntimeError(f"Spark failed: {said}") from error


def _cause(text: str) -> str:
    """Return the line that ends the first Python traceback within `text`, else Java's exception, else a line."""
    _, traced, trace = text.partition("Traceback (most recent call last):")
    cause = (_RAISED.search(trace) if traced else None) or _RAISED_BY_JAVA.search(text)
    return cause.group(1) if cause else text.strip().partition("\n")[0]
