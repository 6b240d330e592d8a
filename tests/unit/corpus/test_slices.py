import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.corpus.slices import Slice, even_slices, read_slice, row_group_slices


@pytest.fixture
def paths(tmp_path):
    found = []
    for name, numbers in (("a", range(23)), ("b", ()), ("c", range(100, 110))):
        found.append(str(tmp_path / name))
        pq.write_table(
            pa.table({"n": pa.array(numbers, pa.int64()), "x": numbers}), found[-1], row_group_size=5
        )
    return found


def values(part):
    return [n for batch in read_slice(part, ["n"]) for n in batch.column("n").to_pylist()]


@pytest.mark.parametrize("rows", [1, 4, 5, 7, 100])
def test_slices_hold_every_row_once_in_order(paths, rows):
    everything = [*range(23), *range(100, 110)]
    assert [n for part in even_slices(paths, rows) for n in values(part)] == everything
    assert [n for part in row_group_slices(paths) for n in values(part)] == everything
    assert {part.end - part.first for part in even_slices(paths, rows)[:-1]} <= {rows, 23 % rows, 10}


def test_a_slice_reads_its_rows_alone(paths):
    assert values(Slice(paths[0], 4, 11)) == [4, 5, 6, 7, 8, 9, 10]
    assert [batch.schema.names for batch in read_slice(Slice(paths[0], 0, 1), ["x"])] == [["x"]]
    assert row_group_slices(paths[2:]) == [Slice(paths[2], 0, 5), Slice(paths[2], 5, 10)]
