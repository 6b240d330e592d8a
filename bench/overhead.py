"""What Prefect costs: `python -m bench.overhead [--megabytes 100] [--rounds 1]`.

The same files are mined by `minlex`'s flow against a server, a worker and deployments as `minlex up` starts them,
and by the same functions where there is no server, each in a process of its own, in turns.

    prefect_share = 1 - seconds(plain calls) / seconds(flow)        medians of whole processes, on the wall

so import, engine, artifacts, logs and a server that shares the processors all count. `complete` says whether the API,
after the last run, holds as many completed task runs as the process counted calls of tasks and of flows within the
flow; `identical` whether both ways wrote the same bytes. Text is real, then generated (see bench.corpora).
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq

from bench.crash import fingerprint
from bench.pipeline import write_text
from flows.commands.service_processes import bring_up, running_api, take_down
from tests.services import free_port

ROOT = Path(__file__).parents[1]
MEGABYTES_A_FILE = 4
MOST_TASK_RUNS = 300
SECONDS_TO_RECORD = 120.0


def count_calls() -> list[str]:
    """Return a list that grows by the name of each flow and task that is called."""
    from prefect import Flow, Task

    called: list[str] = []

    def counting(cls: Any) -> None:
        call = cls.__call__

        def counted(self: Any, *given: Any, **named: Any) -> Any:
            called.append(self.name)
            return call(self, *given, **named)

        cls.__call__ = counted

    counting(Flow)
    counting(Task)
    return called


def mine_plainly(source: Path, corpus: str, home: Path) -> int:
    """Mine where no server is; return 0, the number of task runs."""
    from flows.mine_corpus import mine_corpus

    mine_corpus([str(source)], corpus, str(home))
    return 0


def mine_as_flow(source: Path, corpus: str, home: Path) -> int:
    """Mine as a flow; return how many task runs there must be: one a task called, one a flow within the flow."""
    called = count_calls()
    from flows.mine_corpus import mine_corpus

    mine_corpus([str(source)], corpus, str(home))
    return len(called) - 1


WAYS = {"plain calls": mine_plainly, "flow": mine_as_flow}


def run_child(way: str, source: Path, corpus: str, home: Path, api: str) -> dict[str, float]:
    """Mine in a process of its own; return its seconds on the wall and of processors, and its task runs."""
    arguments = ["--way", way, "--source", str(source), "--corpus", corpus, "--home", str(home)]
    environment = os.environ | {"PREFECT_LOGGING_LEVEL": "CRITICAL"}
    environment |= {"PREFECT_API_URL": api} if way == "flow" else {}
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    printed = subprocess.run(
        [sys.executable, "-m", "bench.overhead", *arguments],
        cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout  # fmt: skip
    seconds, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "processor": processor, "task_runs": json.loads(printed.splitlines()[-1])}


def recorded(api: str, corpus: str, expected: int) -> int:
    """Return how many completed task runs of a corpus the API holds, once they are `expected` or time is up."""
    of_corpus = {"flow_runs": {"tags": {"all_": [f"corpus:{corpus}"]}}}
    completed = {"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    until = time.monotonic() + SECONDS_TO_RECORD
    count = -1
    while count != expected and time.monotonic() < until:
        answer = httpx.post(f"{api}/task_runs/count", json=of_corpus | completed, timeout=60)
        count = int(answer.raise_for_status().text)
        time.sleep(1)
    return count


def write_files(folder: Path, megabytes: float, *, real: bool) -> Path:
    """Write text of so many MB, a sentence a line, into files of a few MB; return their folder."""
    source = folder / "in"
    source.mkdir()
    write_text(folder / "text.parquet", megabytes, real=real)
    with pq.ParquetFile(folder / "text.parquet") as file:
        lines, size, number = [], 0, 0
        for batch in file.iter_batches(columns=["text"]):
            for line in batch.column("text").to_pylist():
                lines.append(line)
                size += len(line.encode()) + 1
                if size >= MEGABYTES_A_FILE * 1e6:
                    (source / f"{number:04}.txt").write_text("\n".join(lines), encoding="utf-8")
                    lines, size, number = [], 0, number + 1
        if lines:
            (source / f"{number:04}.txt").write_text("\n".join(lines), encoding="utf-8")
    return source


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--generated", action="store_true", help="no real text")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--corpus", help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.way:
        print(WAYS[options.way](options.source, options.corpus, options.home))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = write_files(folder, options.megabytes, real=not options.generated)
        (folder / "warm").mkdir()
        warm = write_files(folder / "warm", 0.1, real=False)
        bring_up(str(folder / "up"), "127.0.0.1", free_port())
        try:
            api = running_api(str(folder / "up"))
            if api is None:
                raise SystemExit("the Prefect server has ended")
            figures = compare(folder, source, warm, api, options.rounds)
        finally:
            take_down(str(folder / "up"))
    print(json.dumps({"megabytes": options.megabytes, "rounds": options.rounds, **figures}))


def compare(folder: Path, source: Path, warm: Path, api: str, rounds: int) -> dict[str, Any]:
    """Mine `source` both ways in turns; return the figures."""
    # What is compiled once is not timed, nor the first run of either way.
    for way in WAYS:
        run_child(way, warm, "warm", folder / f"warm {way}", api)
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    written: dict[str, dict[str, str]] = {}
    for turn in range(rounds):
        for way in WAYS if turn % 2 == 0 else reversed(WAYS):
            home, corpus = folder / f"{way} {turn}", f"round{turn}"
            runs[way].append(run_child(way, source, corpus, home, api))
            written[way] = fingerprint(home, corpus)
            took = runs[way][-1]
            print(
                f"{way:<12} {took['seconds']:8.2f} s, {took['processor']:8.2f} s of processors, "
                f"load {os.getloadavg()[0]:.1f}"
            )
    expected = int(runs["flow"][-1]["task_runs"])
    found = recorded(api, f"round{rounds - 1}", expected)
    if expected > MOST_TASK_RUNS:
        raise SystemExit(f"a run must have at most {MOST_TASK_RUNS} task runs; it had {expected}")
    wall, processor = (
        {way: statistics.median(run[what] for run in runs[way]) for way in WAYS}
        for what in ("seconds", "processor")
    )
    return {
        "prefect_share": round(1 - wall["plain calls"] / wall["flow"], 4),
        "prefect_seconds": round(wall["flow"] - wall["plain calls"], 2),
        "seconds_flow": round(wall["flow"], 2),
        "seconds_plain": round(wall["plain calls"], 2),
        "processor_share": round(1 - processor["plain calls"] / processor["flow"], 4),
        "task_runs": expected,
        "recorded": found,
        "complete": found == expected,
        "identical": written["flow"] == written["plain calls"],
        "load": round(os.getloadavg()[0], 2),
    }


if __name__ == "__main__":
    main()
