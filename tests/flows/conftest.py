"""One Prefect server for all flow tests, and the `minlex` command as a user runs it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.server import prefect_server
from tests.services import Services

ROOT = Path(__file__).parents[2]
MinlexCommand = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    before = os.environ.copy()
    os.environ["PREFECT_HOME"] = str(tmp_path_factory.mktemp("prefect"))
    os.environ["PREFECT_LOGGING_LEVEL"] = "ERROR"
    with prefect_server() as address:
        yield address
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """What `minlex up` of a home below tmp_path starts, once the test asks it to; ended afterwards."""
    services = Services(tmp_path / "home")
    yield services
    services.minlex("down")


@pytest.fixture
def minlex(prefect_api: str, tmp_path: Path) -> MinlexCommand:
    """Run `minlex` with a home below tmp_path; return what it said and its exit code."""

    def run(*arguments: object, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flows", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            cwd=ROOT,
            env=os.environ
            | {"PREFECT_API_URL": prefect_api, "MINLEX_HOME": str(tmp_path / "home"), "COLUMNS": "200"}
            | environment,
            timeout=240,
            check=False,
        )

    return run
