"""Whether a flow from the terminal is recorded, and where."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.commands.flow_run import flow_run, prefect_home, prefect_names_a_server
from tasks.errors import InputError

ROOT = Path(__file__).parents[3]
API = "http://127.0.0.1:9/api"


@pytest.fixture(autouse=True)
def plain(monkeypatch, tmp_path):
    """No server is configured, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("PREFECT_API_URL", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))


PROFILES = f'active = "mine"\n[profiles.mine]\nPREFECT_API_URL = "{API}"\n[profiles.other]\n'


@pytest.mark.parametrize(
    ("file", "content", "environment", "there"),
    [
        (None, "", {}, False),
        (None, "", {"PREFECT_API_URL": API}, True),
        (None, "", {"PREFECT_API_URL": ""}, False),
        ("prefect/profiles.toml", PROFILES, {}, True),
        ("prefect/profiles.toml", PROFILES, {"PREFECT_PROFILE": "other"}, False),
        ("prefect/profiles.toml", PROFILES.replace("mine", "other"), {"PREFECT_PROFILE": "absent"}, False),
        ("prefect/profiles.toml", "not TOML", {}, False),
        ("prefect.toml", f'[api]\nurl = "{API}"\n', {}, True),
        ("prefect.toml", "[server]\nanalytics_enabled = false\n", {}, False),
        ("pyproject.toml", f'[tool.prefect.api]\nurl = "{API}"\n', {}, True),
        ("pyproject.toml", '[project]\ndependencies = ["prefect"]\n', {}, False),
        (".env", f"A=1\nexport PREFECT_API_URL={API}\n", {}, True),
        (".env", "A=1\n", {}, False),
    ],
)
def test_a_server_is_found_where_prefect_itself_finds_one(
    monkeypatch, tmp_path, file, content, environment, there
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if file:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(content, encoding="utf-8")
    assert prefect_names_a_server() is there
    if content == "not TOML" or environment.get("PREFECT_PROFILE") == "absent":
        return  # Prefect itself refuses these
    code = "from prefect.settings import get_current_settings as s; print(s().api.url)"
    asked = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, env=os.environ
    )
    assert (asked.stdout.strip() == API) is there


PLAIN = """
import sys
from tasks.recording import flow, task
from flows.commands.flow_run import flow_run

@task()
def double(x): return 2 * x

@flow(name="f")
def f(x): return double(x) + 1

with flow_run(sys.argv[1]):
    print(f(3), "prefect" in sys.modules)
"""


def test_without_a_server_flows_are_plain_functions_and_prefect_is_not_imported(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("7 False\n", "")


def test_where_prefects_folder_cannot_be_written_there_is_one_for_the_time(monkeypatch, tmp_path):
    assert prefect_home() == tmp_path / "prefect"
    monkeypatch.delenv("PREFECT_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert prefect_home() == tmp_path / ".prefect"
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    found = prefect_home()
    assert found.is_dir()
    assert found.name.startswith("minlex-prefect-")
    assert prefect_home() == found


def answered(code):
    request = httpx.Request("POST", API)
    answer = httpx.Response(code, request=request)
    return PrefectHTTPStatusError.from_httpx_error(
        httpx.HTTPStatusError(str(code), request=request, response=answer)
    )


@pytest.mark.parametrize("configured", [False, True])
def test_a_password_that_was_not_given_is_named_in_one_line(monkeypatch, tmp_path, configured):
    monkeypatch.setattr(
        "flows.commands.service_processes.running_api", lambda home: None if configured else API
    )
    if configured:
        monkeypatch.setenv("PREFECT_API_URL", API)
    with temporary_settings({PREFECT_API_URL: API} if configured else {}):
        with (
            pytest.raises(InputError, match="set PREFECT_SERVER_API_AUTH_STRING to"),
            flow_run(str(tmp_path)),
        ):
            assert os.environ["PREFECT_API_URL"] == API
            raise answered(401)
        with pytest.raises(PrefectHTTPStatusError), flow_run(str(tmp_path)):
            raise answered(500)
    assert os.environ.get("PREFECT_API_URL") == (API if configured else None)
