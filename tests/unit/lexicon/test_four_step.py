import math
from collections import Counter

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from tasks.lexicon.counts import count_words
from tasks.lexicon.four_step import build_lexicon
from tasks.lexicon.redundancy import remove_redundant
from tasks.settings import LexiconSettings
from tasks.tables import TABLES
from tasks.text.token_rules import TokenRules


def count_ngrams(texts, order=4):
    counts = [Counter() for _ in range(order + 1)]
    for text in texts:
        for n in range(1, order + 1):
            counts[n].update(text[i : i + n] for i in range(len(text) - n + 1))
    total = sum(counts[1].values())
    rows = []
    for n in range(1, order + 1):
        for gram, count in counts[n].items():
            if count < 2:
                continue
            splits = [counts[k][gram[:k]] * counts[n - k][gram[k:]] for k in range(1, n)]
            pmi = min((math.log(count * total / s) for s in splits), default=None)
            rows.append(
                {
                    "gram": gram,
                    "length": n,
                    "count": count,
                    "pmi": pmi,
                    "left_entropy": 0.5,
                    "right_entropy": 0.25,
                }
            )
    types = {"string": pl.String, "int64": pl.Int64, "float64": pl.Float64}
    schema = {c.name: types[c.type] for c in TABLES["ngrams"].columns}
    return pl.DataFrame(rows, schema=schema)


def corpus():
    rng = np.random.default_rng(7)
    words = [
        "中国",
        "人",
        "的",
        "主要",
        "工作",
        "1998，",
        "NATO。",
        "，",
        "大",
        "小",
        "来",
        "去",
        "。",
        "山",
        "水",
        "共和国",
    ]
    return ["".join(rng.choice(words, 12)) for _ in range(400)] + ["龘", "4 2"]


@pytest.fixture(scope="module")
def built():
    texts = corpus()
    settings = LexiconSettings(min_count=5, min_pmi=1.0, max_length=4)
    result = build_lexicon(count_ngrams(texts), [pa.array(texts[:200]), pa.array(texts[200:])], settings)
    return texts, result, count_words(result.lexicon, [pa.array(texts)], result.token_rules)


def test_words_are_found(built):
    _, result, lexicon = built
    longer = set(lexicon.filter(pl.col("length") > 1)["word"])
    assert longer == {"中国", "主要", "工作", "1998", "NATO", "共和国"}
    assert result.token_rules == TokenRules(dates=True, numbers=True)


def test_every_character_is_a_word(built):
    texts, _, lexicon = built
    assert set("".join(texts)) - {" "} <= set(lexicon["word"])


@pytest.mark.parametrize("name", ["lexicon", "decisions"])
def test_frames_have_the_columns_of_their_tables(built, name):
    frame = getattr(built[1], name)
    frame = frame.with_columns(known=False) if name == "lexicon" else frame
    table = TABLES["lexicon" if name == "lexicon" else "lexicon_decisions"]
    assert frame.to_arrow().cast(table.schema).schema == table.schema
    assert frame[table.key[0]].is_unique().all()
    for column in table.columns:
        values = frame[column.name]
        assert column.nullable or values.null_count() == 0
        if column.minimum is not None:
            assert values.min() >= column.minimum, column.name


def test_counts_are_those_of_the_cut_corpus(built):
    texts, _, lexicon = built
    count = dict(lexicon.select("word", "count").iter_rows())
    joined = "".join(texts)
    for word in ("中国", "主要", "共和国", "1998", "，", "大"):
        assert count[word] == joined.count(word)
    assert count["中"] == count["要"] == 0
    assert count["4"] == 1
    assert (lexicon["count"] * lexicon["length"]).sum() == len("".join(joined.split()))
    assert lexicon["probability"].sum() == pytest.approx(1, abs=1e-9)


def test_gain_is_the_exact_drop_of_the_whole_corpus(built):
    lexicon = built[2]
    count = dict(lexicon.select("word", "count").iter_rows())

    def bits(counts):
        used = np.array([c for c in counts.values() if c > 0], float)
        return -float(np.sum(used * np.log2(used / used.sum())))

    for word, gain, parts in lexicon.filter(pl.col("length") > 1).select("word", "gain", "parts").iter_rows():
        without = dict(count)
        used = without.pop(word)
        for part in parts.split(" "):
            without[part] += used
        assert gain == pytest.approx(bits(without) - bits(count), rel=1e-9)
        assert gain > 0


def test_reasons_are_given(built):
    decisions = built[1].decisions
    row = {r["candidate"]: r for r in decisions.iter_rows(named=True)}
    assert row["中国"]["reason"] == "worth_more_than_parts"
    assert row["1998"]["reason"] == "token_by_rule"
    assert row["大"]["reason"] == "character"
    assert row["人的"]["reason"] in {"weak_pair", "rare_pair"}
    assert row["人的"]["step"] == "cut"
    assert set(built[2]["word"]) == set(decisions.filter("kept")["candidate"])


def test_too_rare_and_too_long_pieces_are_dropped():
    texts = ["甲乙丙丁戊己"] * 9 + ["子丑"] * 3 + list("天地玄黄宇宙洪荒") * 40
    settings = LexiconSettings(min_count=5, max_length=5)
    loose = LexiconSettings(min_count=2, max_length=5)
    decisions = build_lexicon(count_ngrams(texts), [pa.array(texts)], settings).decisions
    row = {r["candidate"]: r for r in decisions.iter_rows(named=True)}
    assert (row["甲乙丙丁戊己"]["step"], row["甲乙丙丁戊己"]["reason"]) == ("truncate", "too_long")
    assert (row["子丑"]["step"], row["子丑"]["reason"]) == ("cut", "rare_pair")
    assert "子丑" in set(build_lexicon(count_ngrams(texts), [pa.array(texts)], loose).lexicon["word"])


def verdict(counts):
    words = sorted(counts, key=lambda w: (len(w), w))
    lengths = np.array([len(w) for w in words])
    result = remove_redundant(
        pa.array(words), lengths, np.array([counts[w] for w in words]), np.zeros(len(words), bool)
    )
    return words, result


def test_what_its_parts_explain_falls_out_and_gives_its_count():
    counts = {"的": 5000, "主要": 300, "主": 50, "要": 60, "的主要": 40, "中国": 900, "人": 800,
              "中国人": 200, "中": 10, "国": 10, "过": 20_000}  # fmt: skip
    words, result = verdict(counts)
    kept = dict(zip(words, result.kept, strict=True))
    final = dict(zip(words, result.count.tolist(), strict=True))
    assert not kept["的主要"]
    assert kept["中国人"]
    assert final["的"] == 5040
    assert final["主要"] == 340
    assert final["的主要"] == 0
    i = words.index("的主要")
    total = sum(counts.values())
    by_hand = math.log(40 / total) - math.log(5000 / total) - math.log(300 / total)
    assert result.advantage[i] == pytest.approx(by_hand)
    parts = result.parts.row(i)
    assert [words[k] for k in parts] == ["的", "主要"]


def test_longer_words_leave_their_counts_before_shorter_ones_are_judged():
    # abc dissolves into ab and c, which lifts ab above its own parts
    counts = {"a": 400, "b": 400, "c": 5000, "ab": 30, "abc": 40, "x": 2000}
    words, result = verdict(counts)
    kept = dict(zip(words, result.kept, strict=True))
    assert not kept["abc"]
    assert result.considered[words.index("ab")] == 70


def test_an_empty_corpus_gives_empty_tables():
    result = build_lexicon(count_ngrams([]), [pa.array([], pa.string())], LexiconSettings())
    assert result.lexicon.height == 0
    assert result.decisions.height == 0
