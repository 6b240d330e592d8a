"""What a person sees of a run in Prefect's UI: names, tags, and how far long stages have come."""

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.ingest_corpus import ingest_corpus
from flows.mine_corpus import mine_corpus
from tasks.progress import task as progressing
from tasks.settings import EngineSettings, IngestSettings, LexiconSettings, MineSettings
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


def task_runs(api: str, flow_runs: list[str]) -> int:
    """Return how many task runs of flow runs the server holds, once it has recorded all that it was told of."""
    before, count = -1, 0
    while count != before:
        time.sleep(2)
        answer = httpx.post(f"{api}/task_runs/count", json={"flow_runs": {"id": {"any_": flow_runs}}})
        before, count = count, int(answer.text)
    return count


def test_runs_say_corpus_and_batch_and_long_stages_how_far_they_are(
    recorded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progressing, "SECONDS_BETWEEN_UPDATES", 0.0)
    folder, home = tmp_path / "in", str(tmp_path / "home")
    folder.mkdir()
    (folder / "news.txt").write_text("\n".join(lines(100, seed=31)), encoding="utf-8")
    settings = MineSettings(
        ingest=IngestSettings(shard_bytes=1000),
        lexicon=LexiconSettings(max_rounds=2),
        engine=EngineSettings(workers=1),
    )
    mine_corpus([str(folder)], "shown", home, settings)
    for number in range(8):
        (folder / f"{number}.txt").write_text("\n".join(lines(40, seed=number)), encoding="utf-8")
    mine_corpus([str(folder)], "shown", home, settings)
    ingest_corpus([str(folder)], "shown", home, settings)

    runs = found(recorded, "flow_runs", flow_runs={"tags": {"all_": ["corpus:shown"]}}, sort="START_TIME_ASC")
    names = [run["name"] for run in runs]
    for first, second in (names[0:2], names[3:5]):
        batch = first.removeprefix("mine shown, batch ")
        assert len(batch) == 16
        assert second == f"ingest shown, batch {batch}"
    assert [*names[2::3], len(names)] == ["lexicon of shown", "lexicon of shown", 7]
    assert names[6] == "ingest shown, no new files"
    # Many files and shards take no more task runs than one.
    few, many = ([run["id"] for run in runs[k : k + 3]] for k in (0, 3))
    assert 20 <= task_runs(recorded, few) == task_runs(recorded, many) <= 300
    shown = found(
        recorded, "artifacts",
        artifacts={"type": {"any_": ["progress"]}}, flow_runs={"id": {"any_": few}},
    )  # fmt: skip
    assert {artifact["description"] for artifact in shown} == LONG_STAGES
    assert {artifact["data"] for artifact in shown} == {100.0}
