"""The SQL against hand-computed figures, and a snapshot of the whole table of a small text."""

import json
import math
from pathlib import Path

import duckdb
import pytest

from tasks.ngrams.statistics import _MACROS, sql
from tests.unit.ngrams import oracle
from tests.unit.ngrams.samples import measured, write_shard

SNAPSHOT = Path(__file__).parent / "snapshots" / "ngrams.json"
TEXT = ["中外科学名著", "中外名著", "科学的名著，科学的中外", "哈哈哈哈 科学", "名著😀😀"]


@pytest.fixture(scope="module")
def database():
    with duckdb.connect(":memory:") as connection:
        for name in _MACROS:
            connection.execute(sql(name))
        yield connection


def value(database, expression):
    return database.execute(f"select {expression}").fetchone()[0]


def test_pmi_and_its_normalised_form(database):
    assert math.isclose(value(database, "pmi(6, 12, 10, 1000)"), math.log(50))
    assert math.isclose(value(database, "npmi(6, 12, 10, 1000)"), math.log(50) / math.log(1000 / 6))
    assert value(database, "npmi(6, 6, 6, 1000)") == 1.0
    # The product of counts is past 63 bits.
    assert math.isclose(value(database, "pmi(4000000000, 6000000000, 5000000000, 9000000000)"), math.log(1.2))


def test_branching_entropy_is_the_spread_of_one_occurrence(database):
    spread = round((4 * math.log(4) - 2 * math.log(2)) * 2**30)
    expected = oracle.entropy([2], 2, 4)
    assert math.isclose(value(database, f"branching_entropy(4, {spread}, 1 << 30)"), expected, rel_tol=1e-8)


def test_variations_are_differences_and_standardised(database):
    assert value(database, "right_variation(2, 8, 4, 4, 4)") == 0.75
    assert value(database, "left_variation(2, 8, 4, 4, 4)") == 0.75
    assert value(database, "standardised(5, 3, 4)") == 0.5
    assert value(database, "standardised(5, 3, 0)") == 0.0


@pytest.mark.parametrize(("n", "a", "b", "total"), [(6, 12, 10, 1000), (5, 5, 9, 50), (7, 7, 7, 70)])
def test_gain_is_the_drop_of_the_corpus(database, n, a, b, total):
    def bits(counts):
        return -sum(c * math.log2(c / sum(counts)) for c in counts if c)

    rest = [total - a - b]
    before, after = bits([a, b, *rest]), bits([a - n, b - n, n, *rest])
    # The cost of all tokens; merging drops it from N H to (N - n) H', which in 2.11 is N F.
    gain = value(database, f"gain({n}, {a}, {b}, {total})")
    assert math.isclose(gain, before - after, rel_tol=1e-9)
    assert math.isclose(gain, total * oracle.gain(n / total, a / total, b / total) / math.log(2))
    bound = value(database, f"gain_bound({n}, {a}, {b}, {total})")
    assert bound < gain
    assert math.isclose(bound, n * (math.log(n * total / (a * b)) - 1) / math.log(2))


def test_the_table_of_a_small_text_is_as_it_was(tmp_path):
    table = measured(tmp_path, [([write_shard(tmp_path, "a", TEXT, 4)], 1)], 4)
    rows = [
        {name: round(v, 9) if isinstance(v, float) else v for name, v in row.items()}
        for row in table.to_pylist()
    ]
    written = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert rows == written, "the statistics changed; if that was meant, write the snapshot anew"
