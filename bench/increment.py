"""Adding 1 % to a 100 MB corpus against counting all of it anew, each up to the written `ngrams` table.

full: count everything, merge, statistics, write. increment: count the new 1 %, then merge, statistics and
write over the old shard and the new one. share_counting leaves out what both must do alike: every PMI and
autonomy changes with the corpus's size, so the whole table is written again.
"""

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path

from bench.corpora import peak_mb
from bench.pipeline import shard, table, warm_up, write_text

MEMORY = 8 << 30


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
        "identical": identical,
        "peak_mb": round(peak_mb(), 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
