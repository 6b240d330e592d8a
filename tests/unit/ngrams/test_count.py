import numpy as np
import pyarrow as pa
import pytest

from tasks.ngrams.count import count_windows
from tasks.ngrams.trie_builder import TrieBuilder
from tests.unit.ngrams import oracle
from tests.unit.ngrams.samples import ALPHABETS, count_text, random_sentences


def count_trie(sentences, max_order, threads=1):
    builder = TrieBuilder(depth=max_order, floor=1)
    for rows in count_text(pa.array(sentences, pa.string()), max_order, threads):
        builder.extend(rows.words, rows.count, rows.starts)
    return builder.finish()


def as_rows(trie, order):
    where = trie.level(order)
    columns = (trie.count[where].tolist(), trie.starts[where].tolist(), trie.ends[where].tolist())
    return list(
        zip(trie.spell(order, np.arange(trie.size(order), dtype=np.int32)).to_pylist(), *columns, strict=True)
    )


def expected_rows(sentences, max_order, order):
    counts, starts, ends = oracle.count(sentences, max_order)
    return [
        (g, counts[g], starts[g], ends[g] if order < max_order else 0)
        for g in sorted(counts)
        if len(g) == order
    ]


@pytest.mark.parametrize("max_order", [1, 2, 3, 4, 5, 6, 7, 8, 10, 16, 17])
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_equals_enumeration(max_order, alphabet):
    for seed in range(4):
        sentences = random_sentences(seed, alphabet)
        counted = count_trie(sentences, max_order, 1 + seed % 2)
        for order in range(1, max_order + 1):
            assert as_rows(counted, order) == expected_rows(sentences, max_order, order)


def test_overlaps_count():
    counted = count_trie(["aaaa"], 3)
    assert as_rows(counted, 1) == [("a", 4, 1, 1)]
    assert as_rows(counted, 2) == [("aa", 3, 1, 1)]
    assert as_rows(counted, 3) == [("aaa", 2, 1, 0)]


@pytest.mark.parametrize("sentences", [[], [""], [" \u3000"], ["", ""]])
def test_no_text_has_no_ngrams(sentences):
    counted = count_trie(sentences, 3)
    assert [counted.size(n) for n in (1, 2, 3)] == [0, 0, 0]


def test_large_alphabets_beyond_the_pair_bitmap():
    draw = np.random.default_rng(3)
    letters = [chr(c) for c in draw.choice(np.arange(0x10000, 0x10FFFF), 20_000, replace=False)]
    sentences = ["".join(draw.choice(letters, 60)) for _ in range(50)] * 2
    for max_order in (4, 7, 17):
        counted = count_trie(sentences, max_order, threads=2)
        assert as_rows(counted, max_order) == expected_rows(sentences, max_order, max_order)


def test_many_buckets_and_repeats():
    draw = np.random.default_rng(5)
    letters = [chr(0x4E00 + c) for c in range(3000)]
    ranks = np.minimum(draw.zipf(1.3, 40_000), 3000) - 1
    text = "".join(letters[r] for r in ranks)
    sentences = [text[i : i + 37] for i in range(0, len(text), 37)] + [text[:999]] * 3
    counted = count_trie(sentences, 7, threads=2)
    for order in (1, 4, 7):
        assert as_rows(counted, order) == expected_rows(sentences, 7, order)


def test_code_points_and_depth_have_bounds():
    with pytest.raises(ValueError, match="0 to 2097151, got 0 to 2097152"):
        list(count_windows(np.array([0, 1 << 21, 0], dtype=np.int32), 2))
    with pytest.raises(ValueError, match="at least 1, got 0"):
        list(count_windows(np.array([0, 65, 0], dtype=np.int32), 0))
    builder = TrieBuilder(depth=2, floor=1)
    for rows in count_windows(np.array([0, (1 << 21) - 1, 1, 0], dtype=np.int32), 2):
        builder.extend(rows.words, rows.count, rows.starts)
    assert builder.finish().char.tolist() == [1, (1 << 21) - 1, 1]
