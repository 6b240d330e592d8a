"""A Prefect server for one command, gone when the command is, however that ends.

Prefect starts such a server by itself, but one whose command is killed is left running for good.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

SECONDS_TO_START = 180.0
HEARTBEAT_SECONDS = 30
PR_SET_PDEATHSIG = 1

QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "500",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
}


@contextmanager
def prefect_server(running: str | None = None, meanwhile: Callable[[], None] | None = None) -> Iterator[str]:
    """Give the address of the server that is configured, of one `running`, or of one that lasts as long as the context.

    While one of its own starts, which takes seconds, `meanwhile` is called.
    Credentials that the server was started with (PREFECT_SERVER_API_AUTH_STRING) are used to speak to it.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if "PREFECT_SERVER_API_AUTH_STRING" in os.environ:
        os.environ.setdefault("PREFECT_API_AUTH_STRING", os.environ["PREFECT_SERVER_API_AUTH_STRING"])
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        get_current_settings,
        temporary_settings,
    )

    configured = get_current_settings().api.url
    if configured:
        yield str(configured)
        return
    if running:
        # Its automations call a run crashed whose heart has stopped.
        beating = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: HEARTBEAT_SECONDS}
        with temporary_settings({PREFECT_API_URL: running, **beating}):
            yield running
        return
    port = free_port()
    # The bound port goes to a child that is told to die with this process.
    server = subprocess.Popen(  # noqa: S603
        [
            *(sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"),
            *("--host", "127.0.0.1", "--port", str(port), "--log-level", "error", "--lifespan", "on"),
        ],
        env={**os.environ, "PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1"},
        stdin=subprocess.DEVNULL,
        preexec_fn=_die_with_parent,
    )
    try:
        address = f"http://127.0.0.1:{port}/api"
        if meanwhile is not None:
            meanwhile()
        wait_until_healthy(address, psutil.Process(server.pid))
        with temporary_settings({PREFECT_API_URL: address}):
            yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(address: str, server: psutil.Process) -> None:
    """Return when the API at `address` answers; RuntimeError when its process ends or takes too long."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        if not server.is_running() or server.status() == psutil.STATUS_ZOMBIE:
            raise RuntimeError(
                "the Prefect server ended at once; look at its log, PREFECT_HOME and its database"
            )
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the Prefect server did not answer at {address} within {SECONDS_TO_START:g} s")
