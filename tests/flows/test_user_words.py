"""What a user decides about words holds in every table, whichever method finds the others."""

from pathlib import Path

import pytest

from flows.commands.segment_lines import answer, published_segmenter
from flows.mine_corpus import mine_corpus
from tasks.settings import EngineSettings, LexiconSettings, MineSettings
from tests.flows.newspaper import lines
from tests.flows.test_mine_corpus import query, write


@pytest.mark.parametrize("method", ["minlex", "nvbe", "merge", "four-step"])
def test_forced_forbidden_known_words_and_stop_characters(tmp_path: Path, method: str) -> None:
    news = [*lines(400, seed=1), "他在卡拉OK唱歌。", "卡拉OK科学经济学。"]
    text = write(tmp_path / "news.txt", news)
    joined = sum("".join(line).count("科学经济") for line in news)
    known = tmp_path / "known.txt"
    known.write_text("科学 12 n\n音乐\n", encoding="utf-8")
    lexicon = LexiconSettings.model_validate(
        {
            "method": method,
            "max_rounds": 1,
            "force": ["卡拉OK", "科学经济", "从未见过"],
            "forbid": ["记者"],
            "known": str(known),
            "stop_characters": "的",
        }
    )
    settings = MineSettings(lexicon=lexicon, engine=EngineSettings(workers=1))
    home = tmp_path / "home"
    mine_corpus([str(text)], "news", str(home), settings)
    words = {word for (word,) in query(home, "select word from news.lexicon")}
    assert {"卡拉OK", "科学经济", "从未见过"} <= words
    assert "记者" not in words
    assert not any("的" in word and len(word) > 1 for word in words)
    tokens = {word for (word,) in query(home, "select distinct word from news.tokens")}
    assert {"卡拉OK", "科学经济"} <= tokens
    assert "记者" not in tokens
    assert not any("的" in word and len(word) > 1 for word in tokens)
    decided = query(home, "select candidate, kept, reason, count from news.lexicon_decisions where step = 'user' "
                          "and reason <> 'stop_character' order by candidate")  # fmt: skip
    assert [row[:3] for row in decided] == [
        ("从未见过", True, "forced"),
        ("卡拉OK", True, "forced"),
        ("科学经济", True, "forced"),
        ("记者", False, "forbidden"),
    ]
    assert [row[3] for row in decided][:3] == ([0, 2, joined] if method in ("minlex", "nvbe") else [0, 0, 0])
    assert decided[3][3] > 1
    assert query(
        home, "select word, count from news.lexicon where word in ('卡拉OK', '科学经济') order by 1"
    ) == [
        ("卡拉OK", 2),
        ("科学经济", joined),
    ]
    assert (
        {"科学"}
        <= {word for (word,) in query(home, "select word from news.lexicon where known")}
        <= {"科学", "音乐"}
    )
    assert query(home, "select abs(sum(probability) - 1) < 1e-9 from news.lexicon") == [(True,)]
    kept = "select count(*) from news.lexicon l full join news.lexicon_decisions d on word = candidate where "
    assert query(home, kept + "coalesce(kept, false) <> (word is not null)") == [(0,)]
    for which in (None, "lexicon"):
        cut = answer(published_segmenter("news", str(home), which), "唱卡拉OK的记者\n".encode()).decode()
        assert " 卡拉OK 的 " in f" {cut}"
        assert "记者" not in cut.split()
