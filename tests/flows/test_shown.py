"""What a person sees of a run in Prefect's UI: names, tags, and how far long stages have come."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.mine_corpus import mine_corpus
from tasks.progress import task as progressing
from tasks.settings import EngineSettings, LexiconSettings, MineSettings
from tests.flows.newspaper import lines

LONG_STAGES = {
    "reading files",
    "counting n-grams",
    "measuring n-grams",
    "training the segmenter",
    "cutting sentences",
    "climbing the entropy ladder",
}


def found(api: str, what: str, **query: Any) -> list[dict[str, Any]]:
    answer = httpx.post(f"{api}/{what}/filter", json=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_runs_say_corpus_and_batch_and_long_stages_how_far_they_are(
    prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progressing, "SECONDS_BETWEEN_UPDATES", 0.0)
    source, home = tmp_path / "news.txt", str(tmp_path / "home")
    source.write_text("\n".join(lines(100, seed=31)), encoding="utf-8")
    settings = MineSettings(lexicon=LexiconSettings(max_rounds=2), engine=EngineSettings(workers=1))
    for _ in range(2):
        mine_corpus([str(source)], "shown", home, settings)

    runs = found(
        prefect_api, "flow_runs", flow_runs={"tags": {"all_": ["corpus:shown"]}}, sort="START_TIME_ASC"
    )
    names = [run["name"] for run in runs]
    batch = names[0].removeprefix("mine shown, batch ")
    assert len(batch) == 16
    assert set(names[:3]) == {names[0], f"ingest shown, batch {batch}", "lexicon of shown"}
    assert set(names[3:]) == {"mine shown, no new files", "ingest shown, no new files", "lexicon of shown"}
    ids = [run["id"] for run in runs[:3]]
    shown = found(
        prefect_api, "artifacts",
        artifacts={"type": {"any_": ["progress"]}}, flow_runs={"id": {"any_": ids}},
    )  # fmt: skip
    assert {artifact["description"] for artifact in shown} == LONG_STAGES
    assert {artifact["data"] for artifact in shown} == {100.0}
