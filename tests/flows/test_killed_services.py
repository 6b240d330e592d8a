"""SIGKILL of the flow alone and of the worker alone, under `minlex up`: mining again ends as if undisturbed."""

import json
from pathlib import Path

import psutil
import pytest

from bench.crash import CORPUS, counted_rows, fingerprint, told_of_runs, write_corpus
from tests.services import Services, wait_for

pytestmark = pytest.mark.slow
SETTINGS = {"ingest": {"shard_bytes": 30_000}, "engine": {"workers": 2}}


def test_a_killed_flow_and_a_killed_worker_cost_no_byte(services: Services, tmp_path: Path) -> None:
    services.up()
    source, home = write_corpus(tmp_path, 4, 150), tmp_path / "killed"

    def mining(home: Path) -> str:
        return services.run(
            "mine-corpus", "on-demand", home=str(home), paths=[str(source)], corpus=CORPUS, settings=SETTINGS
        )

    def worker() -> psutil.Process:
        noted = json.loads((services.home / "services" / "services.json").read_text())
        return psutil.Process(noted["worker"]["pid"])

    def counted() -> bool:
        return any((home / "lake" / CORPUS).glob("ngram_shards/run=*"))

    undisturbed = mining(tmp_path / "whole")
    wait_for("the undisturbed run's end", lambda: services.state(undisturbed) == "COMPLETED")

    first = mining(home)
    wait_for("the first shard", counted)
    for process in worker().children(recursive=True):
        process.kill()
    wait_for("the worker's word that the flow crashed", lambda: services.state(first) == "CRASHED")

    # A flow outlives the worker that began it.
    second = mining(home)
    wait_for("the second run's beginning", lambda: services.state(second) == "RUNNING")
    worker().kill()
    wait_for("the second run's end", lambda: services.state(second) == "COMPLETED")
    services.up()
    third = mining(home)
    wait_for("the third run's end", lambda: services.state(third) == "COMPLETED")
    assert fingerprint(home) == fingerprint(tmp_path / "whole")
    assert counted_rows(home) == counted_rows(tmp_path / "whole")
    # The third found nothing new, and ran nothing.
    assert told_of_runs(home) == ["failed", "published"]
