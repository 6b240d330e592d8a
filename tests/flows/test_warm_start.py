"""Nightly runs of the default method: the published segmenter goes on where the text has hardly changed."""

import json
from pathlib import Path

import pytest

from flows.mine_corpus import mine_corpus
from tasks.settings import EngineSettings, LexiconSettings, MineSettings
from tests.flows.newspaper import lines
from tests.flows.test_mine_corpus import query, write

SETTINGS = MineSettings(lexicon=LexiconSettings(max_rounds=2), engine=EngineSettings(workers=1))


def model_of(home: Path, corpus: str) -> tuple[str, dict]:
    [(model_id, config)] = query(home, f"select model_id, config from {corpus}.models")
    return model_id, json.loads(config)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("nights")
    home, texts = folder / "home", lines(320, seed=5)
    read = "select doc_id, sentence_no, start, word from nightly.tokens order by all"
    seen = []
    for name, part in (("first", texts[:300]), ("second", texts[300:310]), ("third", lines(200, seed=6))):
        mine_corpus([str(write(folder / f"{name}.txt", part))], "nightly", str(home), SETTINGS)
        seen.append((model_of(home, "nightly"), query(home, read)))
    return seen


def test_few_new_documents_leave_the_words_of_the_others(nights):
    ((first, _), before), ((second, config), after), _ = nights
    assert first != second
    assert config["origin"]["start"] == first
    assert 0 < config["origin"]["change"] < 0.1
    old = {row[0] for row in before}
    kept = [row for row in after if row[0] in old]
    assert len(kept) < len(after)
    assert len(set(before) & set(kept)) / len(before) > 0.985


def test_many_new_documents_are_learnt_from_anew(nights):
    config = nights[2][0][1]
    assert "start" not in config["origin"] and config["origin"]["change"] == 0


def test_without_a_warm_start_the_words_are_those_of_the_text_alone(tmp_path: Path):
    cold = SETTINGS.model_copy(update={"lexicon": LexiconSettings(max_rounds=2, warm_start=False)})
    texts = lines(155, seed=7)
    first, second = (write(tmp_path / f"{n}.txt", part) for n, part in enumerate((texts[:150], texts[150:])))
    home = tmp_path / "home"
    for path in (first, second):
        mine_corpus([str(path)], "nightly", str(home), cold)
    mine_corpus([str(first), str(second)], "together", str(home), cold)
    words = "select word, count from {}.words order by all"
    assert query(home, words.format("nightly")) == query(home, words.format("together"))
