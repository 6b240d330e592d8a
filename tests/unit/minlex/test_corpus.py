import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import minlex
from minlex.errors import InputError
from tasks.tables import TABLES
from tests import tiny_corpus

ROOT = Path(__file__).parents[3]


@pytest.fixture
def corpus(published_home):
    return minlex.open("tiny", published_home)


def test_tables_are_frames(corpus):
    assert corpus.lexicon.columns == TABLES["lexicon"].schema.names
    assert set(corpus.lexicon["word"]) == set(tiny_corpus.WORDS)
    assert corpus.table("words").height == len(tiny_corpus.WORDS)
    assert corpus.scan("tokens").select(pl.len()).collect().item() == len(tiny_corpus.TOKENS)
    assert corpus.topics.height == 0, "a table without rows has its columns"
    assert corpus.topics.columns == TABLES["topics"].schema.names
    assert set(tiny_corpus.rows()) <= set(corpus.tables)
    with pytest.raises(AttributeError, match="no 'wrods'"):
        _ = corpus.wrods
    with pytest.raises(InputError, match="table must be one of"):
        corpus.scan("wrods")


def test_sql_takes_values_and_ready_queries(corpus):
    found = corpus.sql("select count from words where word = $word", word="科学")
    assert found.rows() == [(3,)]
    assert corpus.sql("@top_words").height > 0
    with pytest.raises(InputError, match="the query was refused"):
        corpus.sql("selct")


def test_a_word_is_explained_and_a_corpus_compared_with_itself(corpus):
    explained = corpus.why("科学")
    assert (explained.word, explained.in_lexicon, explained.occurrences) == ("科学", True, 3)
    with pytest.raises(InputError):
        corpus.why("没有")
    assert corpus.compare(corpus, min_count=1).words.is_empty()
    with pytest.raises(InputError, match="has no metrics, runs yet"):
        corpus.diff()


def test_a_lexicon_is_exported(corpus, tmp_path):
    assert corpus.export("txt", tmp_path / "words.txt").entries == 4
    assert (tmp_path / "words.txt").read_text(encoding="utf-8").split() == ["科学", "名著", "中外", "。"]
    with pytest.raises(InputError, match="format must be one of jieba"):
        corpus.export("pdf", tmp_path / "x")


def test_corpora_are_listed_opened_and_dropped(published_home):
    tiny_corpus.publish(published_home, "other", tiny_corpus.rows())
    assert minlex.corpora(published_home) == ["other", "tiny"]
    dropped = minlex.open("other", published_home)
    minlex.drop("other", published_home)
    assert minlex.corpora(published_home) == ["tiny"]
    assert not list((published_home / "lake").glob("*other*"))
    for use in (lambda: dropped.lexicon, lambda: dropped.state, dropped.segmenter, dropped.report):
        with pytest.raises(InputError, match="corpus must be one mined below"):
            use()
    with pytest.raises(InputError, match="got 'other'"):
        minlex.drop("other", published_home)
    assert minlex.open("tiny", published_home).lexicon.height == 4


def test_a_home_that_is_not_there_holds_nothing(tmp_path):
    assert minlex.corpora(tmp_path / "none") == []
    with pytest.raises(InputError, match="none yet"):
        minlex.open("tiny", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_notebook_shows_counts_words_and_the_ladder(corpus):
    shown = corpus._repr_html_()
    assert "<b>tiny</b>: 2 documents" in shown
    assert "科学" in shown
    assert repr(corpus).startswith("minlex.Corpus('tiny'")


def test_importing_it_loads_nothing_heavy():
    code = "import json, sys, minlex; dir(minlex); print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"numpy", "polars", "duckdb", "pyarrow", "numba", "prefect", "torch", "pydantic"}
    assert not heavy & set(json.loads(done.stdout))


def test_mining_from_python_gives_the_corpus(home, tmp_path):
    texts = tmp_path / "texts.txt"
    lines = [
        "中国的经济在发展",
        "科学技术是第一生产力",
        "中国科学院发展科学",
        "经济和技术都在发展",
        "北京是中国的首都",
    ]
    texts.write_text("\n".join(lines * 6 + [f"第{n}行" for n in range(9)]), encoding="utf-8")
    corpus = minlex.mine(texts, "small", home=home, settings={"lexicon": {"method": "nvbe"}})
    assert corpus.documents.height == 6 * len(lines) + 9
    assert corpus.settings.lexicon.method == "nvbe"
    report = corpus.report()
    again = minlex.mine([texts], "small", home=home, settings={"lexicon": {"method": "nvbe"}})
    assert again.report() == report, "with nothing new nothing runs"
    with pytest.raises(InputError, match=r"setting lexicon\.methd"):
        minlex.mine(texts, "small", home=home, settings={"lexicon": {"methd": "nvbe"}})
