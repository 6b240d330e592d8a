"""`minlex up`: services that start, are found again, work through schedules and triggers, and leave nothing behind."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.newspaper import lines
from tests.services import ROOT, Services, free_port, wait_for

AUTH = "watcher:a secret of the test"
POSTGRES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@pytest.mark.slow
def test_up_twice_is_up_once_and_down_leaves_nothing(tmp_path: Path) -> None:
    services = Services(tmp_path / "home", PREFECT_SERVER_API_AUTH_STRING=AUTH)
    try:
        services.up()
        first = {process.pid for process in services.processes()}
        services.up()
        assert {process.pid for process in services.processes()} == first
        assert services.minlex("status").returncode == 0
        assert httpx.post(f"{services.address}/api/deployments/filter", json={}).status_code == 401
        names = [deployment["name"] for deployment in services.find("deployments")]
        assert {"nightly", "inbox", "weekly", "on-failure"} <= set(names)
        crons = [entry["schedule"]["cron"] for d in services.find("deployments") for entry in d["schedules"]]
        assert {"30 2 * * *", "30 6 * * 0", "30 7 * * 0", "30 8 * * 0"} <= set(crons)
        automations = sorted(automation["name"] for automation in services.find("automations"))
        assert automations[:3] == [
            "minlex: announce failures",
            "minlex: mark dead runs as crashed",
            "minlex: mark runs that never began as crashed",
        ]
        assert len(automations) == 4
        secret = AUTH.partition(":")[2].encode()
        written = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
        assert {"services.json", "server.log", "worker.log"} <= {path.name for path in written}
        assert [path for path in written if secret in path.read_bytes()] == []
    finally:
        down = services.minlex("down")
    assert "2 processes ended" in down.stderr
    assert services.processes() == []
    status = services.minlex("status")
    assert (status.returncode, status.stdout.splitlines()[0]) == (1, "server: not running")
    assert "nothing was running" in services.minlex("down").stderr


def test_what_cannot_be_served_safely_is_refused_in_one_line(tmp_path: Path, services: Services) -> None:
    refused = services.minlex("up", "--host", "0.0.0.0", "--port", services.port)  # noqa: S104
    assert refused.returncode == 2
    assert "needs a password: set PREFECT_SERVER_API_AUTH_STRING" in refused.stderr
    with_database = Services(tmp_path / "other", MINLEX_DATABASE="mysql://root@localhost/x")
    refused = with_database.minlex("up", "--port", services.port)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "MINLEX_DATABASE must begin with postgresql://; it begins with 'mysql'" in refused.stderr
    assert services.processes() == []


@pytest.mark.slow
def test_schedule_trigger_failure_and_death_are_acted_upon(services: Services, tmp_path: Path) -> None:
    services.up()
    inbox = tmp_path / "inbox"
    inbox.mkdir()

    # A cron fires: watch every minute an inbox that is empty.
    watcher = services.deployment("watch-inbox", "inbox")
    every_minute = {"schedule": {"cron": "* * * * *", "timezone": "UTC"}, "active": True}
    services.api.patch(
        f"/deployments/{watcher}", json={"parameters": {"paths": [str(inbox)], "corpus": "nightly"}}
    )
    services.api.post(f"/deployments/{watcher}/schedules", json=[every_minute])

    def watched() -> list[dict[str, Any]]:
        runs = services.find("flow_runs", deployments={"id": {"any_": [watcher]}})
        return [run for run in runs if run["state"]["type"] == "COMPLETED" and run["auto_scheduled"]]

    wait_for("a run by cron", watched)
    assert services.events("minlex.files.arrived") == []

    # A trigger fires: a file arrives, the watcher tells, nightly mining starts by itself. The project's own
    # inbox, which it reads, is empty, so it fails, and that is announced.
    (inbox / "news.txt").write_text("\n".join(lines(30, seed=3)), encoding="utf-8")
    nightly = services.deployment("mine-corpus", "nightly")
    wait_for("the arrival's event", lambda: services.events("minlex.files.arrived"))
    mined = wait_for(
        "a run by trigger", lambda: services.find("flow_runs", deployments={"id": {"any_": [nightly]}})
    )
    schedules = services.api.get(f"/deployments/{watcher}").json()["schedules"]
    for schedule in schedules:
        services.api.delete(f"/deployments/{watcher}/schedules/{schedule['id']}")
    if not any((ROOT / "data" / "inbox").iterdir()):
        wait_for("the failure", lambda: services.state(mined[0]["id"]) == "FAILED")
        [announced] = wait_for("the announcement", lambda: services.events("minlex.run.failed"))[:1]
        assert announced["payload"] == {"flow_run_id": mined[0]["id"], "ended": "Failed"}

    # Death of flow and worker at once: nobody is left to tell but the heart that has stopped.
    source = tmp_path / "long.txt"
    source.write_text("\n".join(lines(4000, seed=4)), encoding="utf-8")
    run = services.run(
        "mine-corpus", "on-demand", paths=[str(source)], corpus="dead", home=str(tmp_path / "dead")
    )
    wait_for("the run", lambda: services.state(run) == "RUNNING")
    of_run = {"id": [f"prefect.flow-run.{run}"]}
    wait_for("its heartbeat", lambda: services.events("prefect.flow-run.heartbeat", any_resource=of_run))
    kill_all_but_the_server(services)
    assert services.state(run) == "RUNNING"
    wait_for("the run to be called crashed", lambda: services.state(run) == "CRASHED")

    # Up again brings a worker, and the same command ends what was cut off.
    services.up()
    again = services.run(
        "mine-corpus", "on-demand", paths=[str(source)], corpus="dead", home=str(tmp_path / "dead")
    )
    wait_for("the second run", lambda: services.state(again) == "COMPLETED", 400)


@pytest.mark.slow
def test_a_killed_command_and_a_run_killed_before_it_began_are_called_crashed(
    services: Services, tmp_path: Path
) -> None:
    services.up()
    source = tmp_path / "long.txt"
    source.write_text("\n".join(lines(4000, seed=5)), encoding="utf-8")

    def beaten(run: str) -> list[dict[str, Any]]:
        return services.events("prefect.flow-run.heartbeat", any_resource={"id": [f"prefect.flow-run.{run}"]})

    # A command's run is seen by the services' server, and its heart beats there.
    command = services.start("mine", source, "--corpus", "command")
    mined = wait_for("the command's run", lambda: services.find("flow_runs", sort="START_TIME_ASC"))[0]
    wait_for("its heartbeat", lambda: beaten(mined["id"]))
    os.killpg(command.pid, signal.SIGKILL)
    command.wait()
    assert services.state(mined["id"]) == "RUNNING"

    # Taken by a worker, and killed with it before its heart first beat; found sooner than users would wait.
    [rule] = [a for a in services.find("automations") if "never began" in a["name"]]
    told = {name: rule[name] for name in ("name", "description", "enabled", "actions")}
    sooner = told | {"trigger": rule["trigger"] | {"within": 20}}
    answer = services.api.put(f"/automations/{rule['id']}", json=sooner)
    assert answer.status_code == 204, answer.text
    run = services.run("mine-corpus", "on-demand", paths=[str(source)], corpus="taken")
    wait_for("a worker to take it", lambda: services.state(run) == "PENDING")
    kill_all_but_the_server(services)
    assert beaten(run) == []
    wait_for("that run to be called crashed", lambda: services.state(run) == "CRASHED")
    wait_for("the command's run to be called crashed", lambda: services.state(mined["id"]) == "CRASHED")


def kill_all_but_the_server(services: Services) -> None:
    """Kill the worker and the flows that it began, so that nobody is left to tell of them."""
    server = json.loads((services.home / "services" / "services.json").read_text())["server"]["pid"]
    for process in services.processes():
        if process.pid != server and server not in (parent.pid for parent in process.parents()):
            process.send_signal(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.skipif(POSTGRES is None, reason="PostgreSQL is not installed (Debian's package postgresql)")
def test_postgresql_keeps_the_server_s_records(tmp_path: Path) -> None:
    port = free_port()
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    # Not below tmp_path, whose parents pytest keeps closed to other users.
    data = Path(tempfile.mkdtemp(prefix="minlex-postgres-"))
    if as_postgres:
        shutil.chown(data, "postgres")

    def postgres(program: str, *arguments: str) -> None:
        command = [*as_postgres, str(POSTGRES / program), *arguments]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")

    postgres("initdb", "-D", str(data), "-A", "trust", "-U", "postgres")
    options = f"-p {port} -k {data} -c listen_addresses=127.0.0.1"
    postgres("pg_ctl", "-D", str(data), "-o", options, "-l", str(data / "log"), "-w", "start")
    try:
        postgres("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "records")
        services = Services(
            tmp_path / "home", MINLEX_DATABASE=f"postgresql://postgres:kept@127.0.0.1:{port}/records"
        )
        try:
            services.up()
            run = services.run("collect-garbage", "weekly")
            wait_for("the run", lambda: services.state(run) in ("COMPLETED", "FAILED"))
            assert not list((tmp_path / "home").rglob("prefect.db"))
            assert [
                p for p in (tmp_path / "home").rglob("*") if p.is_file() and b":kept@" in p.read_bytes()
            ] == []
        finally:
            services.minlex("down")
        assert services.processes() == []
    finally:
        postgres("pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop")
        shutil.rmtree(data)
