"""What breaks under a run leaves what was published, and mining again ends as if nothing had happened."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import duckdb
import psutil
import pytest

import tasks.segment.task as segmenting
from bench.crash import CORPUS, ROOT, counted_rows, fingerprint, start, told_of_runs, write_corpus
from flows.mine_corpus import mine_corpus
from tasks.settings import EngineSettings, LexiconSettings, MineSettings
from tasks.store import publish, unchanged
from tests.flows.newspaper import lines
from tests.services import Services, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"), 4, 150)


@pytest.fixture(scope="module")
def undisturbed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("undisturbed")
    assert start(source, home).wait(timeout=300) == 0
    return home


@pytest.fixture
def small_disk(undisturbed: Path, tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for about half of what a run writes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    needed = sum(path.stat().st_size for path in undisturbed.rglob("*") if path.is_file())
    command = ["/bin/mount", "-t", "tmpfs", "-o", f"size={needed // 2}", "tmpfs", str(disk)]
    mounted = subprocess.run(command, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a file system: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["/bin/umount", "--lazy", str(disk)], check=True)


def mine(source: Path, home: Path) -> subprocess.CompletedProcess[str]:
    settings = source.parent / "settings.toml"
    command = [sys.executable, "-m", "flows", "mine", str(source), "--corpus", CORPUS, "--home", str(home)]
    return subprocess.run(
        [*command, "--workers", "2", "--settings", str(settings)],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def assert_as_undisturbed(home: Path, undisturbed: Path) -> None:
    assert fingerprint(home) == fingerprint(undisturbed)
    assert counted_rows(home) == counted_rows(undisturbed)
    assert told_of_runs(home)[-1] == "published"


def test_a_full_disk_is_told_in_one_line_and_room_lets_the_run_end(
    source: Path, undisturbed: Path, small_disk: Path
) -> None:
    failed = mine(source, small_disk / "home")
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("minlex: no space left where the results go")
    assert not (small_disk / "home" / "lake" / CORPUS / "corpus.json").exists() or told_of_runs(
        small_disk / "home"
    ) == ["failed"]
    subprocess.run(["/bin/mount", "-o", "remount,size=1g", str(small_disk)], check=True)
    assert mine(source, small_disk / "home").returncode == 0
    assert_as_undisturbed(small_disk / "home", undisturbed)


def test_a_server_that_dies_under_a_run_costs_that_run_at_most(
    source: Path, undisturbed: Path, tmp_path: Path, services: Services
) -> None:
    services.up()
    settings = source.parent / "settings.toml"
    run = services.start("mine", source, "--corpus", CORPUS, "--workers", 2, "--settings", settings)
    lake = services.home / "lake" / CORPUS
    wait_for("counting", lambda: list(lake.glob("ngram_shards/run=*")))
    server = json.loads((services.home / "services" / "services.json").read_text(encoding="utf-8"))["server"]
    psutil.Process(server["pid"]).kill()
    try:
        run.wait(timeout=120)
    except subprocess.TimeoutExpired:
        run.kill()
        run.wait()
    assert mine(source, services.home).returncode == 0
    assert_as_undisturbed(services.home, undisturbed)


def test_of_two_processes_that_mine_one_corpus_the_second_is_refused_in_one_line(
    source: Path, undisturbed: Path, tmp_path: Path
) -> None:
    first = start(source, tmp_path)
    until = time.monotonic() + 120
    while not list((tmp_path / "lake" / CORPUS / ".journal").glob("*")) and time.monotonic() < until:
        time.sleep(0.05)
    # Stopped, so that it still holds the corpus when the second has started, however slow that is.
    os.killpg(first.pid, signal.SIGSTOP)
    try:
        second = mine(source, tmp_path)
    finally:
        os.killpg(first.pid, signal.SIGCONT)
    assert second.returncode == 2
    assert second.stderr.splitlines()[-1] == (
        f"minlex: corpus {CORPUS!r} is being written by another run; try again when it has ended"
    )
    assert first.wait(timeout=300) == 0
    assert told_of_runs(tmp_path) == ["published"]
    assert_as_undisturbed(tmp_path, undisturbed)


def test_damaged_parts_and_a_damaged_model_are_made_again(
    source: Path, undisturbed: Path, tmp_path: Path
) -> None:
    assert mine(source, tmp_path).returncode == 0
    parts = [p for p in (tmp_path / "lake" / CORPUS).glob("*/run=*/part-*.parquet") if p.stat().st_size > 200]
    damaged = [p for p in parts if p.parts[-3] in ("sentences", "ngram_shards", "ngrams", "tokens", "words")]
    assert len(damaged) >= 5
    for path in [*damaged, *(tmp_path / "models" / CORPUS).glob("*/model.safetensors")]:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
    assert mine(source, tmp_path).returncode == 0
    assert_as_undisturbed(tmp_path, undisturbed)


def mine_here(source: Path, home: Path) -> str:
    settings = MineSettings(
        lexicon=LexiconSettings(method="four-step", min_count=3), engine=EngineSettings(workers=1)
    )
    return mine_corpus([str(source)], CORPUS, str(home), settings)


@pytest.fixture(scope="module")
def mined_here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A file, and a home into which it was mined in this process without trouble."""
    folder = tmp_path_factory.mktemp("here")
    (folder / "news.txt").write_text("\n".join(lines(60, seed=21)), encoding="utf-8")
    mine_here(folder / "news.txt", folder / "home")
    return folder / "news.txt", folder / "home"


@pytest.mark.parametrize("lost", ["_manifest.json", "part-00000.parquet"])
@pytest.mark.parametrize("emptied", [True, False])
def test_any_table_may_lose_a_file_and_is_made_again(
    mined_here: tuple[Path, Path], tmp_path: Path, lost: str, emptied: bool
) -> None:
    source, whole = mined_here
    mine_here(source, tmp_path)
    lake = tmp_path / "lake" / CORPUS
    tables = sorted(folder.name for folder in lake.iterdir() if folder.is_dir() and folder.name[0] != ".")
    for number, table in enumerate(tables):
        for path in lake.glob(f"{table}/run=*/{lost}"):
            path.write_bytes(b"") if emptied else path.unlink()
        mine_here(source, tmp_path)
        assert fingerprint(tmp_path) == fingerprint(whole), table
        assert counted_rows(tmp_path) == counted_rows(whole), table
        assert told_of_runs(tmp_path) == ["published"] * (number + 2), table


def test_a_stage_that_raises_once_is_recorded_and_the_next_run_ends_as_undisturbed(
    mined_here: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, whole = mined_here
    rows, calls = segmenting.token_rows, []

    def raising_once(*given: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("the network folder went away")
        return rows(*given)

    monkeypatch.setattr(segmenting, "token_rows", raising_once)
    with pytest.raises(OSError, match="went away"):
        mine_here(source, tmp_path)
    mine_here(source, tmp_path)
    assert len(calls) > 1
    assert told_of_runs(tmp_path) == ["failed", "published"]
    assert_as_undisturbed(tmp_path, whole)


def test_a_clock_that_jumps_changes_dates_and_nothing_else(
    mined_here: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, whole = mined_here

    class Jumping(datetime):
        jumps = itertools.cycle([timedelta(days=400), timedelta(0), timedelta(days=-400)])

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + next(cls.jumps)

    monkeypatch.setattr(publish, "datetime", Jumping)
    mine_here(source, tmp_path)
    assert_as_undisturbed(tmp_path, whole)
    first = fingerprint(tmp_path)
    # What other code made is looked at again, by a run of its own.
    monkeypatch.setattr(unchanged, "_code", lambda: "other")
    mine_here(source, tmp_path)
    assert fingerprint(tmp_path) == first
    assert told_of_runs(tmp_path) == ["published", "published"]
    with duckdb.connect(str(tmp_path / "catalog.duckdb"), read_only=True) as catalog:
        spans = catalog.execute(f"select finished - started from {CORPUS}.runs").fetchall()
    assert any(abs(span) > timedelta(days=300) for (span,) in spans), "the clock did not jump"
