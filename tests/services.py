"""The services of one home, as a test brings them up, asks them and takes them down."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from prefect.client.base import PrefectHttpxSyncClient

from flows.commands.service_processes import MARK

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Services:
    """One home and the command on it."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home, self.port = home, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        dropped = {"PREFECT_API_URL", "PREFECT_HOME", "PREFECT_SERVER_API_AUTH_STRING", "MINLEX_DATABASE"}
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        self._environment = kept | {"MINLEX_HOME": str(home), "COLUMNS": "200"} | environment
        secret = environment.get("PREFECT_SERVER_API_AUTH_STRING")
        # Prefect's own client asks again where the server says that its database is locked, as its users' do.
        self.api = PrefectHttpxSyncClient(
            base_url=f"{self.address}/api", timeout=30, auth=tuple(secret.split(":", 1)) if secret else None,
            enable_csrf_support=False, raise_on_all_errors=False,
        )  # fmt: skip

    def minlex(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flows", *map(str, arguments)],
            cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        """Start the command in a session of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "flows", *map(str, arguments)],
            cwd=ROOT, env=self._environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def up(self) -> None:
        done = self.minlex("up", "--port", self.port)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == self.address

    def processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == str(self.home / "services"):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
                continue
        return found

    def find(self, what: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.api.post(f"/{what}/filter", json=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def deployment(self, flow: str, name: str) -> str:
        return self.api.get(f"/deployments/name/{flow}/{name}").json()["id"]

    def run(self, flow: str, name: str, **parameters: Any) -> str:
        path = f"/deployments/{self.deployment(flow, name)}/create_flow_run"
        answer = self.api.post(path, json={"parameters": parameters, "state": {"type": "SCHEDULED"}})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def state(self, flow_run: str) -> str:
        return self.api.get(f"/flow_runs/{flow_run}").json()["state"]["type"]

    def events(self, name: str, **of: Any) -> list[dict[str, Any]]:
        chosen = {"event": {"name": [name]}} | of
        return self.api.post("/events/filter", json={"filter": chosen}).json()["events"]


def wait_for(what: str, happened: Callable[[], Any], seconds: float = 400) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if result := happened():
            return result
        time.sleep(0.5)
    raise AssertionError(f"{what} did not happen within {seconds} s")
