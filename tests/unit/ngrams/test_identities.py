import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.ngrams.identities import check_identities
from tasks.settings import NgramSettings
from tests.unit.ngrams.samples import measured, write_shard

SENTENCES = ["人工智能人工智能", "智能 人工", "aaaa", "好😀好😀", "人工智能好"]


def check(folder, table, shards, characters, min_count=2, sample=1):
    path = folder / "ngrams.parquet"
    pq.write_table(table, path)
    found = check_identities(
        [str(path)],
        shards,
        NgramSettings(max_order=4, min_count=min_count),
        characters=characters,
        memory_bytes=1 << 28,
        scratch=str(folder),
        sample=sample,
    )
    return {identity.name for identity in found if not identity.passed}


@pytest.fixture
def shards(tmp_path):
    return [([write_shard(tmp_path, "a", SENTENCES, 4)], 1)]


@pytest.mark.parametrize("min_count", [1, 2, 3])
def test_hold_for_a_true_table(tmp_path, shards, min_count):
    table = measured(tmp_path, shards, 4, min_count)
    assert check(tmp_path, table, shards, 25, min_count) == set()
    assert check(tmp_path, table, shards, 25, min_count, sample=2) == set()


@pytest.mark.parametrize(
    ("column", "broken"),
    [
        ("count", {"right extensions + ends = count", "left extensions + starts = count",
                   "count = occurrences in the shards"}),
        ("ends", {"right extensions + ends = count"}),
        ("starts", {"left extensions + starts = count"}),
    ],
)  # fmt: skip
def test_fail_when_a_figure_is_altered(tmp_path, shards, column, broken):
    table = measured(tmp_path, shards, 4)
    values = table[column].to_pylist()
    values[3] += 1
    altered = table.set_column(table.column_names.index(column), column, pa.array(values))
    assert check(tmp_path, altered, shards, 25) == broken


def test_fail_when_a_gram_is_missing(tmp_path, shards):
    table = measured(tmp_path, shards, 4)
    assert check(tmp_path, table.slice(1), shards, 25) == {"count = occurrences in the shards"}


def test_fail_when_a_shard_row_is_lost(tmp_path, shards):
    table = pq.read_table(shards[0][0][0])
    damaged = tmp_path / "damaged.parquet"
    kept = [i for i in range(len(table)) if i != table["count"].to_pylist().index(2)]
    pq.write_table(table.take(kept), damaged)
    shards = [([str(damaged)], 1)]
    broken = check(tmp_path, measured(tmp_path, shards, 4), shards, 25)
    assert "left extensions + starts = count" in broken
    assert "order 1 counts = characters" in broken
