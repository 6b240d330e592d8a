"""Adding 1 % to a 100 MB corpus against counting all of it anew, each up to the written `ngrams` table.

full: count everything, merge, statistics, write. increment: count the new 1 %, then merge, statistics and
write over the old shard and the new one. share_counting leaves out what both must do alike: every PMI and
autonomy changes with the corpus's size, so the whole table is written again. query_*_s is what a reader of the
grown table then waits for one gram, the 20 of greatest gain, and sums over all columns of all rows.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import duckdb

from bench.corpora import peak_mb
from bench.pipeline import THREADS, shard, table, warm_up, write_text
from tasks.tables import TABLES

MEMORY = 8 << 30
STATISTICS = [field.name for field in TABLES["ngrams"].schema if field.name != "gram"]
QUERIES = {
    "gram": "select * from ngrams where gram = '经济'",
    "top": "select * from ngrams order by gain desc nulls last limit 20",
    "scan": "select " + ", ".join(f"sum({name})" for name in STATISTICS) + " from ngrams",
}


def query_seconds(path: str, rounds: int) -> dict[str, float]:
    """Return the median seconds of each query on a written table."""
    seconds: dict[str, list[float]] = {name: [] for name in QUERIES}
    with duckdb.connect(":memory:", config={"threads": THREADS}) as connection:
        connection.read_parquet(path).create_view("ngrams")
        for _ in range(rounds):
            for name, query in QUERIES.items():
                begin = time.perf_counter()
                connection.execute(query).fetchall()
                seconds[name].append(time.perf_counter() - begin)
    return {f"query_{name}_s": round(statistics.median(times), 3) for name, times in seconds.items()}


def main() -> None:
    """Run the two in turn and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    names = ("full_count", "new_count", "full_table", "new_table")
    seconds: dict[str, list[float]] = {name: [] for name in names}
    processor: dict[str, list[float]] = {name: [] for name in names}
    identical = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm_up(folder)
        old, new = folder / "old.parquet", folder / "new.parquet"
        characters = write_text(old, options.megabytes)
        characters += write_text(new, options.megabytes / 100, real=False, seed=7)
        base = shard([old], folder / "base.parquet", MEMORY)
        for _ in range(options.rounds):
            everything = shard([old, new], folder / "all.parquet", MEMORY)
            full = table([everything], folder / "full.parquet", MEMORY)
            added = shard([new], folder / "added.parquet", MEMORY)
            grown = table([base, added], folder / "grown.parquet", MEMORY)
            for key, one in zip(names, (everything, added, full, grown), strict=True):
                seconds[key].append(one.seconds)
                processor[key].append(one.processor)
            identical &= full.digest == grown.digest
        queries = query_seconds(grown.path, options.rounds)
    median = {key: statistics.median(times) for key, times in seconds.items()}
    print(f"load {os.getloadavg()[0]:.1f}, {options.rounds} rounds interleaved")
    for key, times in seconds.items():
        print(f"{key:12s} median {median[key]:.2f} s, from {min(times):.2f} to {max(times):.2f}")
    used = {key: statistics.median(times) for key, times in processor.items()}
    full_s = median["full_count"] + median["full_table"]
    increment_s = median["new_count"] + median["new_table"]
    figures = {
        "chars": characters,
        "full_s": round(full_s, 3),
        "increment_s": round(increment_s, 3),
        "share": round(increment_s / full_s, 4),
        "share_counting": round(median["new_count"] / median["full_count"], 4),
        "share_processor": round(
            (used["new_count"] + used["new_table"]) / (used["full_count"] + used["full_table"]), 4
        ),
        **queries,
        "identical": identical,
        "peak_mb": round(peak_mb(), 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
