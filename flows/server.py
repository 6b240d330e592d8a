"""A Prefect server for one command, gone when the command is, however that ends.

Prefect starts such a server by itself, but one whose command is killed is left running for good.
"""

import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

import psutil

from tasks.errors import InputError

SECONDS_TO_START = 180.0
HEARTBEAT_SECONDS = 30
PR_SET_PDEATHSIG = 1
UNAUTHORIZED = 401
ERROR = re.compile(r"^[\w.]*(?:Error|Exception)\b: .+", re.MULTILINE)

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
    What its own server writes is kept from the terminal, unless MINLEX_DEBUG is set.
    InputError in one line where a server that was found asks for a password that was not given.
    Credentials that the server was started with (PREFECT_SERVER_API_AUTH_STRING) are used to speak to it.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if "PREFECT_SERVER_API_AUTH_STRING" in os.environ:
        os.environ.setdefault("PREFECT_API_AUTH_STRING", os.environ["PREFECT_SERVER_API_AUTH_STRING"])
    home = prefect_home()
    if not _usual_home().is_dir():
        os.environ["PREFECT_HOME"] = str(home)
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        get_current_settings,
        temporary_settings,
    )

    configured = get_current_settings().api.url
    if configured:
        with _asked_for_a_password(str(configured)):
            yield str(configured)
        return
    if running:
        # Its automations call a run crashed whose heart has stopped.
        beating = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: HEARTBEAT_SECONDS}
        with temporary_settings({PREFECT_API_URL: running, **beating}), _asked_for_a_password(running):
            yield running
        return
    with (
        tempfile.TemporaryFile() as log,
        _own_server(home, log, meanwhile) as address,
        temporary_settings({PREFECT_API_URL: address}),
    ):
        yield address


@contextmanager
def _own_server(home: Path, log: IO[bytes], meanwhile: Callable[[], None] | None) -> Iterator[str]:
    port = free_port()
    heard = None if os.environ.get("MINLEX_DEBUG") else log
    # The bound port goes to a child that is told to die with this process.
    server = subprocess.Popen(  # noqa: S603
        [
            *(sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"),
            *("--host", "127.0.0.1", "--port", str(port), "--log-level", "error", "--lifespan", "on"),
        ],
        env={
            **os.environ,
            "PREFECT_HOME": str(home),
            "PREFECT_UI_ENABLED": "0",
            "PREFECT__SERVER_EPHEMERAL": "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=heard,
        stderr=heard,
        preexec_fn=_die_with_parent,
    )
    try:
        address = f"http://127.0.0.1:{port}/api"
        if meanwhile is not None:
            meanwhile()
        try:
            wait_until_healthy(address, psutil.Process(server.pid))
        except RuntimeError as error:
            raise RuntimeError(f"{error}; {_last_error(log)}") from None
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()


@contextmanager
def _asked_for_a_password(address: str) -> Iterator[None]:
    from prefect.exceptions import PrefectHTTPStatusError

    try:
        yield
    except PrefectHTTPStatusError as error:
        if error.response.status_code != UNAUTHORIZED:
            raise
        raise InputError(
            f"the Prefect server at {address} must be given its password: "
            "set PREFECT_SERVER_API_AUTH_STRING to the user:password that it was started with"
        ) from None


def prefect_home() -> Path:
    """Return Prefect's folder, or one that lasts as long as this process where the usual one cannot be written.

    It is not always one of these: a database takes three times as long to start when it is new.
    """
    usual = _usual_home()
    try:
        usual.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=usual).close()
    except OSError:
        return Path(_temporary_folder().name)
    return usual


def _usual_home() -> Path:
    return Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()


@cache
def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="minlex-prefect-")


def _last_error(log: IO[bytes]) -> str:
    log.seek(0)
    found = ERROR.findall(log.read().decode(errors="replace"))
    return found[-1] if found else "it said nothing of why"


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
                "the Prefect server ended at once; look at PREFECT_HOME, its database and, of minlex up, server.log"
            )
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the Prefect server did not answer at {address} within {SECONDS_TO_START:g} s")
