"""Time against size, and 1 GB under a cap of 2 GiB: real text first, a seeded Zipf-Markov chain for the
rest.

Each run is a process of its own, so that its peak memory is its own. `exponent` is the slope of log time
over log size, without a cap (`exponent_processor`: of processor time); `peak_mb` is that of the capped run
and `identical` says whether it wrote the same bytes.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.corpora import peak_mb
from bench.pipeline import shard, table, warm_up, write_text

CAP = 2 << 30


def run_one(text: Path, memory_bytes: int) -> None:
    """Count and measure one text and print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm_up(folder)
        held = peak_mb()
        counted = shard([text], folder / "shard.parquet", memory_bytes)
        measured = table([counted], folder / "table.parquet", memory_bytes)
        figures = {
            "count_s": counted.seconds,
            "measure_s": measured.seconds,
            "processor_s": counted.processor + measured.processor,
            "held_mb": held,
            "peak_mb": peak_mb(),
            "digest": measured.digest,
        }
    print(json.dumps(figures))


def run_child(text: Path, memory_bytes: int) -> dict:
    """Count and measure one text in a process of its own and return its figures; `held_mb` are its libraries."""
    command = [sys.executable, "-m", "bench.scale", "--text", str(text), "--memory", str(memory_bytes)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return json.loads(lines[-1])


def _slope(points: Sequence[tuple[float, float]]) -> float:
    xs, ys = zip(*((math.log(x), math.log(y)) for x, y in points), strict=True)
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread


def main() -> None:
    """Run all sizes and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[10, 100, 1000], help="MB")
    parser.add_argument("--cap", type=int, default=CAP, help="bytes")
    parser.add_argument("--text", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--memory", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.text:
        run_one(options.text, options.memory)
        return
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 6 // 10
    points, processor = [], []
    with tempfile.TemporaryDirectory() as name:
        for megabytes in options.sizes:
            text = Path(name) / f"{megabytes:g}.parquet"
            characters = write_text(text, megabytes)
            figures = run_child(text, free)
            seconds = figures["count_s"] + figures["measure_s"]
            points.append((characters, seconds))
            processor.append((characters, figures["processor_s"]))
            print(
                f"{megabytes:g} MB, {characters} characters: {seconds:.1f} s, "
                f"peak {figures['peak_mb']:.0f} MB"
            )
        capped = run_child(text, options.cap)
    result = {
        "sizes_mb": options.sizes,
        "seconds": [round(seconds, 2) for _, seconds in points],
        "processor_s": [round(seconds, 2) for _, seconds in processor],
        "exponent": round(_slope(points), 3),
        "exponent_processor": round(_slope(processor), 3),
        "capped_s": round(capped["count_s"] + capped["measure_s"], 2),
        "peak_mb": round(capped["peak_mb"], 1),
        "identical": capped["digest"] == figures["digest"],
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
