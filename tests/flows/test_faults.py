"""What breaks under a run leaves what was published, and mining again ends as if nothing had happened."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench.crash import CORPUS, ROOT, counted_rows, fingerprint, start, told_of_runs, write_corpus
from flows.server import prefect_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"), 4, 150)


@pytest.fixture(scope="module")
def undisturbed(prefect_api: str, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("undisturbed")
    assert start(prefect_api, source, home).wait(timeout=300) == 0
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


def mine(api: str, source: Path, home: Path) -> subprocess.CompletedProcess[str]:
    settings = source.parent / "settings.toml"
    command = [sys.executable, "-m", "flows", "mine", str(source), "--corpus", CORPUS, "--home", str(home)]
    return subprocess.run(
        [*command, "--workers", "2", "--settings", str(settings)],
        cwd=ROOT, env=os.environ | {"PREFECT_API_URL": api}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def assert_as_undisturbed(home: Path, undisturbed: Path) -> None:
    assert fingerprint(home) == fingerprint(undisturbed)
    assert counted_rows(home) == counted_rows(undisturbed)
    assert told_of_runs(home)[-1] == "published"


def test_a_full_disk_is_told_in_one_line_and_room_lets_the_run_end(
    prefect_api: str, source: Path, undisturbed: Path, small_disk: Path
) -> None:
    failed = mine(prefect_api, source, small_disk / "home")
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("minlex: no space left where the results go")
    assert not (small_disk / "home" / "lake" / CORPUS / "corpus.json").exists() or told_of_runs(
        small_disk / "home"
    ) == ["failed"]
    subprocess.run(["/bin/mount", "-o", "remount,size=1g", str(small_disk)], check=True)
    assert mine(prefect_api, source, small_disk / "home").returncode == 0
    assert_as_undisturbed(small_disk / "home", undisturbed)


def test_a_server_that_dies_under_a_run_costs_that_run_at_most(
    prefect_api: str, source: Path, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with prefect_server() as api:
        children = psutil.Process().children(recursive=True)
        [server] = [child for child in children if api.split(":")[-1].removesuffix("/api") in child.cmdline()]
        run = start(api, source, tmp_path)
        until = time.monotonic() + 120
        while not list((tmp_path / "lake").glob(f"{CORPUS}/ngram_shards/run=*")) and time.monotonic() < until:
            time.sleep(0.1)
        server.kill()
        try:
            run.wait(timeout=120)
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
    assert mine(prefect_api, source, tmp_path).returncode == 0
    assert_as_undisturbed(tmp_path, undisturbed)


def test_damaged_parts_and_a_damaged_model_are_made_again(
    prefect_api: str, source: Path, undisturbed: Path, tmp_path: Path
) -> None:
    assert mine(prefect_api, source, tmp_path).returncode == 0
    parts = [p for p in (tmp_path / "lake" / CORPUS).glob("*/run=*/part-*.parquet") if p.stat().st_size > 200]
    damaged = [p for p in parts if p.parts[-3] in ("sentences", "ngram_shards", "ngrams", "tokens", "words")]
    assert len(damaged) >= 5
    for path in [*damaged, *(tmp_path / "models" / CORPUS).glob("*/model.safetensors")]:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
    assert mine(prefect_api, source, tmp_path).returncode == 0
    assert_as_undisturbed(tmp_path, undisturbed)
