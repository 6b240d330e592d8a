"""Neighbours left apart: their figures counted by hand from the tokens, and the reasons."""

from collections import Counter
from itertools import pairwise

import duckdb
import numpy as np
import polars as pl
import pytest

from tasks.lexicon.apart import left_apart, neighbours
from tasks.text.token_rules import TokenRules

RULES = TokenRules(dates=True, numbers=True)


def sentences(seed=4):
    rng = np.random.default_rng(seed)
    names = [["内塔尼亚", "胡"], ["中华", "人民", "共和国"], ["12", "月"]]
    others = ["记者", "报道", "人民", "在", "的", "了", "，", "共和国", "中华", "胡", "IT"]
    result = []
    for _ in range(300):
        words = [str(w) for w in rng.choice(others, 5)]
        at = int(rng.integers(0, 5))
        words[at:at] = names[int(rng.integers(0, len(names)))]
        result.append(words)
    return result


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    rows = []
    for number, words in enumerate(sentences()):
        starts = np.cumsum([0, *map(len, words)])
        # two sentences a document; in every twentieth a blank stands after the third word
        rows += [
            (number // 2, number % 2, int(start) + (i > 2 and number % 20 == 0), word)
            for i, (start, word) in enumerate(zip(starts, words, strict=False))
        ]
    table = pl.DataFrame(rows, schema=["doc_id", "sentence_no", "start", "word"], orient="row")
    path = tmp_path_factory.mktemp("tokens") / "part-00000.parquet"
    table.write_parquet(path)
    counts = (
        table["word"].value_counts(name="count").with_columns(pl.col("count").cast(pl.Int64)).sort("word")
    )
    with duckdb.connect() as duck:
        return neighbours(duck, [str(path)]), counts


def by_hand():
    met = Counter()
    for number, words in enumerate(sentences()):
        for i, (a, b) in enumerate(pairwise(words)):
            if (i != 2 or number % 20) and a != b:
                met[a, b] += 1
    return met


def test_pairs_are_those_that_meet_without_a_blank(cut):
    pairs, counts = cut
    uses = dict(counts.iter_rows())
    met = by_hand()
    assert {(a, b): n for a, b, n, _, _ in pairs.iter_rows()} == {
        pair: n for pair, n in met.items() if n >= 2 and "".join(pair) not in uses
    }
    for a, b, _, right, left in pairs.iter_rows():
        assert right == pytest.approx(
            sum(n for (x, y), n in met.items() if x == a and y[0] == b[0]) / uses[a]
        )
        assert left == pytest.approx(
            sum(n for (x, y), n in met.items() if y == b and x[-1] == a[-1]) / uses[b]
        )


def test_decisions_hold_the_gain_of_the_text_and_the_reason(cut):
    decided = left_apart(*cut, RULES, 16, 0.1)
    rows = {row["candidate"]: row for row in decided.iter_rows(named=True)}
    uses = Counter(w for words in sentences() for w in words if w not in ("，", "12", "IT"))
    total = uses.total()

    def cost(counts):
        return -sum(n * np.log2(n / counts.total()) for n in counts.values() if n)

    count = by_hand()["人民", "共和国"]
    after = uses + Counter({"人民共和国": count})
    after.subtract({"人民": count, "共和国": count})
    row = rows["人民共和国"]
    assert row["gain"] == pytest.approx(cost(uses) - cost(after), rel=1e-9)
    advantage = np.log(count * total / uses["人民"] / uses["共和国"])
    assert (row["count"], row["parts"], row["reason"]) == (count, "人民 共和国", "parts_are_free")
    assert row["parts_advantage"] == pytest.approx(advantage)
    assert rows["内塔尼亚胡"]["reason"] == "not_in_sample"
    assert not decided["kept"].any() and (decided["gain"] > 0).all()
    assert decided["candidate"].is_unique().all()
    assert not [word for word in rows if "，" in word or "IT" in word or "12" in word]


def test_the_reason_follows_the_settings(cut):
    reasons = [
        dict(left_apart(*cut, RULES, *bounds).select("candidate", "reason").iter_rows())["内塔尼亚胡"]
        for bounds in ((16, 0.1), (4, 0.1), (16, -1.0))
    ]
    assert reasons == ["not_in_sample", "too_long", "parts_are_free"]


def test_at_most_so_many_pairs(tmp_path):
    rows = {"doc_id": [1] * 9, "sentence_no": [0] * 9, "start": [*range(9)], "word": [*"甲乙丙甲乙丙甲乙丙"]}
    pl.DataFrame(rows).write_parquet(tmp_path / "tokens.parquet")
    with duckdb.connect() as duck:
        pairs = neighbours(duck, [str(tmp_path / "tokens.parquet")], most=1)
    assert pairs.select("left_word", "right_word", "count").rows() == [("乙", "丙", 3)]


def test_words_that_meet_twice_are_too_rare():
    pairs = pl.DataFrame(
        {"left_word": ["浪"], "right_word": ["底"], "count": [2], "right_share": [1.0], "left_share": [1.0]}
    )
    counts = pl.DataFrame({"word": ["底", "浪", "的"], "count": [2, 2, 500]})
    assert left_apart(pairs, counts, RULES, 16, 0.1)["reason"].to_list() == ["too_rare"]
    often = pairs.with_columns(count=pl.lit(3)), counts.with_columns(count=pl.Series([3, 3, 500]))
    assert left_apart(*often, RULES, 16, 0.1)["reason"].to_list() == ["not_in_sample"]
