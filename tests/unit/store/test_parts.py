import hashlib
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.store import parts
from tasks.store.parts import PartWriter, TableWriter
from tests.tiny_corpus import batch_of, rows

SCHEMA = pa.schema(
    [
        pa.field("number", pa.int64(), nullable=False),
        pa.field("text", pa.string()),
        pa.field("tag", pa.string(), nullable=False),
    ]
)
ROW_GROUP, ROW_GROUP_BYTES = 7, 40


@pytest.fixture(scope="module", autouse=True)
def small_groups():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "GROUP_ROWS", ROW_GROUP)
        patch.setattr(parts, "GROUP_BYTES", ROW_GROUP_BYTES)
        yield


def batch(rows, first=0):
    return pa.RecordBatch.from_pylist(
        [{"number": first + i, "text": text, "tag": "t"} for i, text in enumerate(rows)], schema=SCHEMA
    )


def written(path, batches):
    with PartWriter(path, SCHEMA) as writer:
        for one in batches:
            writer.write(one)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def group_rows(path):
    metadata = pq.read_metadata(path)
    return [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]


texts = st.lists(
    st.one_of(
        st.none(),
        st.text("语a", max_size=6),
        st.integers(20, 150).map(lambda n: "长" * (n // 3) + "x" * (n % 3)),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(texts, st.data())
def test_bytes_do_not_depend_on_how_rows_are_split(rows, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=8)))
    edges = [0, *cuts, len(rows)]
    whole = batch(rows)
    splits = {
        "whole": [whole],
        "one row at a time": [whole.slice(i, 1) for i in range(len(rows))],
        "cut": [whole.slice(a, b - a) for a, b in pairwise(edges)],
        "copied": [batch(rows[a:b], a) for a, b in pairwise(edges)],
        "table": [pa.Table.from_batches([whole.slice(a, b - a) for a, b in pairwise(edges)])],
    }
    with TemporaryDirectory() as folder:
        made = {name: written(Path(folder) / f"{name}.parquet", split) for name, split in splits.items()}
        assert len(set(made.values())) == 1, made
        path = Path(folder) / "cut.parquet"
        table = pq.read_table(path)
        assert table.column("text").to_pylist() == rows
        assert table.column("number").to_pylist() == list(range(len(rows)))
        assert sum(group_rows(path)) == len(rows)


def test_groups_end_at_so_many_rows(tmp_path):
    written(tmp_path / "p.parquet", [batch([""] * 20)])
    assert group_rows(tmp_path / "p.parquet") == [7, 7, 6]


def test_groups_end_where_the_bytes_are_reached(tmp_path):
    rows = ["x" * 38, "", "x" * 100, "x" * 18, "x" * 18, "x", "y"]
    written(tmp_path / "p.parquet", [batch(rows)])
    # tag adds one byte a row: 39 + 1, 101, 19 + 19 + 2
    assert group_rows(tmp_path / "p.parquet") == [2, 1, 3, 1]


def test_written_rows_are_counted(tmp_path):
    with PartWriter(tmp_path / "p.parquet", SCHEMA) as writer:
        writer.write(batch(["a", "b"]))
        writer.write(batch([]))
        writer.write(pa.Table.from_batches([batch(["c"]), batch(["d"])]))
        assert writer.rows == 4


def test_an_empty_file_has_the_schema(tmp_path):
    written(tmp_path / "p.parquet", [])
    table = pq.read_table(tmp_path / "p.parquet")
    assert table.num_rows == 0
    assert table.schema.equals(SCHEMA)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (pa.record_batch({"number": [1], "text": ["x"], "other": ["t"]}), "field names are not matching"),
        (pa.record_batch({"text": ["x"], "number": [1], "tag": ["t"]}), "field names are not matching"),
        (pa.record_batch({"number": [1], "text": ["x"]}), "field names are not matching"),
        (pa.record_batch({"number": ["x"], "text": ["x"], "tag": ["t"]}), "Failed to parse string"),
        (pa.record_batch({"number": [1.5], "text": ["x"], "tag": ["t"]}), "truncated"),
        (
            pa.record_batch({"number": pa.array([None], pa.int64()), "text": ["x"], "tag": ["t"]}),
            "null values to non-nullable",
        ),
    ],
    ids=["name", "order", "missing", "type", "fraction", "null"],
)
def test_rows_that_do_not_fit_the_schema_are_refused(tmp_path, wrong, error):
    with pytest.raises(ValueError, match=error), PartWriter(tmp_path / "p.parquet", SCHEMA) as writer:
        writer.write(wrong)


def test_wider_strings_and_narrower_integers_are_cast(tmp_path):
    wide = pa.record_batch(
        {
            "number": pa.array([1], pa.int8()),
            "text": pa.array(["x"], pa.large_string()),
            "tag": pa.array(["t"]).dictionary_encode(),
        }
    )
    assert written(tmp_path / "a.parquet", [wide]) == written(tmp_path / "b.parquet", [batch(["x"], 1)])


def test_what_is_pending_is_not_written_after_an_error(tmp_path):
    with pytest.raises(RuntimeError), PartWriter(tmp_path / "p.parquet", SCHEMA) as writer:
        writer.write(batch(["x"] * 8))
        raise RuntimeError
    assert pq.read_metadata(tmp_path / "p.parquet").num_rows == 7


TOKENS = rows()["tokens"]
FORMS = {
    "dicts": TOKENS,
    "batch": batch_of("tokens", TOKENS),
    "table": pa.Table.from_batches([batch_of("tokens", TOKENS)]),
    "batches": [batch_of("tokens", TOKENS[:3]), batch_of("tokens", TOKENS[3:])],
    "frame": pl.DataFrame(TOKENS),
    "columns in another order": pl.DataFrame(TOKENS).select("word", "start", "sentence_no", "doc_id"),
    "frames": [pl.DataFrame(TOKENS[:5]), pl.DataFrame(TOKENS[5:])],
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_of_every_form_become_the_same_part(tmp_path, form):
    for name, given_rows in {"dicts": TOKENS, form: FORMS[form]}.items():
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        write = TableWriter({"tokens": folder})
        write("tokens", iter(given_rows) if isinstance(given_rows, list) and name != "dicts" else given_rows)
    made = (tmp_path / form / "part-00000.parquet").read_bytes()
    assert made == (tmp_path / "dicts" / "part-00000.parquet").read_bytes()
    assert pq.read_table(tmp_path / form).to_pylist() == TOKENS


def test_several_parts_of_a_table_are_numbered(tmp_path):
    write = TableWriter({"tokens": tmp_path})
    for number in (0, 12):
        with write.part("tokens", number) as part:
            part.write(FORMS["batch"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["part-00000.parquet", "part-00012.parquet"]


def test_no_rows_are_an_empty_part_of_the_schema(tmp_path):
    TableWriter({"tokens": tmp_path})("tokens", [])
    found = pq.read_table(tmp_path / "part-00000.parquet")
    assert (found.num_rows, found.schema.names) == (0, ["doc_id", "sentence_no", "start", "word"])
