"""SIGKILL at random moments: running again ends with the bytes of a run that nobody disturbed."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from tests.flows.newspaper import lines

ROOT = Path(__file__).parents[2]
MOMENTS = 20
RECORDS = {"runs", "checks", "metrics", "lineage"}


def start(api: str, source: Path, home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "flows", "mine", str(source), "--corpus", "killed", "--workers", "2"),
            *("--settings", str(source.parent / "settings.toml"), "--home", str(home)),
        ],
        cwd=ROOT,
        env=os.environ | {"PREFECT_API_URL": api},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def fingerprint(home: Path) -> dict[str, str]:
    parts = (home / "lake" / "killed").glob("*/run=*/part-*.parquet")
    return {
        str(part.relative_to(home)): hashlib.sha256(part.read_bytes()).hexdigest()
        for part in parts
        if part.parts[-3] not in RECORDS
    }


def rows(home: Path) -> dict[str, list[tuple]]:
    with duckdb.connect(str(home / "catalog.duckdb"), read_only=True) as catalog:
        return {
            table: catalog.execute(f"select * from killed.{table} order by all").fetchall()
            for table in (
                "documents",
                "sentences",
                "ngrams",
                "lexicon",
                "lexicon_decisions",
                "tokens",
                "words",
            )
        }


@pytest.mark.slow
def test_a_killed_run_leaves_nothing_that_another_does_not_mend(prefect_api: str, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for number in range(4):
        (source / f"{number}.txt").write_text("\n".join(lines(400, seed=number)), encoding="utf-8")
    (tmp_path / "settings.toml").write_text("[ingest]\nshard_bytes = 30000\n", encoding="utf-8")
    # The first run compiles; the second tells how long one takes.
    assert start(prefect_api, source, tmp_path / "first").wait(timeout=300) == 0
    began = time.monotonic()
    assert start(prefect_api, source, tmp_path / "undisturbed").wait(timeout=300) == 0
    seconds = time.monotonic() - began
    whole, expected = fingerprint(tmp_path / "undisturbed"), rows(tmp_path / "undisturbed")

    draw = random.Random(2026)
    killed = 0
    for attempt in range(3 * MOMENTS):
        home = tmp_path / f"killed-{attempt}"
        victim = start(prefect_api, source, home)
        time.sleep(draw.uniform(0.1, 1.0) * seconds)
        if victim.poll() is not None:
            continue
        os.killpg(victim.pid, signal.SIGKILL)
        victim.wait()
        killed += 1
        begun = (home / "lake" / "killed" / ".journal").exists()
        assert start(prefect_api, source, home).wait(timeout=300) == 0
        assert fingerprint(home) == whole
        assert rows(home) == expected
        assert not list((home / "lake" / "killed").glob(".staging/*"))
        with duckdb.connect(str(home / "catalog.duckdb"), read_only=True) as catalog:
            told = catalog.execute("select status from killed.runs order by started").fetchall()
        assert told == [("failed",)] * begun + [("published",)] or told == [("published",)] * 2
        shutil.rmtree(home)
        if killed == MOMENTS:
            return
    pytest.fail(f"only {killed} of {3 * MOMENTS} runs were there to be killed")
