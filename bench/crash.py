"""SIGKILL at random moments of `minlex mine`, then the same command again: `python -m bench.crash [--kills 50]`.

Every time the result must have the bytes of a run that nobody disturbed. `identical` says whether it always had;
`lost_rows` counts rows of the tables that are missing after any kill, `orphan_files` what lies in staging or what
`minlex gc` would remove though every run's data is to stay; the journals of failed runs, which nothing reads once
they are recorded, are not counted. Text is drawn from a seeded vocabulary; so are the moments.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[1]
CORPUS = "killed"
RECORDS = {"runs", "checks", "metrics", "lineage"}
WORDS = [
    "经济",
    "发展",
    "企业",
    "中国",
    "工作",
    "科学",
    "音乐",
    "记者",
    "新闻",
    "电影",
    "人民",
    "社会",
    "主义",
    "建设",
    "市场",
    "改革",
    "开放",
    "北京",
    "上海",
    "的",
    "在",
    "和",
    "了",
]


def write_corpus(folder: Path, files: int, lines_a_file: int) -> Path:
    """Write files of seeded sentences and settings that read them in several shards; return their folder."""
    draw = random.Random(5)
    source = folder / "in"
    source.mkdir()
    for number in range(files):
        lines = ("".join(draw.choices(WORDS, k=draw.randint(5, 30))) + "。" for _ in range(lines_a_file))
        (source / f"{number}.txt").write_text("\n".join(lines), encoding="utf-8")
    (folder / "settings.toml").write_text("[ingest]\nshard_bytes = 30000\n", encoding="utf-8")
    return source


def start(source: Path, home: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start `minlex mine` in a session of its own."""
    settings = source.parent / "settings.toml"
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "flows", "mine", str(source), "--corpus", CORPUS, "--workers", "2"),
            *("--settings", str(settings), "--home", str(home), *more),
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def fingerprint(home: Path, corpus: str = CORPUS) -> dict[str, str]:
    """Return the hash of every Parquet part but those in which runs record themselves."""
    return {
        str(part.relative_to(home)): hashlib.sha256(part.read_bytes()).hexdigest()
        for part in (home / "lake" / corpus).glob("*/run=*/part-*.parquet")
        if part.parts[-3] not in RECORDS
    }


def counted_rows(home: Path) -> dict[str, int]:
    """Return the number of rows that the catalog shows of every table but the records of runs."""
    with duckdb.connect(str(home / "catalog.duckdb"), read_only=True) as catalog:
        tables = catalog.execute(
            "select view_name from duckdb_views() where schema_name = ?", [CORPUS]
        ).fetchall()
        counts = {}
        for (table,) in tables:
            if table not in RECORDS:
                [counts[table]] = catalog.execute(f"select count(*) from {CORPUS}.{table}").fetchone() or (0,)
        return counts


def told_of_runs(home: Path) -> list[str]:
    """Return how each run ended, as `runs` records it, in their order."""
    with duckdb.connect(str(home / "catalog.duckdb"), read_only=True) as catalog:
        return [
            status
            for (status,) in catalog.execute(f"select status from {CORPUS}.runs order by started").fetchall()
        ]


def killed_at(source: Path, home: Path, seconds: float) -> bool:
    """Start mining, kill everything of it after `seconds`; False when it had ended by then."""
    victim = start(source, home)
    time.sleep(seconds)
    if victim.poll() is not None:
        return False
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()
    return True


def leftovers(home: Path) -> list[str]:
    """Return what is below the home's lake, models and reports though no run needs it any more."""
    command = [sys.executable, "-m", "flows", "gc", "--corpus", CORPUS, "--home", str(home), "--hours", "0"]
    printed = subprocess.run(
        [*command, "--keep", "1000", "--dry-run"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    staged = (home / "lake" / CORPUS).glob(".staging/*")
    partial = home.rglob("*.partial")
    found = [line for line in printed.stdout.splitlines()[:-1] if not line.startswith("journal ")]
    return [*found, *map(str, staged), *map(str, partial)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Kill, mine again, compare; print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--lines", type=int, default=150, help="lines of each of four files")
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args(arguments)
    kills = lost = 0
    differing: list[float] = []
    left: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = write_corpus(folder, 4, options.lines)
        # The first run compiles; the second is timed.
        for home in (folder / "first", folder / "undisturbed"):
            began = time.monotonic()
            if start(source, home).wait() != 0:
                raise SystemExit("mining failed without being disturbed")
        seconds = time.monotonic() - began
        whole, rows = fingerprint(home), counted_rows(home)
        draw = random.Random(options.seed)
        while kills < options.kills:
            home, moment = folder / f"killed-{kills}", draw.uniform(0.1, 1.0) * seconds
            if killed_at(source, home, moment):
                kills += 1
                ended = start(source, home).wait()
                after = counted_rows(home) if ended == 0 else {}
                lost += sum(max(0, count - after.get(table, 0)) for table, count in rows.items())
                if ended != 0 or fingerprint(home) != whole or told_of_runs(home)[-1] != "published":
                    differing.append(moment)
                left += leftovers(home)
                print(
                    f"killed after {moment:.2f} of {seconds:.2f} s: {'as undisturbed' if ended == 0 else 'failed'}"
                )
            shutil.rmtree(home, ignore_errors=True)
    for moment in differing:
        print(f"differed after the kill at {moment:.2f} s")
    for orphan in left[:20]:
        print(f"left over: {orphan}")
    figures = {
        "kills": kills,
        "identical": not differing,
        "lost_rows": lost,
        "orphan_files": len(left),
        "seconds_undisturbed": round(seconds, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
