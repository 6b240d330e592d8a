"""A Spark master and workers of its own on loopback, one core each, as a user would start them."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[1]


def require_spark() -> None:
    """Skip where there is no pyspark or no Java."""
    if find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed: pip install 'minlex[spark]'")
    if shutil.which("java") is None:
        pytest.skip("there is no java")


@contextmanager
def standalone(folder: Path, workers: int) -> Iterator[tuple[str, list[psutil.Process]]]:
    """Give the address of a master and the processes of its workers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    master = f"spark://127.0.0.1:{port}"
    with ExitStack() as stack:

        def start(daemon: str, *options: object) -> psutil.Process:
            process = _start(folder, daemon, *options)
            stack.callback(kill_tree, process)
            return process

        start("master.Master", "--port", port)
        _wait_for(port)
        options = ("--cores", 1, "--memory", "1500m", "--work-dir", folder)
        yield master, [start("worker.Worker", *options, master) for _ in range(workers)]


def kill_tree(process: psutil.Process) -> None:
    """SIGKILL a process and all that it started."""
    if process.is_running():
        for each in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        process.wait()


def python_at_work(workers: list[psutil.Process]) -> psutil.Process:
    """Return the first worker that runs Python: a task of ours."""
    until = time.monotonic() + 300
    while time.monotonic() < until:
        for worker in workers:
            if any(Path(sys.executable).name in child.name() for child in worker.children(recursive=True)):
                return worker
        time.sleep(0.05)
    raise AssertionError("no worker took up the work")


def _start(folder: Path, daemon: str, *options: object) -> psutil.Process:
    home = find_spec("pyspark").submodule_search_locations[0]
    command = [f"{home}/bin/spark-class", f"org.apache.spark.deploy.{daemon}"]
    with (folder / f"{daemon}-{time.monotonic_ns()}.log").open("wb") as log:
        return psutil.Popen(
            [*command, "--host", "127.0.0.1", "--webui-port", "0", *map(str, options)],
            env=os.environ
            | {
                "SPARK_HOME": home,
                "SPARK_DAEMON_MEMORY": "256m",
                "SPARK_LOCAL_IP": "127.0.0.1",
                "PYTHONPATH": str(ROOT),
            },
            stdout=log,
            stderr=log,
        )


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < until, "the Spark master does not answer"
            time.sleep(0.1)
