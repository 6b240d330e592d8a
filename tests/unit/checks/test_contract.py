import math

import pyarrow as pa
import pytest

from tasks.checks.contract import rules, split, violations
from tasks.tables import TABLES, Column, Table

TABLE = Table(
    name="cars",
    meaning="Cars",
    key=("id",),
    columns=(
        Column(name="id", type="int64", meaning="Key", minimum=0, maximum=100),
        Column(name="price", type="float64", meaning="Price", minimum=-1.5, nullable=True),
        Column(name="colour", type="string", meaning="Colour", choices=("red", "blue")),
        Column(name="note", type="string", meaning="Note", nullable=True),
        Column(name="sold", type="bool", meaning="Sold"),
    ),
)
RULES = [
    *("id is not null", "id >= 0", "id <= 100", "price is a number", "price >= -1.5"),
    *("colour is not null", "colour in red, blue", "sold is not null"),
]
GOOD = {"id": 1, "price": 2.0, "colour": "red", "note": "n", "sold": True}
BREAKS = [
    ("id is not null", {"id": None}),
    ("id >= 0", {"id": -1}),
    ("id <= 100", {"id": 101}),
    ("price is a number", {"price": math.nan}),
    ("price is a number", {"price": math.inf}),
    ("price is a number", {"price": -math.inf}),
    ("price >= -1.5", {"price": -1.6}),
    ("colour is not null", {"colour": None}),
    ("colour in red, blue", {"colour": "green"}),
    ("colour in red, blue", {"colour": "red, blue"}),
    ("sold is not null", {"sold": None}),
]


def batch(*rows):
    return pa.RecordBatch.from_pylist(list(rows), schema=TABLE.schema)


def test_rules_are_those_the_declaration_implies():
    assert [rule.name for rule in rules(TABLE)] == RULES
    assert {rule for rule, _ in BREAKS} == set(RULES)


@pytest.mark.parametrize(
    "row", [{}, {"id": 0}, {"id": 100}, {"price": -1.5}, {"price": None}, {"note": None}, {"note": ""}]
)
def test_a_row_at_the_bounds_keeps_the_contract(row):
    kept, broken = split(batch(GOOD | row), TABLE)
    assert broken == []
    assert kept.to_pylist() == [GOOD | row]
    assert set(violations([batch(GOOD | row)], TABLE).values()) == {0}


@pytest.mark.parametrize(("rule", "change"), BREAKS)
def test_a_broken_row_is_split_off_with_its_rule(rule, change):
    kept, broken = split(batch(GOOD, GOOD | change, GOOD | {"id": 7}), TABLE)
    assert broken == [(1, rule)]
    assert [row["id"] for row in kept.to_pylist()] == [1, 7]
    assert kept.schema.equals(TABLE.schema)


@pytest.mark.parametrize(("rule", "change"), BREAKS)
def test_violations_are_counted_by_rule(rule, change):
    counts = violations([batch(GOOD, GOOD | change), batch(GOOD | change)], TABLE)
    also = {"price is a number": {"price >= -1.5"} if change == {"price": -math.inf} else set()}
    assert counts == {
        "schema": 0,
        **{name: 2 if name in {rule, *also.get(rule, ())} else 0 for name in RULES},
    }


def test_a_row_that_breaks_two_rules_is_split_off_by_the_first():
    _, broken = split(batch(GOOD | {"colour": None, "id": -5}), TABLE)
    assert broken == [(0, "id >= 0")]


def test_a_batch_of_no_rows_keeps_the_contract():
    assert split(batch(), TABLE) == (batch(), [])
    assert set(violations([batch()], TABLE).values()) == {0}
    assert list(violations([], TABLE)) == ["schema", *RULES]


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": [1, 2]},
        {**{name: [GOOD[name]] * 2 for name in GOOD}, "extra": [1, 2]},
        {**{name: [GOOD[name]] * 2 for name in GOOD}, "id": pa.array([1, 2], pa.int32())},
    ],
    ids=["missing", "extra", "type"],
)
def test_rows_of_another_structure_are_counted_as_such(wrong):
    counts = violations([pa.record_batch(wrong), batch(GOOD)], TABLE)
    assert counts == {"schema": 2, **dict.fromkeys(RULES, 0)}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_declared_table_has_rules_with_names_of_their_own(table):
    names = [rule.name for rule in rules(table)]
    assert len(names) == len(set(names)) > 0
    assert [c.name for c in table.columns if not c.nullable and f"{c.name} is not null" not in names] == []


def shard_rows(*keys: tuple[int, ...]) -> pa.RecordBatch:
    schema = TABLES["ngram_shards"].schema
    rows = [{**{f"k{i}": value for i, value in enumerate(key)}, "count": 1, "starts": 0} for key in keys]
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def test_keys_of_an_ascending_table_must_ascend_within_and_across_batches() -> None:
    one, two, three = (1, 2, 0, 0, 0, 0), (1, 3, 0, 0, 0, 0), (2, 0, 0, 0, 0, 0)
    rule = "k0, k1, k2, k3, k4, k5 ascend"
    table = TABLES["ngram_shards"]
    assert violations([shard_rows(one, two), shard_rows(three)], table)[rule] == 0
    assert violations([shard_rows(one, one)], table)[rule] == 1
    assert violations([shard_rows(two, one)], table)[rule] == 1
    assert violations([shard_rows(one, three), shard_rows(two)], table)[rule] == 1
