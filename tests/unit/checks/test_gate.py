import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import duckdb
import pyarrow as pa
import pytest

from tasks.checks.buffered_duckdb import BufferedDuckDB
from tasks.checks.gate import expect_table, raised, screens_of, values_of
from tasks.errors import CheckFailedError
from tasks.tables import TABLES, Column, Table

KEY = Column(name="id", type="int64", meaning="Key", minimum=0, maximum=10)
COLOUR = Column(name="colour", type="string", meaning="Colour", choices=("red", "blue"))
NOTE = Column(name="note", type="string", meaning="Note", nullable=True)
CARS = Table(name="cars", meaning="Cars", key=("id",), minimum_rows=2, columns=(KEY, COLOUR, NOTE))
PAIRS = Table(name="pairs", meaning="Pairs", key=("id", "colour"), columns=(KEY, COLOUR))

GOOD = {"id": [0, 10], "colour": ["red", "blue"], "note": [None, "x"]}
EXPECTED = {
    *("table columns to match ordered list: id, colour, note", "table row count to be between"),
    *(
        "column values to be unique: id",
        "column values to not be null: id",
        "column values to be between: id",
    ),
    *("column values to not be null: colour", "column values to be in set: colour"),
}
CORRUPTIONS = [
    (
        {"colour": GOOD["colour"], "id": GOOD["id"], "note": GOOD["note"]},
        "table columns to match ordered list: id, colour, note",
    ),
    (GOOD | {"id": [1, None]}, "column values to not be null: id"),
    (GOOD | {"id": [1, 11]}, "column values to be between: id"),
    (GOOD | {"id": [1, 1]}, "column values to be unique: id"),
    ({name: values[:1] for name, values in GOOD.items()}, "table row count to be between"),
    (GOOD | {"colour": ["red", "green"]}, "column values to be in set: colour"),
]


def checked(folder, table, columns):
    folder.mkdir(exist_ok=True)
    database = folder / "cars.duckdb"
    schema = pa.schema([table.schema.field(name).with_nullable(True) for name in columns])
    rows = pa.table(columns, schema=schema)
    with duckdb.connect(str(database)) as connection:
        connection.register("rows", rows)
        connection.execute("create table checked as select * from rows")
    return expect_table(table, database, "checked", 1 << 30, str(database.parent))


def test_good_rows_pass_every_expectation(tmp_path):
    found = checked(tmp_path, CARS, GOOD)
    assert {finding.name for finding in found} == EXPECTED
    assert [finding for finding in found if not finding.passed] == []
    assert {(finding.kind, finding.severity) for finding in found} == {("expectation", "critical")}
    observed = {finding.name: finding.observed for finding in found}
    assert observed.pop("table row count to be between") == "2"
    assert observed.pop("table columns to match ordered list: id, colour, note") == str(list(GOOD))
    assert set(observed.values()) == {"0 unexpected"}


@pytest.mark.parametrize(
    ("columns", "broken"), CORRUPTIONS, ids=["order", "null", "bounds", "key", "few rows", "choice"]
)
def test_a_corruption_fails_its_expectation_alone(tmp_path, columns, broken):
    found = checked(tmp_path, CARS, columns)
    assert {finding.name for finding in found} == EXPECTED
    assert {finding.name for finding in found if not finding.passed} == {broken}


def sound(column):
    if column.choices:
        return column.choices[0]
    if column.type in ("int64", "float64"):
        least = 0 if column.minimum is None else column.minimum
        return int(least) if column.type == "int64" else least
    return {"string": "x", "bool": True}.get(column.type, datetime(2026, 1, 1, tzinfo=UTC))


def breaking(table):
    """Rows that break one rule of the table each."""
    row = {column.name: sound(column) for column in table.columns}
    for column in table.columns:
        if not column.nullable:
            yield [row | {column.name: None}]
        if column.minimum is not None:
            yield [row | {column.name: column.minimum - 1}]
        if column.maximum is not None:
            yield [row | {column.name: column.maximum + 1}]
        if column.choices:
            yield [row | {column.name: "it's none of them"}]
    if not table.ascending:
        yield [row, row]


@pytest.mark.parametrize("table", [*TABLES.values(), CARS, PAIRS], ids=lambda table: table.name)
def test_the_screens_let_sound_rows_through_and_no_row_that_breaks_a_rule(table):
    queries = [screen.unexpected_rows_query.format(batch="batch") for screen in screens_of(table)]
    schema = pa.schema([table.schema.field(column.name).with_nullable(True) for column in table.columns])

    def caught(rows):
        with duckdb.connect() as connection:
            connection.register("batch", pa.Table.from_pylist(rows, schema=schema))
            return sum(len(connection.execute(query).fetchall()) for query in queries)

    assert caught([{column.name: sound(column) for column in table.columns}]) == 0
    cases = list(breaking(table))
    assert len(cases) >= len(values_of(table))
    for rows in cases:
        assert caught(rows) == 1, rows


def test_a_number_that_is_none_is_caught_as_it_is_by_itself(tmp_path):
    speed = Column(name="speed", type="float64", meaning="Speed", minimum=0, maximum=1)
    table = Table(name="speeds", meaning="Speeds", key=("id",), columns=(KEY, speed))
    found = checked(tmp_path, table, {"id": [1, 2], "speed": [0.5, float("nan")]})
    assert [f.name for f in found if not f.passed] == ["column values to be between: speed"]


def test_what_failed_says_how_many_rows_did(tmp_path):
    rows = {"id": [1, 2, 3, 4], "colour": ["red", "green", None, "grey"], "note": [None] * 4}
    observed = {f.name: f.observed for f in checked(tmp_path, CARS, rows) if not f.passed}
    assert observed == {
        "column values to be in set: colour": "2 unexpected",
        "column values to not be null: colour": "1 unexpected",
    }


def test_a_missing_column_fails_every_expectation_of_it(tmp_path):
    found = checked(tmp_path, CARS, {name: GOOD[name] for name in ("id", "note")})
    assert {finding.name for finding in found} == EXPECTED
    about = {"table columns to match ordered list: id, colour, note"}
    about |= {name for name in EXPECTED if name.endswith(": colour")}
    assert {finding.name for finding in found if not finding.passed} == about


def test_a_compound_key_may_share_one_column_but_not_all(tmp_path):
    name = "compound columns to be unique: id, colour"
    apart = {"id": [1, 1, 2], "colour": ["red", "blue", "red"]}
    assert [f.passed for f in checked(tmp_path / "a", PAIRS, apart) if f.name == name] == [True]
    same = {"id": [1, 1, 2], "colour": ["red", "red", "red"]}
    assert [f.name for f in checked(tmp_path / "b", PAIRS, same) if not f.passed] == [name]


def test_the_database_may_be_in_a_folder_of_any_name(tmp_path):
    found = checked(tmp_path / 'it\'s 100%41 $HOME ${HOME} #1 "语料" a@b:c', CARS, GOOD)
    assert [finding for finding in found if not finding.passed] == []


def test_what_the_checks_spill_goes_to_a_folder_of_any_name(tmp_path):
    folder = str(tmp_path / "it's $HOME 100%41")
    options = {"database": ":memory:", "config": {"temp_directory": quote(folder)}}
    connection = BufferedDuckDB().connect(**options)
    try:
        assert connection.execute("select current_setting('temp_directory')").fetchone() == (folder,)
    finally:
        connection.close()


def test_a_library_s_word_of_its_own_future_does_not_come_to_the_terminal():
    pytest.importorskip("pyspark", reason="Great Expectations imports pyspark only where it is installed")
    done = subprocess.run(
        [sys.executable, "-c", "from tasks.checks.gate import load_great_expectations as load; load()"],
        cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "FutureWarning" not in done.stderr


RAISED = {
    "raised_exception": True,
    "exception_traceback": "...",
    "exception_message": "(_duckdb.X) X Error: why\nmore",
}
HELD = {"raised_exception": False, "exception_traceback": None, "exception_message": None}


@pytest.mark.parametrize(
    ("info", "told"),
    [
        ({}, None),
        (None, None),
        (HELD, None),
        ({"a metric": HELD}, None),
        (RAISED, RAISED["exception_message"]),
        ({"a metric": HELD, "another": RAISED}, RAISED["exception_message"]),
    ],
)
def test_what_an_expectation_or_a_metric_of_it_raised_is_seen(info, told):
    assert raised(SimpleNamespace(exception_info=info)) == told


def unjudged(database, table, memory=1 << 30):
    with pytest.raises(CheckFailedError) as caught:
        expect_table(table, database, "checked", memory, str(database.parent))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_rows_that_cannot_be_read_are_no_finding_but_an_error_of_one_line(tmp_path):
    part, database = tmp_path / "part.parquet", tmp_path / "checked.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"copy (select 1::bigint as id, 'red' as colour) to '{part}'")
        connection.execute(f"create view checked as select * from '{part}'")
    part.rename(tmp_path / "elsewhere")
    told = unjudged(database, PAIRS)
    assert told.startswith(
        "check of pairs could not be made, nothing was published: the first row is read: IO Error: "
    )
    assert told.endswith("; mine again when that is mended")


def test_a_fault_amid_the_rows_is_no_finding_but_names_the_check_and_the_cause(tmp_path):
    database = tmp_path / "checked.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create view checked as select range as id, case when range < 90000 then 'red' "
            "else error('no room to spill') end as colour from range(100000)"
        )
    told = unjudged(database, PAIRS)
    assert told.endswith(" Error: no room to spill; mine again when that is mended")
