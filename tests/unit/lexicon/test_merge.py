"""Merging against a text really merged: the cost recounted from its tokens before and after every merge."""

import itertools
from collections import Counter

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.lexicon.counts import count_words
from tasks.lexicon.merge import merge_neighbours
from tasks.lexicon.merge_lexicon import merge_lexicon
from tasks.settings import LexiconSettings
from tasks.tables import TABLES
from tasks.text.characters import decode
from tasks.text.grams import mined_runs
from tasks.text.token_rules import RAW, TokenRules

texts = st.lists(st.text("abcd", min_size=1, max_size=30), min_size=1, max_size=8)


def bits(rows):
    counts = np.array(list(Counter(token for row in rows for token in row).values()))
    return float(-(counts * np.log2(counts / counts.sum())).sum())


def put_together(row, parts):
    merged, i = [], 0
    while i < len(row):
        whole = row[i : i + len(parts)] == parts
        merged.append("".join(parts) if whole else row[i])
        i += len(parts) if whole else 1
    return merged


def merged(strings, max_length=8):
    runs = mined_runs(decode(pa.array(strings)), RAW)
    result = merge_neighbours(runs.character, max_length)

    def spelt(kind):
        first, length = result.text.kind[kind, 1:3]
        return "".join(chr(runs.alphabet[c]) for c in runs.character[first : first + length])

    return runs, result, spelt


def sizes(rows):
    return Counter(token for row in rows for token in row)


def entry(rows, parts, count):
    counts, total = sizes(rows), sum(map(len, rows))
    if counts["".join(parts)]:
        return 0.0
    return sum(np.log2(total / counts[p]) for p in parts) + len(parts) - 1 + 2 * int(np.log2(count)) + 1


def pair_drops(rows, longest):
    """The drop of every pair seen three times without overlap, and its entry, by merging it."""
    pairs = {pair for row in rows for pair in itertools.pairwise(row)}
    for pair in sorted(pairs):
        after = [put_together(row, list(pair)) for row in rows]
        count = sum(map(len, rows)) - sum(map(len, after))
        if count >= 3 and sum(map(len, pair)) <= longest:
            yield pair, bits(rows) - bits(after), entry(rows, pair, count)


def replay(strings, longest=8):
    runs, result, spelt = merged(strings, longest)
    rows = [list(s) for s in strings]
    refused: set[tuple[str, str]] = set()
    for merge in result.merges:
        parts = [spelt(kind) for kind in merge.parts]
        assert spelt(merge.word) == "".join(parts)
        after = [put_together(row, parts) for row in rows]
        assert sum(map(len, rows)) - sum(map(len, after)) == merge.count * (len(parts) - 1)
        assert bits(rows) - bits(after) == pytest.approx(merge.saved_bits, abs=1e-9)
        assert merge.entry_bits == pytest.approx(entry(rows, parts, merge.count), abs=1e-9)
        assert merge.saved_bits > merge.entry_bits
        drops = list(pair_drops(rows, longest))
        # entries get shorter with the text: a pair that did not pay before may have been given up for a while
        paying = [drop for pair, drop, cost in drops if drop > cost and pair not in refused]
        if paying:
            assert merge.saved_bits >= max(paying) - 1e-9
        refused |= {pair for pair, drop, cost in drops if drop <= cost}
        rows = after
    assert not [pair for pair, drop, cost in pair_drops(rows, longest) if drop > cost + 1e-9]
    begins = np.flatnonzero(result.begins[runs.character >= 0])
    lengths = [len(token) for row in rows for token in row]
    assert begins.tolist() == [0, *np.cumsum(lengths)[:-1]]
    return result, spelt


@settings(max_examples=60, deadline=None)
@given(texts)
def test_every_merge_saves_what_it_claims_and_none_that_pays_is_left(strings):
    replay(strings)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["abc", "ab", "c", "aaa", "bab", "dc"]), min_size=30, max_size=120))
def test_so_it_does_where_words_are_merged_twice_or_overlap_themselves(words):
    replay(["".join(words[:50]), "".join(words[50:]) or "a"])


def test_words_are_found_and_a_word_of_weak_pairs_is_merged_at_once():
    rng = np.random.default_rng(5)
    syllables = list("甲乙丙丁戊己庚辛壬癸")
    strings = []
    for _ in range(150):
        row = rng.choice([*syllables, "中国", "甲丙戊"], 40, p=[0.08] * 10 + [0.1, 0.1])
        strings.append("".join(row))
    result, spelt = replay(strings)
    words = {spelt(merge.word): len(merge.parts) for merge in result.merges}
    assert words["中国"] == 2
    assert words["甲丙戊"] == 3


def test_no_word_is_longer_than_allowed_and_the_same_text_gives_the_same_merges():
    strings = ["abcdef" * 9, "abcdefg" * 7, "gfedcba" * 3]
    result, spelt = replay(strings, longest=3)
    assert max(len(spelt(merge.word)) for merge in result.merges) == 3
    assert merged(strings, 3)[1].merges == result.merges


def test_runs_must_be_framed():
    with pytest.raises(ValueError, match="begin and end with -1"):
        merge_neighbours(np.array([0, 1, -1]), 4)
    assert merge_neighbours(np.array([-1]), 4).merges == ()


def test_the_lexicon_has_the_words_still_used_and_a_reason_for_every_candidate():
    rng = np.random.default_rng(5)
    texts = [
        "".join([*rng.choice([*"的在是了和有", "中国", "经济", "共和国"], 20), "，12%。"]) for _ in range(300)
    ]
    rows = [(c, 1, 9, None) for c in sorted(set("".join(texts)))]
    frame = pl.DataFrame(rows, schema=["gram", "length", "count", "pmi"], orient="row").with_columns(
        pl.col("pmi").cast(pl.Float64), left_entropy=pl.lit(0.5), right_entropy=pl.lit(0.5)
    )
    found = merge_lexicon(frame, pa.array(texts), LexiconSettings(method="merge"), TokenRules())
    assert {"中国", "经济", "共和国", "12%"} <= set(found.lexicon["word"])
    assert found.lexicon["word"].is_unique().all()
    assert found.decisions["candidate"].is_unique().all()
    assert set(found.lexicon["word"]) == set(found.decisions.filter(pl.col("kept"))["candidate"])
    joined = found.decisions["parts"].str.replace_all(" ", "")
    assert (joined == found.decisions["candidate"]).all()
    assert {"pays_for_its_entry", "does_not_pay", "character", "token_by_rule"} <= set(
        found.decisions["reason"]
    )
    for name, table in (
        ("lexicon", found.lexicon.with_columns(known=False)),
        ("lexicon_decisions", found.decisions),
    ):
        assert table.to_arrow().cast(TABLES[name].schema).schema == TABLES[name].schema
    used = count_words(found.lexicon, [pa.array(texts)], TokenRules())
    assert (used["count"] * used["length"]).sum() == sum(map(len, texts))
