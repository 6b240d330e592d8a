"""Flows that a deployment runs by themselves on a corpus: build-lexicon and publish-report."""

import pytest

from flows import publish_report as reporting
from flows.build_lexicon import build_lexicon, lexicon_run
from tasks.errors import InputError
from tasks.settings import (
    EngineSettings,
    IngestSettings,
    LexiconSettings,
    MineSettings,
    NgramSettings,
    ReportSettings,
)
from tasks.store.datasets import Store
from tasks.store.publish import mined_settings, working_on
from tests import tiny_corpus

FULL = IngestSettings(width="full")
MERGE = MineSettings(lexicon=LexiconSettings(method="merge"))


@pytest.fixture
def mined(home):
    settings = MineSettings(
        ingest=FULL,
        ngrams=NgramSettings(max_order=4),
        report=ReportSettings(lang="zh"),
        engine=EngineSettings(workers=1),
    ).model_dump(mode="json")
    tiny_corpus.publish(
        home, "tiny", tiny_corpus.rows(), ingest=FULL.model_dump(mode="json"), settings=settings
    )
    return str(home)


def test_a_lexicon_built_by_itself_says_what_the_corpus_is_mined_with(mined):
    with lexicon_run("tiny", mined, MERGE, None):
        pass
    found = mined_settings("tiny", mined)
    assert (found.lexicon, found.ngrams) == (MERGE.lexicon, NgramSettings())


def test_the_text_and_the_report_stay_as_they_were_read_and_written(mined):
    with lexicon_run("tiny", mined, MERGE, None) as (_, settings):
        assert settings.ingest == FULL
    assert mined_settings("tiny", mined).report.lang == "zh"


def test_within_a_run_settings_are_those_of_the_run(mined):
    with (
        working_on("tiny", mined, MineSettings()) as run,
        lexicon_run("tiny", mined, MERGE, run) as (inner, settings),
    ):
        assert (inner, settings) == (run, MERGE)
    assert mined_settings("tiny", mined).lexicon.method == "minlex"


@pytest.mark.parametrize("flow", [build_lexicon, reporting.publish_report])
def test_a_mistyped_corpus_is_refused_and_not_made(mined, home, flow):
    with pytest.raises(InputError, match=r"corpus must be one mined below .*: tiny; got 'tini'"):
        flow("tini", mined)
    assert not (home / "lake" / "tini").exists()


@pytest.mark.parametrize("flow", [build_lexicon, reporting.publish_report])
def test_a_corpus_whose_first_run_failed_is_refused(home, flow):
    with pytest.raises(RuntimeError), working_on("tiny", str(home), MineSettings()):
        raise RuntimeError("no")
    with pytest.raises(InputError, match="mine it first: minlex mine"):
        flow("tiny", str(home))
    assert len(Store(home).corpus("tiny").published().tables["runs"]) == 1


def test_a_report_runs_as_the_corpus_was_mined(mined, monkeypatch):
    runs = []
    monkeypatch.setattr(reporting, "write_report", lambda run: runs.append(run) or "page")
    reporting.publish_report("tiny", mined)
    assert runs[0].engine.workers == 1
    assert '"max_order":4' in runs[0].noted("run")[0]["settings"]
