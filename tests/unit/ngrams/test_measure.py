import hashlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.ngrams import count, shard, statistics
from tasks.ngrams.measure import measure
from tasks.ngrams.merge import write_run
from tasks.ngrams.rows import PARQUET_OPTIONS, SHARD_SCHEMA
from tasks.ngrams.shard import count_shard
from tasks.settings import NgramSettings
from tasks.store.parts import PartWriter
from tasks.tables import TABLES
from tests.unit.ngrams import oracle
from tests.unit.ngrams.samples import ALPHABETS, assert_like, batches, measured, random_sentences, write_shard


@pytest.mark.parametrize(("max_order", "min_count"), [(1, 1), (3, 2), (4, 1), (6, 2), (6, 4), (16, 2)])
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_equals_the_definitions(tmp_path, alphabet, max_order, min_count):
    for seed in range(3):
        sentences = random_sentences(seed, alphabet)
        expected = oracle.ngrams(sentences, max_order, min_count)
        path = write_shard(tmp_path, seed, sentences, max_order)
        if expected:
            table = measured(tmp_path, [([path], 1)], max_order, min_count)
            assert table.schema == TABLES["ngrams"].schema
            assert_like(table.to_pylist(), expected)


def test_shards_add_up_to_the_same_bits(tmp_path):
    sentences = [s for seed in range(14) for s in random_sentences(seed, "人工智能😀 ab")]
    whole = measured(tmp_path, [([write_shard(tmp_path, "all", sentences, 6)], 1)], 6)
    half = len(sentences) // 2
    first = write_shard(tmp_path, "first", sentences[:half], 6, threads=2)
    second = write_shard(tmp_path, "second", sentences[half:], 6)
    single = [write_shard(tmp_path, f"one-{i}", [s], 6) for i, s in enumerate(sentences)]
    extra = write_shard(tmp_path, "extra", ["别的文本😀", "ab ab"], 6)
    assert len(single) > 70  # more files than are merged at once
    for shards in (
        [([first, second], 1)],
        [([second], 1), ([first], 1)],
        [([path], 1) for path in single],
        [(single[::-1], 1)],
        [([first], 1), ([extra], 1), ([second], 1), ([extra], -1)],
        [([first], 2), ([second], 1), ([first], -1)],
    ):
        assert measured(tmp_path, shards, 6, threads=2).equals(whole)
        assert measured(tmp_path, shards, 6, memory_bytes=1).equals(whole)


@pytest.mark.parametrize("max_order", [1, 4, 6, 16])
def test_spilled_shard_equals_the_shard(tmp_path, max_order):
    sentences = [s for seed in range(6) for s in random_sentences(seed)]
    whole = pa.Table.from_batches(count_shard(batches(sentences), max_order, 1 << 30, str(tmp_path)))
    for memory_bytes in (1, 50_000):
        spilled = count_shard(batches(sentences, 13), max_order, memory_bytes, str(tmp_path), threads=2)
        assert pa.Table.from_batches(spilled).combine_chunks().equals(whole.combine_chunks())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_windows_of_a_shard_are_distinct_and_sorted(tmp_path, alphabet):
    for max_order in (1, 2, 6, 9):
        table = pa.Table.from_batches(
            count_shard(batches(random_sentences(1, alphabet) * 9), max_order, 1 << 30, str(tmp_path)),
            TABLES["ngram_shards"].schema,
        )
        keys = [tuple(row.values())[:6] for row in table.to_pylist()]
        assert keys == sorted(set(keys))


def test_everything_taken_away_leaves_nothing(tmp_path):
    path = write_shard(tmp_path, "a", ["人工智能"] * 3, 4)
    with pytest.raises(ValueError, match="must not be negative, got a count of -3"):
        measured(tmp_path, [([path], 1), ([path], -2)], 4)
    assert list(measure([([path], 1), ([path], -1)], NgramSettings(), 1 << 28, 1, str(tmp_path))) == []


@pytest.mark.parametrize("max_order", [0, 17])
def test_max_order_has_bounds(tmp_path, max_order):
    with pytest.raises(ValueError, match=f"from 1 to 16, got {max_order}"):
        next(count_shard(batches(["a"]), max_order, 1 << 20, str(tmp_path)))


@pytest.mark.parametrize("min_count", [1, 2, 3])
def test_row_groups_are_full(tmp_path, monkeypatch, min_count):
    sentences = [s for seed in range(20) for s in random_sentences(seed)]
    path = write_shard(tmp_path, "a", sentences, 3)
    wanted = measured(tmp_path, [([path], 1)], 3, min_count).combine_chunks()
    monkeypatch.setattr(statistics, "GROUP_ROWS", 7)
    groups = list(
        measure([([path], 1)], NgramSettings(max_order=3, min_count=min_count), 1 << 28, 2, str(tmp_path))
    )
    assert {len(group) for group in groups[:-1]} == {7}
    assert len(groups[-1]) == (len(wanted) - 1) % 7 + 1
    assert pa.Table.from_batches(groups).combine_chunks().equals(wanted)


def test_a_shard_comes_in_full_row_groups(tmp_path, monkeypatch):
    sentences = [s for seed in range(20) for s in random_sentences(seed)]
    whole = pa.Table.from_batches(count_shard(batches(sentences), 3, 1 << 30, str(tmp_path))).combine_chunks()
    monkeypatch.setattr(count, "GROUP_ROWS", 7)
    groups = list(count_shard(batches(sentences), 3, 1 << 30, str(tmp_path), threads=2))
    assert {len(group) for group in groups[:-1]} == {7}
    assert pa.Table.from_batches(groups).combine_chunks().equals(whole)


@pytest.mark.parametrize("max_order", [1, 3, 4, 6, 16])
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_characters_and_wider_units_write_the_same_bytes(tmp_path, monkeypatch, alphabet, max_order):
    sentences = [s for seed in range(3) for s in random_sentences(seed, alphabet)]

    def digest(name, threads):
        path = tmp_path / name
        with PartWriter(path, SHARD_SCHEMA, **PARQUET_OPTIONS) as writer:
            for batch in count_shard(batches(sentences), max_order, 1 << 30, str(tmp_path), threads):
                writer.write(batch)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    shortest = digest("shortest", 1)
    monkeypatch.setattr(count, "windows_of", count.windows_of_units)
    assert digest("units", 2) == shortest


def test_a_shard_as_it_was_written_before_is_read(tmp_path):
    sentences = random_sentences(3)
    now, before = tmp_path / "now.parquet", tmp_path / "before.parquet"
    table = pa.Table.from_batches(count_shard(batches(sentences), 4, 1 << 30, str(tmp_path)), SHARD_SCHEMA)
    pq.write_table(table, now, **PARQUET_OPTIONS)
    dictionaries = [name for name in SHARD_SCHEMA.names if name not in ("k0", "k1", "k2")]
    pq.write_table(table, before, compression="lz4", use_dictionary=dictionaries)
    tables = [measured(tmp_path, [([str(path)], 1)], 4) for path in (now, before)]
    assert tables[0].equals(tables[1])


def test_a_shard_does_not_depend_on_the_longest_piece(tmp_path, monkeypatch):
    sentences = [s for seed in range(6) for s in random_sentences(seed)]
    whole = pa.Table.from_batches(count_shard(batches(sentences), 6, 1 << 30, str(tmp_path)))
    runs = []
    monkeypatch.setattr(shard, "_MOST_CHARS", 100)
    monkeypatch.setattr(shard, "write_run", lambda *given: runs.append(given) or write_run(*given))
    pieces = pa.Table.from_batches(count_shard(batches(sentences, 5), 6, 1 << 30, str(tmp_path)))
    assert len(runs) > 5
    assert pieces.combine_chunks().equals(whole.combine_chunks())


@pytest.mark.parametrize("most", [(1 << 31) - 1, 1 << 31, 1 << 40])
def test_counts_beyond_32_bits_are_counted(tmp_path, most):
    windows = pa.table(
        {
            **{
                f"k{w}": [ord("a") << 42, ord("a") << 42 | ord("b") << 21] if w == 0 else [0, 0]
                for w in range(6)
            },
            "count": [most - 3, 3],
            "starts": [most - 3, 3],
        },
        schema=SHARD_SCHEMA,
    )
    pq.write_table(windows, tmp_path / "a.parquet")
    rows = measured(tmp_path, [([str(tmp_path / "a.parquet")], 1)], 2).to_pylist()
    assert [(row["gram"], row["count"], row["starts"], row["ends"]) for row in rows] == [
        ("a", most, most, most - 3),
        ("ab", 3, 3, 3),
    ]
