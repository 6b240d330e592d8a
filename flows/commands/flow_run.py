"""A flow run from the terminal: recorded where there is a Prefect server, plain function calls where there is none.

A server is there when Prefect is configured with one (PREFECT_API_URL, a profile, prefect.toml) or when `minlex up`
runs for the home.
"""

import logging
import os
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from flows.commands.console import say
from tasks.errors import InputError
from tasks.recording import API

UNAUTHORIZED = 401


@contextmanager
def flow_run(home: str) -> Iterator[None]:
    """Have flows called within the context recorded where there is a server; only warnings reach the terminal."""
    from flows.commands.service_processes import running_api  # which the help of a command does without

    stages, printer = logging.getLogger("tasks"), _Printer(logging.WARNING)
    propagates = stages.propagate
    stages.addHandler(printer)
    stages.propagate = False
    try:
        address = running_api(home)
        if address is None and not prefect_names_a_server():
            yield
        else:
            with _recorded(address):
                yield
    finally:
        stages.removeHandler(printer)
        stages.propagate = propagates


def prefect_names_a_server() -> bool:
    """Return whether Prefect's settings name a server; looked up without Prefect, whose import takes a second."""
    if os.environ.get(API):
        return True
    profiles = _toml(Path(os.environ.get("PREFECT_PROFILES_PATH") or _usual_home() / "profiles.toml"))
    profile = os.environ.get("PREFECT_PROFILE") or profiles.get("active")
    return bool(
        _at(profiles, "profiles", str(profile), API)
        or _at(_toml(Path("prefect.toml")), "api", "url")
        or _at(_toml(Path("pyproject.toml")), "tool", "prefect", "api", "url")
        or _is_named_in(Path(".env"))
    )


@contextmanager
def _recorded(running: str | None) -> Iterator[None]:
    """Give Prefect the server that it is configured with, else the one that is `running`.

    InputError in one line where the server asks for a password that was not given. Credentials that the server was
    started with (PREFECT_SERVER_API_AUTH_STRING) are used to speak to it.
    """
    from flows.commands.service_processes import HEARTBEAT_SECONDS, QUIET

    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if "PREFECT_SERVER_API_AUTH_STRING" in os.environ:
        os.environ.setdefault("PREFECT_API_AUTH_STRING", os.environ["PREFECT_SERVER_API_AUTH_STRING"])
    if not _usual_home().is_dir():
        os.environ["PREFECT_HOME"] = str(prefect_home())
    from prefect.exceptions import PrefectHTTPStatusError
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        get_current_settings,
        temporary_settings,
    )

    configured = get_current_settings().api.url
    address = configured or running
    # Automations of `minlex up` mark a run as crashed when its heart has stopped.
    updates = (
        {} if configured else {PREFECT_API_URL: running, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: HEARTBEAT_SECONDS}
    )
    before = os.environ.get(API)
    os.environ[API] = str(address)
    try:
        with temporary_settings(updates):
            yield
    except PrefectHTTPStatusError as error:
        if error.response.status_code != UNAUTHORIZED:
            raise
        raise InputError(
            f"the Prefect server at {address} must be given its password: "
            "set PREFECT_SERVER_API_AUTH_STRING to the user:password that it was started with"
        ) from None
    finally:
        if before is None:
            del os.environ[API]


def prefect_home() -> Path:
    """Return Prefect's folder, or a temporary one where the usual one cannot be written."""
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


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _at(tables: Any, *names: str) -> Any:
    for name in names:
        tables = tables.get(name) if isinstance(tables, dict) else None
    return tables


def _is_named_in(environment_file: Path) -> bool:
    try:
        lines = environment_file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return False
    return any(line.removeprefix("export ").lstrip().startswith(f"{API}=") for line in lines)


class _Printer(logging.Handler):
    """Warnings of the stages, as lines on the terminal."""

    def emit(self, record: logging.LogRecord) -> None:
        say(f"warning: {record.getMessage()}")
