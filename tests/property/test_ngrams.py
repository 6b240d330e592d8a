import tempfile

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.ngrams.shard import count_shard
from tasks.ngrams.trie_builder import TrieBuilder
from tests.unit.ngrams import oracle
from tests.unit.ngrams.samples import assert_like, batches, count_text, measured, write_shard

texts = st.lists(st.text(alphabet="ab😀人 \U0010ffff", max_size=12), min_size=1, max_size=12)
orders = st.sampled_from([1, 3, 4, 6, 16])


@settings(max_examples=150, deadline=None)
@given(sentences=texts, max_order=orders)
def test_counts_equal_enumeration(sentences, max_order):
    counts, starts, ends = oracle.count(sentences, max_order)
    builder = TrieBuilder(depth=max_order, floor=1)
    for rows in count_text(pa.array(sentences), max_order):
        builder.extend(rows.words, rows.count, rows.starts)
    trie = builder.finish()
    for order in range(1, max_order + 1):
        grams = [g for g in sorted(counts) if len(g) == order]
        where = trie.level(order)
        assert trie.spell(order, np.arange(trie.size(order), dtype=np.int32)).to_pylist() == grams
        assert trie.count[where].tolist() == [counts[g] for g in grams]
        assert trie.starts[where].tolist() == [starts[g] for g in grams]
        if order < max_order:
            assert trie.ends[where].tolist() == [ends[g] for g in grams]


@settings(max_examples=40, deadline=None)
@given(sentences=texts, max_order=orders, memory_bytes=st.sampled_from([1, 200, 1 << 30]))
def test_a_shard_does_not_depend_on_the_memory(sentences, max_order, memory_bytes):
    with tempfile.TemporaryDirectory() as folder:
        whole = list(count_shard(batches(sentences), max_order, 1 << 30, folder))
        spilled = list(count_shard(batches(sentences, 2), max_order, memory_bytes, folder))
    assert [r for b in whole for r in b.to_pylist()] == [r for b in spilled for r in b.to_pylist()]


@pytest.mark.parametrize("min_count", [1, 2])
@settings(max_examples=12, deadline=None)
@given(sentences=texts, taken=texts, max_order=orders, data=st.data())
def test_parts_add_up_and_subtract_bit_for_bit(min_count, sentences, taken, max_order, data):
    cut = data.draw(st.integers(0, len(sentences)))
    with tempfile.TemporaryDirectory() as folder:
        whole = [([write_shard(folder, "whole", [*sentences, "ab"], max_order)], 1)]
        parts = [
            ([write_shard(folder, "a", sentences[:cut], max_order)], 1),
            ([write_shard(folder, "b", [*sentences[cut:], "ab", *taken], max_order)], 1),
            ([write_shard(folder, "c", taken, max_order)], -1),
        ]
        wanted = measured(folder, whole, max_order, 1)
        assert measured(folder, data.draw(st.permutations(parts)), max_order, 1).equals(wanted)
        if min_count > 1:
            written = measured(folder, [*parts, *whole], max_order, min_count)
            assert written.equals(measured(folder, [(whole[0][0], 2)], max_order, min_count))


@settings(max_examples=12, deadline=None)
@given(sentences=texts, max_order=orders, min_count=st.sampled_from([1, 2, 3]), data=st.data())
def test_any_course_of_counting_ends_in_the_table_that_enumeration_gives(
    sentences, max_order, min_count, data
):
    # One batch or twenty in any order, by any number of workers, in any memory and sizes of read.
    sentences = [*sentences, "aaaa"]
    batch_of = data.draw(st.lists(st.integers(0, 19), min_size=len(sentences), max_size=len(sentences)))
    threads = data.draw(st.integers(1, 3))
    memory_bytes = data.draw(st.sampled_from([1, 1 << 30]))
    with tempfile.TemporaryDirectory() as folder:
        shards = []
        for number in data.draw(st.permutations(sorted(set(batch_of)))):
            batch = [s for s, n in zip(sentences, batch_of, strict=True) if n == number]
            shards.append(([write_shard(folder, number, batch, max_order, memory_bytes, threads)], 1))
        table = measured(folder, shards, max_order, min_count, threads, memory_bytes)
    assert_like(table.to_pylist(), oracle.ngrams(sentences, max_order, min_count))
