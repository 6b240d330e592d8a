"""Mining over a Spark cluster of two workers gives the bytes of mining here, even when one of them is killed."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench.crash import CORPUS, counted_rows, fingerprint, start, write_corpus
from tests.flows.conftest import MinlexCommand
from tests.spark_cluster import kill_tree, python_at_work, require_spark, standalone

Spark = tuple[str, list[psutil.Process]]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"), 4, 150)


@pytest.fixture(scope="module")
def mined_here(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("here")
    assert start(source, home).wait(timeout=300) == 0
    return home


@pytest.fixture
def spark(tmp_path: Path) -> Iterator[Spark]:
    require_spark()
    with standalone(tmp_path, workers=2) as cluster:
        yield cluster


def test_mining_over_a_cluster_gives_the_bytes_of_mining_here(
    source: Path, mined_here: Path, spark: Spark, tmp_path: Path
) -> None:
    assert start(source, tmp_path / "home", "--engine", spark[0]).wait(timeout=500) == 0
    assert fingerprint(tmp_path / "home") == fingerprint(mined_here)
    assert counted_rows(tmp_path / "home") == counted_rows(mined_here)


def test_a_worker_killed_in_the_middle_changes_nothing(
    source: Path, mined_here: Path, spark: Spark, tmp_path: Path
) -> None:
    master, workers = spark
    home = tmp_path / "home"
    run = start(source, home, "--engine", master)
    killed = python_at_work(workers)
    kill_tree(killed)
    assert run.poll() is None
    assert not list(home.glob(f"lake/{CORPUS}/ngram_shards/run=*"))
    assert run.wait(timeout=500) == 0
    assert not killed.is_running()
    assert fingerprint(home) == fingerprint(mined_here)


def test_a_master_that_is_not_there_is_told_in_one_line(
    minlex: MinlexCommand, source: Path, tmp_path: Path
) -> None:
    require_spark()
    refused = minlex("mine", source, "--corpus", CORPUS, "--engine", "spark://127.0.0.1:1")
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        "minlex: no Spark master answers at spark://127.0.0.1:1: Connection refused; start it, or use --engine local"
    ]
    assert not (tmp_path / "home").exists()
