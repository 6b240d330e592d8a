import pickle
import threading

import polars as pl
import pyarrow as pa
import pytest

import minlex
from minlex.errors import InputError


@pytest.fixture
def segmenter(published_home):
    return minlex.open("tiny", published_home).segmenter()


def test_words_come_with_their_offsets(segmenter):
    assert segmenter.kind == "lexicon"
    assert segmenter.lcut("中外科学 名著") == ["中外", "科学", "名著"]
    assert list(segmenter.cut("科学")) == ["科学"]
    text = "科学。 x名著"
    tokens = segmenter.tokenize(text)
    assert tokens == [("科学", 0, 2), ("。", 2, 3), ("x", 4, 5), ("名著", 5, 7)]
    assert all(text[token.start : token.end] == token.word for token in tokens)
    assert segmenter.lcut("") == []


@pytest.mark.parametrize("kind", [list, pa.array, pl.Series, lambda t: pa.chunked_array([t[:1], t[1:]])])
def test_a_column_of_texts_becomes_a_column_of_words_in_order(segmenter, kind):
    texts = ["中外科学", "", "名著科学。"] * 50
    expected = [segmenter.lcut(text) for text in texts]
    for workers in (1, 3):
        found = segmenter.cut_many(kind(texts), workers=workers)
        assert found.type == pa.list_(pa.string())
        assert found.to_pylist() == expected
    assert segmenter.cut_many([]).to_pylist() == []


def test_alternatives_are_of_the_lexicon(segmenter):
    best, second = segmenter.nbest("科学", 2)
    assert best.words == ["科学"]
    assert second.words == ["科", "学"]
    assert best.log_probability > second.log_probability
    assert segmenter.sample("中外科学", seed=3) == segmenter.sample("中外科学", seed=3)
    probabilities = segmenter.probabilities("科学")
    assert probabilities[0] == 1
    assert 0 <= probabilities[1] < 0.5
    with pytest.raises(InputError, match="n must be at least 1, got 0"):
        segmenter.nbest("科学", 0)


def test_words_are_added_and_taken_away_at_once(segmenter, tmp_path):
    segmenter.add_word("外科")
    assert segmenter.lcut("中外科学") == ["中", "外科", "学"]
    segmenter.del_word("外科")
    assert segmenter.lcut("中外科学") == ["中外", "科学"]
    segmenter.del_word("科学")
    assert segmenter.lcut("中外科学") == ["中外", "科", "学"]
    file = tmp_path / "userdict.txt"
    file.write_text("﻿科学 3 n\n\n学名 5\n著\n", encoding="utf-8")
    segmenter.load_userdict(file)
    assert segmenter.lcut("科学") == ["科学"]
    assert segmenter.lcut("大学名") == ["大", "学名"]
    file.write_text("科学\n科 学 名 著\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2 must be a word, a frequency and a tag"):
        segmenter.load_userdict(file)


def test_a_segmenter_is_saved_pickled_and_shared_by_threads(segmenter, tmp_path):
    segmenter.add_word("外科")
    segmenter.save(tmp_path / "saved")
    for again in (minlex.load(tmp_path / "saved"), pickle.loads(pickle.dumps(segmenter))):  # noqa: S301
        assert again.lcut("中外科学名著") == segmenter.lcut("中外科学名著")
    with pytest.raises(InputError, match="no segmenter can be read"):
        minlex.load(tmp_path / "nothing")
    texts = ["中外科学", "名著科学", "科学。名著中外"] * 200
    expected, found = [segmenter.lcut(text) for text in texts], {}

    def segment(number):
        found[number] = [segmenter.lcut(text) for text in texts]

    threads = [threading.Thread(target=segment, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(found.values()) == [expected] * 4


@pytest.mark.parametrize("wrong", [None, 3, b"bytes", ["list"], "\ud800"])
def test_what_is_no_text_is_refused_in_one_line(segmenter, wrong):
    for method in (segmenter.lcut, segmenter.tokenize, segmenter.probabilities):
        with pytest.raises(InputError) as refused:
            method(wrong)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("wrong", ["text", ["科学", None], [1], pa.array([1]), ["\ud800"], None, 3])
def test_what_is_no_column_of_texts_is_refused(segmenter, wrong):
    with pytest.raises(InputError):
        segmenter.cut_many(wrong)


def test_a_segmenter_that_is_not_there_says_how_to_get_one(published_home):
    corpus = minlex.open("tiny", published_home)
    with pytest.raises(InputError, match="no segmenter of kind crf; train one"):
        corpus.segmenter("crf")
    with pytest.raises(InputError, match="no segmenter of kind trained"):
        corpus.segmenter("trained")
