import pyarrow as pa
import pytest

from tasks.store.catalog import DUCKDB_TYPES
from tasks.tables import ARROW_TYPES, TABLES, Column, Table

EVERY_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


def test_tables_are_listed_under_their_names():
    assert [table.name for table in TABLES.values()] == list(TABLES)
    assert {"documents", "sentences", "ngrams", "lexicon", "tokens", "words", "runs"} <= set(TABLES)


@EVERY_TABLE
def test_key_columns_exist_and_are_never_null(table):
    columns = {column.name: column for column in table.columns}
    assert table.key
    assert [name for name in table.key if name not in columns or columns[name].nullable] == []


@EVERY_TABLE
def test_types_are_known_to_arrow_and_to_the_catalog(table):
    assert {column.type for column in table.columns} <= set(ARROW_TYPES)
    assert set(ARROW_TYPES) == set(DUCKDB_TYPES)


@EVERY_TABLE
def test_schema_keeps_order_types_and_nullability(table):
    assert [(field.name, field.type, field.nullable) for field in table.schema] == [
        (column.name, ARROW_TYPES[column.type], column.nullable) for column in table.columns
    ]


@EVERY_TABLE
def test_no_column_is_declared_twice(table):
    names = [column.name.lower() for column in table.columns]
    assert len(set(names)) == len(names)


@EVERY_TABLE
def test_every_meaning_is_one_line_of_text(table):
    for meaning in (table.meaning, *(column.meaning for column in table.columns)):
        assert meaning.strip() == meaning != ""
        assert "\n" not in meaning


@EVERY_TABLE
def test_bounds_and_choices_fit_the_type(table):
    for column in table.columns:
        if column.minimum is not None or column.maximum is not None:
            assert column.type in {"int64", "float64"}, column.name
        if column.minimum is not None and column.maximum is not None:
            assert column.minimum <= column.maximum, column.name
        if column.choices:
            assert column.type == "string", column.name


def test_integers_are_at_most_63_bits_and_signed():
    assert {kind for kind in ARROW_TYPES.values() if pa.types.is_integer(kind)} == {pa.int64()}


def test_column_by_name():
    table = Table(
        name="t", meaning="T", key=("a",), columns=(Column(name="a", type="int64", meaning="A", maximum=3),)
    )
    assert table.column("a").maximum == 3
    with pytest.raises(KeyError):
        table.column("b")
