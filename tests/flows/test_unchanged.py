"""When mining is left out because it would change nothing, and when it is not."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.ingest_corpus import ingest_corpus
from flows.mine_corpus import mine_corpus
from tasks.corpus.readers.formats import supported
from tasks.corpus.sources import list_sources
from tasks.settings import EngineSettings, EvaluationSettings, LexiconSettings, MineSettings
from tasks.store import unchanged
from tasks.store.datasets import Store
from tasks.store.unchanged import is_unchanged
from tests.flows.newspaper import lines

CORPUS = "news"


class Mined:
    """A corpus of one file, the settings that it was mined with, and whether mining files again would change it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store = folder, Store(folder / "home")
        self.source, self.gold, self.known = folder / "a.txt", folder / "gold.words", folder / "known.txt"
        self.settings = MineSettings(
            lexicon=LexiconSettings(method="four-step", min_count=3, known=str(self.known)),
            evaluation=EvaluationSettings(gold=str(self.gold)),
            engine=EngineSettings(workers=1),
        )

    def is_unchanged(self, *more: Path, **settings: object) -> bool:
        listing = list_sources([str(path) for path in (self.source, *more)], supported)
        hashes = [source.content_hash for source in listing.sources]
        return is_unchanged(self.store.corpus(CORPUS), hashes, self.settings.model_copy(update=settings))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    mined = Mined(tmp_path_factory.mktemp("mined"))
    texts = lines(60, seed=50)
    mined.source.write_text("\n".join(texts) + "\n", encoding="utf-8")
    mined.gold.write_text(" ".join(texts[0]) + "\n", encoding="utf-8")
    mined.known.write_text("经济\n", encoding="utf-8")
    mine_corpus([str(mined.source)], CORPUS, str(mined.store.home), mined.settings)
    return mined.folder


@pytest.fixture
def mined(original: Path, tmp_path: Path) -> Mined:
    """A copy, whose settings name the files of the original: the settings are those it was mined with."""
    shutil.copytree(original / "home", tmp_path / "home")
    copy = Mined(original)
    copy.store = Store(tmp_path / "home")
    return copy


def test_the_same_files_and_settings_change_nothing_wherever_the_work_runs(mined: Mined) -> None:
    assert mined.is_unchanged()
    assert mined.is_unchanged(engine=EngineSettings(workers=7))
    assert not is_unchanged(mined.store.corpus("other"), [], mined.settings)


def test_a_new_file_or_another_setting_does(mined: Mined, tmp_path: Path) -> None:
    more = tmp_path / "b.txt"
    more.write_text("科学\n", encoding="utf-8")
    assert not mined.is_unchanged(more)
    assert not mined.is_unchanged(evaluation=EvaluationSettings(gold=str(mined.gold), seed=1))


def damage_a_part(mined: Mined) -> None:
    [tokens] = mined.store.corpus(CORPUS).published_datasets("tokens")
    part = Path(mined.store.parts(tokens)[0])
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 0xFF
    part.write_bytes(content)


def cut_off_a_run(mined: Mined) -> None:
    mined.store.corpus(CORPUS).journal.note(
        "20260101T000000-0",
        "run",
        {"started": "2026-01-01T00:00:00+00:00", "version": "0", "settings": "{}"},
    )


def leave_something_half_written(mined: Mined) -> None:
    mined.store.corpus(CORPUS).scratch()


def lose_the_report(mined: Mined) -> None:
    (mined.store.home / mined.store.corpus(CORPUS).published().state.report).unlink()


def lose_the_catalog(mined: Mined) -> None:
    mined.store.catalog.unlink()


def publish_without_the_catalog(mined: Mined) -> None:
    published = mined.store.corpus(CORPUS).published()
    mined.store.corpus(CORPUS).publish(*published)


@pytest.mark.parametrize(
    "fault",
    [
        damage_a_part,
        cut_off_a_run,
        leave_something_half_written,
        lose_the_report,
        lose_the_catalog,
        publish_without_the_catalog,
    ],
)
def test_what_is_damaged_or_was_cut_off_is_mended_by_mining(
    mined: Mined, fault: Callable[[Mined], None]
) -> None:
    fault(mined)
    assert not mined.is_unchanged()
    mine_corpus([str(mined.source)], CORPUS, str(mined.store.home), mined.settings)
    assert mined.is_unchanged()


@pytest.mark.parametrize("name", ["gold", "known"])
def test_the_content_of_files_that_settings_name_counts(mined: Mined, name: str) -> None:
    file: Path = getattr(mined, name)
    before = file.read_text(encoding="utf-8")
    try:
        file.write_text(before + "科学\n", encoding="utf-8")
        assert not mined.is_unchanged()
    finally:
        file.write_text(before, encoding="utf-8")
    assert mined.is_unchanged()


def test_other_code_looks_again(mined: Mined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unchanged, "_code", lambda: "other")
    assert not mined.is_unchanged()


def test_what_was_only_read_is_still_to_be_mined(mined: Mined, tmp_path: Path) -> None:
    more = tmp_path / "b.txt"
    more.write_text("\n".join(lines(20, seed=51)) + "\n", encoding="utf-8")
    ingest_corpus([str(more)], CORPUS, str(mined.store.home), mined.settings)
    assert not mined.is_unchanged()
    assert not mined.is_unchanged(more)
