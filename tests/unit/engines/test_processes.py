import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tasks.engines.processes import map_shards, worker_count
from tasks.settings import EngineSettings

ROOT = Path(__file__).parents[3]
TWO = EngineSettings(workers=2)
HELD = """
import sys
from tasks.engines.processes import map_shards
from tasks.settings import EngineSettings
from tests.unit.engines.test_processes import hold

if __name__ == "__main__":
    list(map_shards(hold, sys.argv[1:], EngineSettings(workers=2)))
"""


def hold(file):
    """Tell which process this is, and stay for minutes."""
    Path(file).write_text(str(os.getpid()))
    time.sleep(300)


def negative(number):
    return -number


def wait_for(true, seconds):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not so within {seconds} s"
        time.sleep(0.05)


def test_results_come_in_the_order_of_the_shards_whatever_the_workers():
    for workers in (1, 2):
        assert list(map_shards(negative, [3, 1, 2], EngineSettings(workers=workers))) == [-3, -1, -2]
    assert list(map_shards(negative, [], TWO)) == []
    assert worker_count(TWO) == 2


def test_workers_end_when_their_parent_is_killed(tmp_path):
    script, told = tmp_path / "held.py", [tmp_path / "first", tmp_path / "second"]
    script.write_text(HELD)
    command = [sys.executable, str(script), *map(str, told)]
    parent = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)})
    try:
        wait_for(lambda: all(file.exists() and file.read_text() for file in told), 60)
        workers = [psutil.Process(int(file.read_text())) for file in told]
        assert {worker.ppid() for worker in workers} == {parent.pid}
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        gone, alive = psutil.wait_procs(workers, timeout=20)
        for worker in alive:
            worker.kill()
        assert len(gone) == 2
    finally:
        parent.kill()


def test_an_error_of_a_worker_is_raised_here():
    with pytest.raises(TypeError):
        list(map_shards(negative, ["a", "b"], TWO))
