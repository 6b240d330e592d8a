"""`minlex up`, `down` and `status`: Prefect's server, a worker and every deployment, on this machine, for one home.

    <home>/services/services.json     address, and the process of each service
    <home>/services/{server,worker}.log
    <home>/services/prefect/          the server's database, unless MINLEX_DATABASE names a PostgreSQL one

Every process carries the home in its environment, and so do the flow runs that a worker starts: `down` finds them
all, whoever has died in between, and by that a process that was noted is known again. When it began would not do: the
system computes that with a clock that may have been changed since. The server's credentials
(PREFECT_SERVER_API_AUTH_STRING, user:password) and the database's address are read from the environment and passed
on in it, never written to disk.
"""

import ipaddress
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from flows.commands.console import output, output_json, say
from tasks.errors import InputError
from tasks.store.files import write_atomically
from tasks.store.homes import home_folder

ROOT = Path(__file__).resolve().parents[2]
MARK = "MINLEX_SERVICES_OF"
AUTH = "PREFECT_SERVER_API_AUTH_STRING"
DATABASE = "MINLEX_DATABASE"
POOL = "local"
SECONDS_TO_START = 180.0
SECONDS_TO_END = 15.0
HEARTBEAT_SECONDS = 30
QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "500",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
}


def bring_up(home: str | None, host: str, port: int, *, as_json: bool = False) -> None:
    """Start what does not run yet, deploy every flow, and say where the user interface is."""
    folder = _services_folder(home)
    if not (ROOT / "prefect.yaml").exists():
        raise InputError(
            f"there is no prefect.yaml in {str(ROOT)!r}; run minlex up from a checkout of Minlex"
        )
    if not _is_loopback(host) and not os.environ.get(AUTH):
        raise InputError(
            f"a host beyond this machine, {host!r}, needs a password: set {AUTH} to user:password"
        )
    known = _read(folder)
    server = _running(folder, known, "server")
    if server is None:
        _end(_marked(folder))
        _check_free(host, port)
        known = {"address": f"http://{_url_host(host)}:{port}", "home": home_folder(home)}
        environment = _server_environment(folder, host, port)
        server = _start(
            folder, "server", ["server", "start", "--host", host, "--port", str(port)], environment
        )
        _write(folder, known, server=server)
    api = f"{known['address']}/api"
    _wait_until_healthy(api, server)
    _deploy(folder, api)
    if _running(folder, known, "worker") is None:
        arguments = ["worker", "start", "--pool", POOL, "--name", f"minlex-{os.getpid()}"]
        _write(folder, known, worker=_start(folder, "worker", arguments, _client_environment(folder, api)))
    say(f"server and worker run for {known['home']}; schedules are off until you turn them on in the UI")
    if as_json:
        output_json({"address": known["address"], "home": known["home"]})
    else:
        output(known["address"])


def take_down(home: str | None, *, as_json: bool = False) -> None:
    """End every process that `bring_up` started and every flow run of its worker; say how many."""
    folder = _services_folder(home)
    known = _read(folder)
    # The worker goes first, so that it can say what becomes of its runs while the server still listens.
    first = [p for p in (_running(folder, known, "worker"),) if p is not None]
    ended = _end(first) + _end(_marked(folder))
    (folder / "services.json").unlink(missing_ok=True)
    if as_json:
        output_json({"ended": ended})
    else:
        say(f"{ended} processes ended" if ended else "nothing was running")


def tell_status(home: str | None, *, as_json: bool = False) -> bool:
    """Print what runs; return whether all of it does."""
    folder = _services_folder(home)
    known = _read(folder)
    found = {service: _running(folder, known, service) for service in ("server", "worker")}
    if as_json:
        pids = {service: process and process.pid for service, process in found.items()}
        output_json({**pids, "address": known.get("address")})
    else:
        for service, process in found.items():
            output(f"{service}: {f'process {process.pid}' if process else 'not running'}")
        output(f"address: {known.get('address', 'none')}")
    return all(found.values())


def running_api(home: str) -> str | None:
    """Return the address of the API that `bring_up` started for this home; None when it does not run."""
    folder = _services_folder(home)
    known = _read(folder)
    return f"{known['address']}/api" if _running(folder, known, "server") else None


def _wait_until_healthy(address: str, server: psutil.Process) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        if not server.is_running() or server.status() == psutil.STATUS_ZOMBIE:
            raise RuntimeError(
                "the Prefect server ended at once; look at PREFECT_HOME, its database and server.log"
            )
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the Prefect server did not answer at {address} within {SECONDS_TO_START:g} s")


def _services_folder(home: str | None) -> Path:
    return Path(home_folder(home)) / "services"


def _read(folder: Path) -> dict[str, Any]:
    """Return what `bring_up` noted; nothing when that is missing or damaged."""
    try:
        known = json.loads((folder / "services.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) and "address" in known else {}


def _write(folder: Path, known: dict[str, Any], **started: psutil.Process) -> None:
    known.update({name: {"pid": p.pid} for name, p in started.items()})
    write_atomically(folder / "services.json", json.dumps(known, indent=1) + "\n")


def _running(folder: Path, known: Mapping[str, Any], service: str) -> psutil.Process | None:
    """Return the process that was noted, unless it has ended or its number belongs to another by now."""
    try:
        process = psutil.Process(known[service]["pid"])
    except (KeyError, TypeError, ValueError, psutil.NoSuchProcess):
        return None
    return process if _is_marked(process, folder) else None


def _marked(folder: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _is_marked(process, folder)]


def _is_marked(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.environ().get(MARK) == str(folder) and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return False


def _end(processes: list[psutil.Process]) -> int:
    for end in (psutil.Process.terminate, psutil.Process.kill):
        _, left = psutil.wait_procs(processes, timeout=0)
        for process in left:
            try:
                end(process)
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(left, timeout=SECONDS_TO_END)
    return len(processes)


def _start(folder: Path, name: str, arguments: list[str], environment: Mapping[str, str]) -> psutil.Process:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.log").open("ab") as log:
        started = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
            cwd=ROOT,
            env={**os.environ, **QUIET, **environment, MARK: str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return psutil.Process(started.pid)


def _server_environment(folder: Path, host: str, port: int) -> dict[str, str]:
    environment = {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_API_HOST": host,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_UI_API_URL": os.environ.get("PREFECT_UI_API_URL") or _api_for_pages(host, port),
    }
    database = os.environ.get(DATABASE)
    if database:
        scheme, _, rest = database.partition("://")
        if scheme not in ("postgresql", "postgresql+asyncpg") or not rest:
            raise InputError(f"{DATABASE} must begin with postgresql://; it begins with {scheme!r}")
        environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = f"postgresql+asyncpg://{rest}"
    return environment


def _client_environment(folder: Path, api: str) -> dict[str, str]:
    environment = {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": api,
        "MINLEX_HOME": str(folder.parent),
    }
    if os.environ.get(AUTH):
        environment["PREFECT_API_AUTH_STRING"] = os.environ[AUTH]
    return environment


def _deploy(folder: Path, api: str) -> None:
    environment = {**os.environ, **QUIET, **_client_environment(folder, api)}
    (ROOT / "data" / "inbox").mkdir(parents=True, exist_ok=True)
    for arguments in (
        ["work-pool", "create", POOL, "--type", "process", "--overwrite"],
        ["deploy", "--all"],
    ):
        command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
        done = subprocess.run(  # noqa: S603
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode != 0:
            lines = (done.stdout + done.stderr).strip().splitlines() or ["no word"]
            raise RuntimeError(f"prefect {' '.join(arguments)} failed: {lines[-1]}")
    done = subprocess.run(
        [sys.executable, "-m", "flows.commands.automations"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"automations could not be put: {done.stderr.strip().splitlines()[-1]}")


def _is_loopback(host: str) -> bool:
    return host == "localhost" if _is_name(host) else ipaddress.ip_address(host).is_loopback


def _is_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def _api_for_pages(host: str, port: int) -> str:
    """Return where the user interface asks: where its page came from, when the server listens at every address."""
    wildcard = not _is_name(host) and ipaddress.ip_address(host).is_unspecified
    return "/api" if wildcard else f"http://{_url_host(host)}:{port}/api"


def _url_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(
                f"port {port} of {host} is not free ({error.strerror}); give another --port"
            ) from None
