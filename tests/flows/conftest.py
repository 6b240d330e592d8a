"""A Prefect server for the tests that look at one, and the `minlex` command as a user runs it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prefect.settings import get_current_settings
from prefect.testing.utilities import prefect_test_harness

from tests.services import Services

ROOT = Path(__file__).parents[2]
MinlexCommand = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prefect server that lasts as long as the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        patch.setenv("PREFECT_LOGGING_LEVEL", "ERROR")
        with prefect_test_harness(server_startup_timeout=120):
            yield str(get_current_settings().api.url)


@pytest.fixture
def recorded(prefect_api: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have flows that the test calls recorded at a Prefect server; its address."""
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    return prefect_api


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """What `minlex up` of a home below tmp_path starts, once the test asks it to; ended afterwards."""
    services = Services(tmp_path / "home")
    yield services
    services.minlex("down")


@pytest.fixture
def minlex(tmp_path: Path) -> MinlexCommand:
    """Run `minlex` with a home below tmp_path; return what it said and its exit code."""

    def run(*arguments: object, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flows", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            cwd=ROOT,
            env=os.environ | {"MINLEX_HOME": str(tmp_path / "home"), "COLUMNS": "200"} | environment,
            timeout=240,
            check=False,
        )

    return run
