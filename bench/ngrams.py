"""All orders 1-4 counted by us against order 4 alone by Polars and DuckDB, all on two threads.

We start from the text and end with Arrow tables of key and count for each order, and again with Parquet
files; the others are given the packed order-4 keys in memory and return a table in memory. Our buffers are
kept from round to round, as between batches of text; `ours_fresh_s` is without that.
"""

import json
import os

os.environ["POLARS_MAX_THREADS"] = "2"

import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import numba
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from bench.corpora import peak_mb, real_lines
from tasks.ngrams.codes import codes_of
from tasks.ngrams.packed import count_ngrams
from tasks.ngrams.sorting import layout, sort_windows
from tasks.ngrams.units import characters
from tasks.ngrams.workspace import Workspace

ORDER = 4
THREADS = 2
ROUNDS = 5


def count(text: pa.Array, workspace: Workspace | None = None) -> list[pa.Table]:
    """Text to one Arrow table an order."""
    counted = count_ngrams(codes_of(text, THREADS, workspace), ORDER, THREADS, workspace)
    return [counted.table(order) for order in range(1, ORDER + 1)]


def write(tables: list[pa.Table], folder: str) -> None:
    """Write the tables, sorted keys as differences, in files that the threads share."""
    parts = [
        (table.slice(begin, 1 << 21), f"{folder}/{order}-{begin}.parquet")
        for order, table in enumerate(tables, start=1)
        for begin in range(0, len(table), 1 << 21)
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda part: _write(*part), parts))


def _write(table: pa.Table, path: str) -> None:
    key = pa.chunked_array([pa.array(chunk.to_numpy().view("int64")) for chunk in table["key"].chunks])
    pq.write_table(
        pa.table({"key": key, "count": table["count"]}), path, compression="lz4", use_dictionary=False,
        column_encoding={"key": "DELTA_BINARY_PACKED"}, write_statistics=False,
    )  # fmt: skip


def packed_keys(text: pa.Array) -> np.ndarray:
    """The order-4 keys in the order of the text, which is what the others are given."""
    single = characters(codes_of(text))
    keys = sort_windows(layout(ORDER, single, single, flag=False), THREADS).keys
    mask = np.uint64((1 << single.bits) - 1)
    keys = keys[(keys & mask) != 0].astype(np.int64)
    np.random.default_rng(0).shuffle(keys)
    return keys


def main() -> None:
    """Run the contenders in turn and print the medians."""
    text = pa.array(real_lines())
    keys = packed_keys(text)
    frame = pl.DataFrame({"key": keys})
    database = duckdb.connect(config={"threads": THREADS})
    database.register("frame", frame.to_arrow())
    workspace = Workspace()
    contenders: dict[str, Callable[[], object]] = {
        "ours": lambda: count(text, workspace),
        "ours_fresh": lambda: count(text),
        "polars": lambda: frame.group_by("key").len(),
        "duckdb": lambda: database.execute(
            "select key, count(*) as n from frame group by key"
        ).to_arrow_table(),
    }
    with tempfile.TemporaryDirectory() as folder:
        contenders["ours_written"] = lambda: write(count(text, workspace), folder)
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        processor: dict[str, list[float]] = {name: [] for name in contenders}
        for run in range(ROUNDS + 1):
            for name, work in contenders.items():
                begin, used = time.perf_counter(), time.process_time()
                result = work()
                if run:
                    processor[name].append(time.process_time() - used)
                    seconds[name].append(time.perf_counter() - begin)
                if name == "ours":
                    ours = result[ORDER - 1].num_rows  # type: ignore[index]
                elif name == "polars" and result.height != ours:  # type: ignore[attr-defined]
                    raise SystemExit(f"counts differ: {ours} and {result.height} grams")  # type: ignore[attr-defined]
                del result
        written = sum(path.stat().st_size for path in Path(folder).iterdir())
    median = {name: statistics.median(times) for name, times in seconds.items()}
    print(
        f"polars {pl.__version__}, duckdb {duckdb.__version__}, "
        f"numba {numba.__version__}, numpy {np.__version__}"
    )
    print(
        f"load {os.getloadavg()[0]:.1f}, {ROUNDS} rounds interleaved, "
        f"{written / 1e6:.0f} MB written, {ours} grams"
    )
    for name, times in seconds.items():
        print(
            f"{name:14s} median {median[name]:.2f} s, from {min(times):.2f} to {max(times):.2f}; "
            f"processor {statistics.median(processor[name]):.2f} s"
        )
    figures = {
        "chars": len(codes_of(text)) - len(text) - 1,
        "ours_s": median["ours"],
        "ours_fresh_s": median["ours_fresh"],
        "ours_written_s": median["ours_written"],
        "polars_s": median["polars"],
        "duckdb_s": median["duckdb"],
        "ratio_polars": median["polars"] / median["ours"],
        "ratio_duckdb": median["duckdb"] / median["ours"],
        "ratio_written": median["polars"] / median["ours_written"],
        "ratio_processor": statistics.median(processor["polars"]) / statistics.median(processor["ours"]),
        "peak_mb": peak_mb(),
    }
    print(json.dumps({k: round(v, 3) for k, v in figures.items()}))


if __name__ == "__main__":
    main()
