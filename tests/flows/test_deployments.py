"""What prefect.yaml deploys: every entry point loads, and one really runs through a worker."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import httpx
import pytest
import yaml
from prefect.exceptions import ParameterTypeError
from prefect.flows import Flow, load_flow_from_entrypoint

from flows import deployed
from flows.commands.service_processes import HEARTBEAT_SECONDS
from tasks.settings import MineSettings
from tests.flows.newspaper import lines

ROOT = Path(__file__).parents[2]
DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
NEEDED = {
    "paths": ["/in"],
    "corpus": "news",
    "batch_id": "0123456789abcdef",
    "flow_run_id": "a" * 36,
    "ended": "Failed",
}


def name_of(deployment: dict) -> str:
    return f"{deployment['entrypoint'].rpartition('.')[2]}-{deployment['name']}"


def parameters_of(deployment: dict, flow: Flow) -> dict:
    needed = {name: value for name, value in NEEDED.items() if name in flow.parameters.properties}
    return needed | deployment.get("parameters", {})


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=name_of)
def test_the_entry_point_loads_and_takes_its_parameters(deployment: dict) -> None:
    flow = load_flow_from_entrypoint(deployment["entrypoint"], use_placeholder_flow=False)
    flow.validate_parameters(parameters_of(deployment, flow))
    if "corpus" in flow.parameters.properties:
        with pytest.raises(ParameterTypeError, match="corpus"):
            flow.validate_parameters({**parameters_of(deployment, flow), "corpus": "not a name"})


def test_every_flow_is_deployed_by_its_name() -> None:
    assert {name_of(deployment).partition("-")[0] for deployment in DEPLOYMENTS} == set(deployed.FLOWS)
    modules = {path.stem for path in (ROOT / "flows").glob("*.py") if "@flow(" in path.read_text("utf-8")}
    assert modules == set(deployed.FLOWS)
    with pytest.raises(AttributeError, match="flow must be one of"):
        deployed.mine_nothing  # noqa: B018


def test_a_worker_without_torch_mines() -> None:
    code = "import sys; sys.modules['torch'] = None; from flows.deployed import mine_corpus, train_topics"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=name_of)
def test_one_run_at_a_time_in_the_process_pool(deployment: dict) -> None:
    assert deployment["concurrency_limit"]["limit"] == 1
    assert deployment["work_pool"]["name"] == "local"
    assert deployment["enforce_parameter_schema"] is True


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=name_of)
def test_its_heart_beats_as_often_as_automations_expect(deployment: dict) -> None:
    environment = deployment["work_pool"]["job_variables"]["env"]
    assert environment["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == str(HEARTBEAT_SECONDS)


def test_mining_is_scheduled_nightly_and_training_weekly() -> None:
    crons = {name_of(d): s["cron"] for d in DEPLOYMENTS for s in d.get("schedules", [])}
    assert crons == {
        "mine_corpus-nightly": "30 2 * * *",
        "collect_garbage-weekly": "30 5 * * 0",
        "train_language_model-weekly": "30 8 * * 0",
        "train_text_vae-weekly": "30 9 * * 0",
        "train_crf-weekly": "30 7 * * 0",
        "train_topics-weekly": "30 6 * * 0",
        "watch_inbox-inbox": "*/10 * * * *",
    }


def test_the_form_describes_every_setting() -> None:
    flow = load_flow_from_entrypoint("flows.deployed.mine_corpus", use_placeholder_flow=False)
    schema = flow.parameters.model_dump()
    assert set(schema["properties"]) == {"paths", "corpus", "home", "settings"}
    assert all(parameter.get("description") for parameter in schema["properties"].values())
    stages = [
        d for name, d in schema["definitions"].items() if name.endswith("Settings") and name != "MineSettings"
    ]
    assert len(stages) == len(MineSettings.model_fields)
    for stage in stages:
        for name, field in stage["properties"].items():
            assert field.get("description"), name


def prefect(api: str, *arguments: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
        cwd=ROOT,
        env=os.environ | {"PREFECT_API_URL": api, "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def scheduled(deployments: list[dict]) -> set[tuple]:
    """What the server made of schedules: it refuses a cron or time zone that does not exist."""
    return {
        (
            deployment["entrypoint"],
            deployment["name"],
            entry["schedule"]["cron"],
            entry["schedule"]["timezone"],
            entry["active"],
        )
        for deployment in deployments
        for entry in deployment["schedules"]
    }


def test_all_deploy_and_one_runs_through_a_process_worker(prefect_api: str, tmp_path: Path) -> None:
    source = tmp_path / "news.txt"
    source.write_text("\n".join(lines(80, seed=30)) + "\n", encoding="utf-8")
    prefect(prefect_api, "work-pool", "create", "local", "--type", "process", "--overwrite")
    prefect(prefect_api, "deploy", "--all")
    found = httpx.post(f"{prefect_api}/deployments/filter", json={}).json()
    assert len(found) == len(DEPLOYMENTS)
    assert scheduled(found) == {
        (
            deployment["entrypoint"],
            deployment["name"],
            schedule["cron"],
            schedule["timezone"],
            schedule["active"],
        )
        for deployment in DEPLOYMENTS
        for schedule in deployment.get("schedules", [])
    }
    assert all(deployment["global_concurrency_limit"]["limit"] == 1 for deployment in found)

    prefect(
        prefect_api, "deployment", "run", "mine-corpus/on-demand",
        "--param", f"paths={json.dumps([str(source)])}",
        "--param", "corpus=worked",
        "--param", f"home={json.dumps(str(tmp_path / 'home'))}",
        "--param", 'settings={"lexicon": {"method": "four-step"}, "engine": {"workers": 1}}',
    )  # fmt: skip
    prefect(prefect_api, "worker", "start", "--pool", "local", "--run-once")

    runs = httpx.post(
        f"{prefect_api}/flow_runs/filter", json={"flow_runs": {"name": {"like_": "mine worked"}}}
    ).json()
    assert [run["state"]["type"] for run in runs] == ["COMPLETED"]
    assert {"minlex", "corpus:worked"} <= set(runs[0]["tags"])
    with duckdb.connect(str(tmp_path / "home" / "catalog.duckdb"), read_only=True) as catalog:
        assert catalog.execute("select count(*) from worked.documents").fetchone() == (80,)
        [batch] = catalog.execute("select distinct batch_id from worked.documents").fetchall()
    assert runs[0]["name"] == f"mine worked, batch {batch[0]}"
    artifacts = httpx.post(
        f"{prefect_api}/artifacts/filter", json={"artifacts": {"key": {"like_": "worked"}}}
    ).json()
    kinds = {artifact["key"]: artifact["type"] for artifact in artifacts}
    assert kinds["checks-worked-words"] == "table"
    assert kinds["summary-worked"] == "markdown"
    assert "report-worked" in kinds
    assert kinds["ladder-worked"] == "image"
    [ladder] = [artifact["data"] for artifact in artifacts if artifact["key"] == "ladder-worked"]
    scheme, _, picture = ladder.partition(",")
    assert scheme == "data:image/png;base64"
    assert base64.b64decode(picture).startswith(b"\x89PNG\r\n\x1a\n")
    logs = httpx.post(f"{prefect_api}/logs/filter", json={"limit": 200, "sort": "TIMESTAMP_DESC"}).json()
    assert any("words kept" in entry["message"] for entry in logs)
