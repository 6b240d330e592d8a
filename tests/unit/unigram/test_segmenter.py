import numpy as np
import pyarrow as pa
import pytest

from tasks.text.token_rules import TokenRules
from tasks.text.trie import build_trie, find
from tasks.unigram.segmenter import UnigramSegmenter

WORDS = {"中外": 3, "科学": 4, "名著": 2, "中": 2, "外": 2, "科": 1, "学": 2, "名": 1, "著": 1, "外科": 2}


def segmenter(counts, **options):
    total = sum(counts.values())
    return UnigramSegmenter(list(counts), np.log([c / total for c in counts.values()]), **options)


def test_the_example_of_the_post():
    assert segmenter(WORDS).split("中外科学名著") == ["中外", "科学", "名著"]


def test_column_gives_rows_offsets_and_words():
    texts = pa.chunked_array([pa.array(["中外 科学", ""]), pa.array(["", "😀名著x\x00"])])
    result = segmenter(WORDS).segment(texts)
    assert result.sentence_index.tolist() == [0, 0, 3, 3, 3, 3]
    assert result.start.tolist() == [0, 3, 0, 1, 3, 4]
    assert result.end.tolist() == [2, 5, 1, 3, 4, 5]
    table = result.to_arrow()
    assert table["word"].to_pylist() == ["中外", "科学", "😀", "名著", "x", "\x00"]
    assert table["row"].to_pylist() == result.sentence_index.tolist()
    names = list(WORDS)
    assert [names[w] if w >= 0 else None for w in result.word] == ["中外", "科学", None, "名著", None, None]


@pytest.mark.parametrize("texts", [[], [""], ["", "  "], ["\n"]])
def test_nothing_gives_nothing(texts):
    result = segmenter(WORDS).segment(pa.array(texts, pa.string()))
    assert len(result.start) == 0
    assert result.to_arrow().num_rows == 0


def test_tie_goes_to_fewer_words_then_to_the_longer_first():
    flat = UnigramSegmenter(["a", "b", "c", "ab", "bc"], np.full(5, -2.0))
    assert flat.split("abc") == ["ab", "c"]
    assert UnigramSegmenter(["a", "aa"], np.array([-1.0, -2.0])).split("aaa") == ["aa", "a"]


def test_a_million_characters_in_one_sentence():
    text = "中外科学名著" * 170_000
    assert segmenter(WORDS).split(text) == ["中外", "科学", "名著"] * 170_000


def test_tokens_by_rule_stay_whole():
    rule = segmenter({**WORDS, "12": 1, "1": 1}, token_rules=TokenRules())
    result = rule.segment(pa.array(["科学1234名著12"]))
    assert result.to_arrow()["word"].to_pylist() == ["科学", "1234", "名著", "12"]
    assert result.word.tolist() == [1, -1, 2, len(WORDS)]


def test_blocks_do_not_change_the_result(monkeypatch):
    texts = pa.array(["中外科学", "", "名著 中", "x", "外科学"] * 50)
    whole = segmenter(WORDS).segment(texts)
    monkeypatch.setattr("tasks.text.characters.blocks.__defaults__", (7,))
    cut = segmenter(WORDS).segment(texts)
    assert whole.to_arrow().to_pylist() == cut.to_arrow().to_pylist()


def test_an_empty_list_leaves_characters():
    assert UnigramSegmenter([], np.array([])).split("中 x") == ["中", "x"]


@pytest.mark.parametrize(
    ("words", "log_p", "unknown", "message"),
    [
        (["a", ""], [-1, -1], None, "word 1 is empty"),
        (["a b"], [-1], None, "white space, got 'a b'"),
        (["ab", "c", "ab"], [-1, -1, -1], None, "distinct, got 'ab' twice"),
        (["a"], [0.5], None, "between -1000 and 0, got 0.5"),
        (["a"], [float("nan")], None, "between -1000 and 0, got nan"),
        (["a"], [-1, -2], None, "equally many, got 1 and 2"),
        (["a"], [-3], -3.0, "below every word's log probability -3.0, got -3.0"),
    ],
)
def test_bad_lexicon_is_refused(words, log_p, unknown, message):
    with pytest.raises(ValueError, match=message):
        UnigramSegmenter(words, np.array(log_p, np.float64), unknown)


def test_find_numbers_whole_words_only():
    trie = build_trie(["ab", "abc", "中"])
    assert find(trie, pa.array(["a", "ab", "abc", "abcd", "中", "x", ""])).tolist() == [
        -1,
        0,
        1,
        -1,
        2,
        -1,
        -1,
    ]
