import duckdb
import polars as pl
import pytest

import minlex
import minlex.duckdb
import minlex.polars
from minlex.errors import InputError


@pytest.fixture
def segmenter(published_home):
    return minlex.open("tiny", published_home).segmenter()


def test_polars_expressions_segment(segmenter):
    frame = pl.DataFrame({"text": ["中外科学", None, "", "名著"]})
    found = frame.select(pl.col("text").minlex.cut(segmenter))["text"]
    assert found.dtype == pl.List(pl.String)
    assert found.to_list() == [["中外", "科学"], None, [], ["名著"]]
    lazy = frame.lazy().with_columns(words=pl.col("text").minlex.cut(segmenter)).collect()
    assert lazy["words"].to_list() == found.to_list()


def test_duckdb_segments(segmenter):
    with duckdb.connect() as connection:
        minlex.duckdb.register(connection, segmenter)
        query = "select segment(t) from (values (1, '中外科学'), (2, null), (3, '')) as v(n, t) order by n"
        assert connection.execute(query).fetchall() == [(["中外", "科学"],), (None,), ([],)]
        rows = connection.execute(
            "select count(*), min(len(w)) from (select segment('中外科学' || n) as w from range(5000) r(n))"
        ).fetchone()
        assert rows == (5000, 3)


def test_scikit_learn_learns_and_segments():
    pytest.importorskip("sklearn")
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.pipeline import make_pipeline

    from minlex.sklearn import Segment

    lines = ["中国的经济在发展", "科学技术是第一生产力", "中国科学院发展科学", "经济和技术都在发展"]
    texts = [line + str(n) for n in range(12) for line in lines]
    segment = Segment(settings={"lexicon": {"method": "nvbe"}})
    counts = make_pipeline(segment, CountVectorizer(analyzer=str.split)).fit_transform(texts)
    assert counts.shape[0] == len(texts)
    assert segment.transform(["中国的经济"])[0].replace(" ", "") == "中国的经济"
    vectors = CountVectorizer(analyzer=segment.segmenter_.lcut).fit(texts)
    assert "在" in "".join(vectors.vocabulary_)


def test_spacy_keeps_the_text(segmenter, tmp_path):
    spacy = pytest.importorskip("spacy")
    segmenter.save(tmp_path / "saved")
    from minlex.spacy import create

    nlp = spacy.blank("xx")
    nlp.tokenizer = create(str(tmp_path / "saved"))(nlp)
    text = " 中外科学  名著 x"
    doc = nlp(text)
    assert doc.text == text
    assert [token.text for token in doc if not token.is_space] == ["中外", "科学", "名著", "x"]


def test_a_missing_library_is_named_with_its_extra(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.delitem(sys.modules, "minlex.sklearn", raising=False)
    with pytest.raises(InputError, match="sklearn"):
        import minlex.sklearn  # noqa: F401
