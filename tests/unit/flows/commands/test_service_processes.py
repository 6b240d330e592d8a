"""What `minlex up` notes of its services, and how it knows them again; tests/flows/test_services.py starts them."""

import json
import os
import subprocess
import sys
import time

import pytest

from flows.commands import service_processes as services
from flows.commands.service_processes import MARK, running_api


@pytest.fixture
def folder(home):
    (home / "services").mkdir(parents=True)
    return home / "services"


def note(folder, pid):
    written = {"address": "http://127.0.0.1:1", "server": {"pid": pid}}
    (folder / "services.json").write_text(json.dumps(written))


@pytest.fixture
def sleeper(folder):
    """A process that carries the mark of a home, as a service does."""

    def start(mark):
        command = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]
        process = subprocess.Popen(command, env=os.environ | {MARK: mark}, stdout=subprocess.PIPE)
        process.stdout.readline()
        started.append(process)
        return process

    started = []
    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_service_is_known_whatever_the_clock_says_since(home, folder, sleeper, monkeypatch):
    note(folder, sleeper(str(folder)).pid)
    monkeypatch.setattr(services.psutil.Process, "create_time", lambda process: time.time() + 3600)
    assert running_api(str(home)) == "http://127.0.0.1:1/api"


def test_a_process_that_has_the_number_of_a_service_by_now_is_none(home, folder, sleeper):
    note(folder, sleeper("/another/home/services").pid)
    assert running_api(str(home)) is None
    note(folder, os.getpid())
    assert running_api(str(home)) is None


def test_a_service_that_has_ended_does_not_run(home, folder, sleeper):
    process = sleeper(str(folder))
    note(folder, process.pid)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # a zombie, until its parent asks
    assert running_api(str(home)) is None


@pytest.mark.parametrize("text", ["[]", "7", '{"server": []}', '{"server": {"pid": "x"}}', "{", ""])
def test_damaged_notes_are_no_notes(home, folder, text):
    (folder / "services.json").write_text(text)
    assert running_api(str(home)) is None
    assert services.tell_status(str(home)) is False


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("127.0.0.1", "http://127.0.0.1:4200/api"),
        ("::1", "http://[::1]:4200/api"),
        ("0.0.0.0", "/api"),  # noqa: S104
        ("::", "/api"),
    ],
)
def test_the_page_asks_where_it_came_from_when_the_server_listens_everywhere(
    folder, monkeypatch, host, asked
):
    monkeypatch.delenv("PREFECT_UI_API_URL", raising=False)
    assert services._server_environment(folder, host, 4200)["PREFECT_UI_API_URL"] == asked


def test_an_address_that_the_user_sets_for_the_page_stays(folder, monkeypatch):
    monkeypatch.setenv("PREFECT_UI_API_URL", "https://minlex.example/api")
    environment = services._server_environment(folder, "0.0.0.0", 4200)  # noqa: S104
    assert environment["PREFECT_UI_API_URL"] == "https://minlex.example/api"
