"""How a corpus spells a string, and the gain of one word, against the tokens and their cost written out."""

from collections import Counter

import duckdb
import numpy as np
import polars as pl
import pytest

from tasks.explain.undecided import gain_as_one_word, spellings

SENTENCES = [
    ["中华", "人民", "共和国", "的", "人民"],
    ["在", "中华", "人民", "共和国"],
    ["中华人", "民", "共和", "国"],
    ["大中华", "人民", "共和国"],
    ["人民", "共和国", "人民", "共和国"],
]


@pytest.fixture
def corpus():
    tokens = [
        (number, 0, sum(map(len, words[:i])), word)
        for number, words in enumerate(SENTENCES)
        for i, word in enumerate(words)
    ]
    sentences = [(number, 0, "".join(words)) for number, words in enumerate(SENTENCES)]
    with duckdb.connect() as connection:
        frames = {
            "tokens": pl.DataFrame(tokens, ["doc_id", "sentence_no", "start", "word"], orient="row"),
            "sentences": pl.DataFrame(sentences, ["doc_id", "sentence_no", "text"], orient="row"),
        }
        for name, frame in frames.items():
            connection.register(name, frame.to_arrow())
        yield connection


def test_spellings_are_the_tokens_of_each_place(corpus):
    assert spellings(corpus, "中华人民共和国") == {
        ("中华", "人民", "共和国"): 2,
        ("中华人", "民", "共和", "国"): 1,
        (): 1,
    }
    assert spellings(corpus, "人民共和国")["人民", "共和国"] == 5
    assert spellings(corpus, "英国") == {}


def test_the_gain_is_what_the_cost_of_the_text_falls_by():
    tokens = [word for words in SENTENCES for word in words]

    def cost(words):
        uses = Counter(words)
        return -sum(n * np.log2(n / len(words)) for n in uses.values())

    joined = tokens.copy()
    for _ in range(2):
        at = next(i for i in range(len(joined)) if joined[i : i + 3] == ["中华", "人民", "共和国"])
        joined[at : at + 3] = ["中华人民共和国"]
    gain = gain_as_one_word(("中华", "人民", "共和国"), 2, Counter(tokens), len(tokens))
    assert gain == pytest.approx(cost(tokens) - cost(joined))


def test_places_that_overlap_become_as_many_words_as_their_parts_allow():
    assert gain_as_one_word(("哈", "哈"), 3, {"哈": 4}, 10) == gain_as_one_word(
        ("哈", "哈"), 2, {"哈": 4}, 10
    )
