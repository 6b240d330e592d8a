"""Texts that break careless counters: none may cost three times as much a character as ordinary text.

One line of 100 MB, ten million lines of one character, one character fifty million times.
"""

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.corpora import peak_mb, real_lines
from bench.pipeline import shard, table, warm_up

MEMORY = 8 << 30


def main() -> None:
    """Run all texts in turn and print seconds a million characters."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full sizes")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    lines = real_lines()
    whole = "".join(lines).replace(" ", "").replace("\u3000", "")[: int(33_000_000 * options.scale)]
    letters = np.random.default_rng(1).integers(0x4E00, 0x4E00 + 5000, int(1e7 * options.scale))
    texts = {
        "ordinary": lines[: int(800_000 * options.scale)],
        "one_line": [whole],
        "one_character_lines": [chr(code) for code in letters],
        "one_character": ["好" * int(5e7 * options.scale)],
    }
    seconds: dict[str, list[float]] = {name: [] for name in texts}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm_up(folder)
        for _ in range(options.rounds):
            for key, text in texts.items():
                path = folder / f"{key}.parquet"
                if not path.exists():
                    pq.write_table(pa.table({"text": pa.array(text)}), path)
                counted = shard([path], folder / "shard.parquet", MEMORY)
                measured = table([counted], folder / "table.parquet", MEMORY)
                seconds[key].append(counted.seconds + measured.seconds)
    rate = {key: 1e6 * statistics.median(seconds[key]) / sum(map(len, text)) for key, text in texts.items()}
    print(f"load {os.getloadavg()[0]:.1f}, {options.rounds} rounds interleaved, seconds a million characters")
    figures = {f"{key}_s": round(value, 4) for key, value in rate.items()}
    figures["worst_ratio"] = round(max(rate.values()) / rate["ordinary"], 3)
    figures["peak_mb"] = round(peak_mb(), 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
