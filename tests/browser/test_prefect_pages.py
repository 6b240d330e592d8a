"""Prefect's own pages, as a person uses them: find the deployment, fill in its form, watch the run, open what it left.

With MINLEX_SCREENSHOTS what is seen on the way is saved in that folder, for the documentation (`make screenshots`).
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.settings import MineSettings
from tests.flows.newspaper import lines
from tests.services import Services, wait_for

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FOLDER = os.environ.get("MINLEX_SCREENSHOTS")
MOST_BYTES = 300_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="neither chromium nor google-chrome is installed"),
]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = Services(tmp_path / "home")
    services.up()
    yield services
    services.minlex("down")


@pytest.fixture
def page(services: Services) -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = chromium.new_page(viewport={"width": 1280, "height": 800}, base_url=services.address)
        opened.set_default_timeout(90_000)
        yield opened
        chromium.close()


def see(page: Any, name: str, *texts: str) -> None:
    """Wait until the page shows all of `texts`, then keep what it looks like under `name`."""
    for text in texts:
        page.get_by_text(text).first.wait_for()
    if FOLDER:
        page.wait_for_timeout(2000)
        picture = Path(FOLDER) / f"prefect-{name}.png"
        page.screenshot(path=picture, animations="disabled")
        assert picture.stat().st_size < MOST_BYTES


def test_a_person_mines_a_corpus_and_looks_at_it(services: Services, page: Any, tmp_path: Path) -> None:
    source = tmp_path / "news.txt"
    source.write_text("\n".join(lines(300, seed=41)), encoding="utf-8")
    deployment = services.deployment("mine-corpus", "on-demand")

    page.goto("/deployments")
    page.get_by_text("Ready", exact=True).first.wait_for()
    see(page, "deployments", "mine-corpus", "nightly")
    page.locator(f'a[href$="/deployments/deployment/{deployment}"]').first.click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Custom run").click()

    paths, corpus = (
        field(page, "Files and folders to read"),
        field(page, "Corpus to work on").locator("textarea"),
    )
    paths.get_by_role("button", name="Add item").click()
    path = paths.locator("textarea")
    path.fill("data/inbox")
    corpus.fill("newspaper")
    see(page, "form", "How files become documents and sentences")
    # A name that may not be one is refused before a run exists.
    path.fill(str(source))
    corpus.fill("Not a name")
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("does not match").first.wait_for()
    assert services.find("flow_runs") == []
    corpus.fill("newspaper")
    page.get_by_role("button", name="Submit").click()

    [run] = wait_for(
        "the run", lambda: services.find("flow_runs", deployments={"id": {"any_": [deployment]}})
    )
    page.get_by_role("link", name=run["name"]).first.click()
    wait_for("the run's end", lambda: services.state(run["id"]) in ("COMPLETED", "FAILED", "CRASHED"))
    wait_for("the record of its tasks", lambda: ended(services, run["id"]))
    page.reload()
    noted = services.api.get(f"/flow_runs/{run['id']}").json()
    asked = {"paths": [str(source)], "corpus": "newspaper", "home": None}
    assert noted["parameters"] == asked | {"settings": MineSettings().model_dump(mode="json")}
    name = noted["name"]
    assert name.startswith("mine newspaper, batch ")
    see(page, "run", name, "Completed", "corpus:newspaper")

    page.get_by_text("Artifacts", exact=True).first.click()
    page.get_by_text("Task runs", exact=True).first.wait_for()
    page.mouse.move(760, 600)
    page.mouse.wheel(0, 3000)
    see(page, "artifacts", "summary-newspaper", "report-newspaper", "ladder-newspaper")
    page.get_by_text("summary-newspaper").first.click()
    see(page, "summary", "rung of the ladder", "checks passed")
    open_artifact(page, services, "ladder-newspaper")
    page.locator('img[src^="data:image/png"]').first.wait_for()
    wide = page.locator('img[src^="data:image/png"]').first.evaluate("image => image.naturalWidth")
    assert wide > 500
    page.get_by_text("Entropy ladder of corpus newspaper").first.wait_for()
    open_artifact(page, services, "checks-newspaper-words")
    see(page, "checks", "checks passed", "passed")


def field(page: Any, told: str) -> Any:
    """Return the field of the form that a description tells of."""
    return page.get_by_text(told).locator("xpath=ancestor::*[contains(@class, 'p-label ')][1]")


def ended(services: Services, flow_run: str) -> bool:
    """Tell whether the server, which hears of tasks a little later, knows that all of a run's have ended."""
    tasks = services.find("task_runs", flow_runs={"id": {"any_": [flow_run]}})
    return all(task["state"]["type"] == "COMPLETED" for task in tasks)


def open_artifact(page: Any, services: Services, key: str) -> None:
    """Open the artifact of a key by its address."""
    [found] = services.find("artifacts", artifacts={"key": {"any_": [key]}})[:1]
    page.goto(f"/artifacts/artifact/{found['id']}")
