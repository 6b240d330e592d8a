"""The two stages that `mine` runs, counting and statistics, against order 4 alone by Polars and DuckDB.

Ours are `count_shard` and `measure` with the writer of the stages' tasks: from sentences in memory to the Parquet
file of `ngram_shards`, and from that to the file of `ngrams`, for orders 1 to 4. The others are given the packed
order-4 keys in memory, in no order, and return a table in memory; `polars_text` is Polars with the keys in the order
of the text, where neighbours repeat. All have two threads. Ratios are of processor seconds, user and system, of the
whole process tree.
"""

import hashlib
import json
import os

os.environ["POLARS_MAX_THREADS"] = "2"

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import duckdb
import numba
import numpy as np
import polars as pl
import pyarrow as pa

from bench.corpora import peak_mb, real_lines
from tasks.engines.memory import memory_limit
from tasks.ngrams import count
from tasks.ngrams.codes import Encoder
from tasks.ngrams.measure import measure
from tasks.ngrams.rows import PARQUET_OPTIONS as SHARD_OPTIONS
from tasks.ngrams.shard import count_shard
from tasks.ngrams.statistics import PARQUET_OPTIONS as TABLE_OPTIONS
from tasks.settings import EngineSettings, NgramSettings
from tasks.store.parts import PartWriter
from tasks.tables import TABLES

SETTINGS = NgramSettings(max_order=4)
MEMORY = memory_limit(EngineSettings())
THREADS = 2
ROUNDS = 5
BATCH = 65_536


def write_shard(text: list[pa.RecordBatch], folder: Path, name: str = "shard") -> Path:
    """Count the sentences as the stage `count_ngrams` does."""
    path = folder / f"{name}.parquet"
    with PartWriter(path, TABLES["ngram_shards"].schema, **SHARD_OPTIONS) as writer:
        for batch in count_shard(text, SETTINGS.max_order, MEMORY, str(folder), THREADS):
            writer.write(batch)
    return path


def write_table(shard: Path, folder: Path) -> Path:
    """Make the table of one shard as the stage `measure_ngrams` does."""
    path = folder / "ngrams.parquet"
    with PartWriter(path, TABLES["ngrams"].schema, **TABLE_OPTIONS) as writer:
        for batch in measure([([str(shard)], 1)], SETTINGS, MEMORY, THREADS, str(folder)):
            writer.write(batch)
    return path


def write_shard_of_units(text: list[pa.RecordBatch], folder: Path) -> Path:
    """Count the sentences in wider units, as where single characters would not fit the keys."""

    with mock.patch.object(count, "windows_of", count.windows_of_units):
        return write_shard(text, folder, "units")


def packed_keys(text: list[pa.RecordBatch]) -> np.ndarray:
    """Return the order-4 grams as integers, in the order of the text."""
    column = pa.concat_arrays([batch.column("text") for batch in text])
    encoder = Encoder(column.nbytes)
    encoder.add(column)
    codes, alphabet = encoder.finish()
    ranks = alphabet.ranks[codes].astype(np.int64)
    columns = [ranks[k : len(ranks) - 3 + k] for k in range(4)]
    inside = np.logical_and.reduce([column > 0 for column in columns])
    keys = np.zeros(int(inside.sum()), dtype=np.int64)
    for column in columns:
        keys = keys << alphabet.spelling.bits | column[inside]
    return keys


def digest(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def processor_seconds() -> float:
    """Return the user and system seconds of this process and of those it has waited for."""
    return sum(os.times()[:4])


def main() -> None:
    """Run the contenders in turn and print the medians."""
    text = pa.table({"text": real_lines()}).to_batches(max_chunksize=BATCH)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shard = write_shard(text, folder)
        table = write_table(shard, folder)
        own_peak = peak_mb()
        identical = digest(shard) == digest(write_shard_of_units(text, folder))
        keys = packed_keys(text)
        in_text_order = pl.DataFrame({"key": keys})
        frame = pl.DataFrame({"key": np.random.default_rng(0).permutation(keys)})
        database = duckdb.connect(config={"threads": THREADS})
        database.register("frame", frame.to_arrow())
        contenders: dict[str, Callable[[], object]] = {
            "counting": lambda: write_shard(text, folder),
            "statistics": lambda: write_table(shard, folder),
            "polars": lambda: frame.group_by("key").len(),
            "polars_text": lambda: in_text_order.group_by("key").len(),
            "duckdb": lambda: database.execute(
                "select key, count(*) as n from frame group by key"
            ).to_arrow_table(),
        }
        check(table, frame)
        wall: dict[str, list[float]] = {name: [] for name in contenders}
        processor: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(ROUNDS):
            for contender, work in contenders.items():
                begin, used = time.perf_counter(), processor_seconds()
                result = work()
                processor[contender].append(processor_seconds() - used)
                wall[contender].append(time.perf_counter() - begin)
                del result
        sizes = {path.stem: path.stat().st_size for path in (shard, table)}
    report(wall, processor, sizes)
    median = {name: statistics.median(times) for name, times in processor.items()}
    figures = {
        "chars": sum(len(line) for batch in text for line in batch.column("text").to_pylist()),
        **{f"{name}_s": seconds for name, seconds in median.items()},
        **{f"{name}_wall_s": statistics.median(times) for name, times in wall.items()},
        "ratio_polars": median["polars"] / median["counting"],
        "ratio_polars_text": median["polars_text"] / median["counting"],
        "ratio_duckdb": median["duckdb"] / median["counting"],
        "statistics_ratio": median["polars"] / median["statistics"],
        "statistics_ratio_text": median["polars_text"] / median["statistics"],
        "identical": identical,
        "peak_mb": own_peak,
    }
    print(json.dumps({k: v if isinstance(v, bool) else round(v, 3) for k, v in figures.items()}))


def check(table: Path, frame: pl.DataFrame) -> None:
    """End the program unless the table has the order-4 grams and counts that Polars finds."""
    ours = pl.scan_parquet(table).filter(pl.col("length") == SETTINGS.max_order)
    seen = ours.select(pl.len(), pl.col("count").sum()).collect().row(0)
    counts = frame.group_by("key").len().filter(pl.col("len") >= SETTINGS.min_count)
    wanted = (counts.height, counts["len"].sum())
    if seen != wanted:
        raise SystemExit(f"counts differ: {seen} and {wanted} grams and occurrences")


def report(wall: dict[str, list[float]], processor: dict[str, list[float]], sizes: dict[str, int]) -> None:
    """Print versions, load and the times of each contender."""
    print(
        f"polars {pl.__version__}, duckdb {duckdb.__version__}, numba {numba.__version__}, "
        f"numpy {np.__version__}, pyarrow {pa.__version__}"
    )
    written = ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in sizes.items())
    print(f"load {os.getloadavg()[0]:.1f}, {ROUNDS} rounds interleaved, written: {written}")
    for name, times in processor.items():
        print(
            f"{name:11s} processor {statistics.median(times):.2f} s, from {min(times):.2f} to {max(times):.2f}; "
            f"wall {statistics.median(wall[name]):.2f} s"
        )


if __name__ == "__main__":
    main()
