import numpy as np
import pytest

from tasks.engines.storage import Storage


def grown(storage, pieces):
    columns = [storage.column(np.int64), storage.column(np.int64)]
    for piece in pieces:
        columns[0].append(piece)
        columns[1].append(piece + 1)
    return columns


@pytest.mark.parametrize(("limit", "mapped"), [(0, True), (239, True), (240, False)])
def test_columns_go_to_files_beyond_the_limit_and_hold_the_same(tmp_path, limit, mapped):
    pieces = [np.arange(5), np.arange(0), np.arange(7), np.arange(3)]
    storage = Storage(str(tmp_path), limit)
    columns = grown(storage, pieces)
    assert storage.mapped == mapped
    joined = storage.join(columns)
    whole = np.concatenate(pieces)
    assert joined.tolist() == [*whole, *(whole + 1)]
    assert isinstance(joined.base, np.ndarray | None) != mapped
    storage.trim()
    assert joined.tolist() == [*whole, *(whole + 1)]
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_nothing_goes_to_files():
    storage = Storage()
    columns = grown(storage, [np.arange(1000)])
    assert not storage.mapped
    assert storage.join(columns).sum() == 999 * 1000 + 1000
    assert not storage.mapped


def test_arrays_made_after_the_limit_are_mapped(tmp_path):
    storage = Storage(str(tmp_path), 8)
    assert isinstance(storage.zeros(4, np.int32).base, np.ndarray | None)
    grown(storage, [np.arange(2)])
    zeros = storage.zeros(4, np.int32)
    assert not isinstance(zeros.base, np.ndarray | None)
    assert zeros.tolist() == [0, 0, 0, 0]
    assert storage.zeros(0, np.int32).tolist() == []


@pytest.mark.parametrize("limit", [0, 1 << 20])
def test_a_column_keeps_its_width_and_grows_over_many_blocks(tmp_path, limit):
    storage = Storage(str(tmp_path), limit)
    column = storage.column(np.int32)
    whole = np.arange(50_000, dtype=np.int64)
    for begin in range(0, len(whole), 700):
        column.append(whole[begin : begin + 700])
    joined = storage.join([column])
    assert joined.dtype == np.int32
    assert joined.tolist() == whole.tolist()
