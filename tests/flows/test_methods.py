"""Every method through the same tables, with the same reasons."""

from pathlib import Path

import pytest

from flows.mine_corpus import mine_corpus
from minlex.settings import mine_settings
from tasks.settings import EngineSettings, LexiconSettings, MineSettings
from tasks.store.datasets import Store
from tests.flows.newspaper import lines
from tests.flows.test_mine_corpus import query, write


@pytest.mark.parametrize("method", ["nvbe", "merge"])
def test_a_method_without_training_finds_words_and_gives_reasons(tmp_path: Path, method: str) -> None:
    text = write(tmp_path / "news.txt", lines(400, seed=1))
    settings = MineSettings(
        lexicon=LexiconSettings.model_validate({"method": method}), engine=EngineSettings(workers=1)
    )
    home = tmp_path / "home"
    mine_corpus([str(text)], "news", str(home), settings)
    kept = {word for (word,) in query(home, "select word from news.lexicon where length > 1")}
    assert {"经济", "科学", "记者", "音乐"} <= kept
    assert query(home, "select abs(sum(probability) - 1) < 1e-9 from news.lexicon") == [(True,)]
    unexplained = "select count(*) from news.lexicon_decisions where kept and length > 1 and gain is null"
    assert query(home, unexplained) == [(0,)]
    assert query(home, "select count(*) > 1 from news.tokens where word = '经济'") == [(True,)]


def test_raw_text_is_mined_without_classes_through_a_settings_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[lexicon]\nmethod = "nvbe"\nclasses = false\n[engine]\nworkers = 1\n', encoding="utf-8")
    text = write(tmp_path / "news.txt", [*lines(300, seed=1), "发展12345年经济"])
    home = tmp_path / "home"
    mine_corpus([str(text)], "news", str(home), mine_settings(file))
    assert Store(home).corpus("news").published().state.convention["classes"] is False
    # no rule keeps a number whole that the corpus has once
    assert query(home, "select count(*) from news.tokens where word = '12345'") == [(0,)]
    assert query(home, "select reason from news.lexicon_decisions where reason = 'token_by_rule'") == []
