"""The formulas against hand-computed figures, and a snapshot of the whole table of a small text."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from tasks.ngrams.formulas import (
    autonomies,
    branching_entropy,
    gain,
    gain_bound,
    npmi,
    pair_figures,
    pmi,
    standardised,
)
from tasks.ngrams.moments import _UNIT, _sums, _sums_of_singles, variations
from tests.unit.ngrams import oracle
from tests.unit.ngrams.samples import measured, write_shard

SNAPSHOT = Path(__file__).parent / "snapshots" / "ngrams.json"
TEXT = ["中外科学名著", "中外名著", "科学的名著，科学的中外", "哈哈哈哈 科学", "名著😀😀"]


def test_pmi_and_its_normalised_form():
    assert math.isclose(pmi(6, 12, 10, 1000), math.log(50))
    assert math.isclose(npmi(math.log(50), 6, 1000), math.log(50) / math.log(1000 / 6))
    assert npmi(pmi(6, 6, 6, 1000), 6, 1000) == 1.0
    # The product of counts is past 63 bits.
    assert math.isclose(pmi(4 * 10**9, 6 * 10**9, 5 * 10**9, 9 * 10**9), math.log(1.2))


def test_branching_entropy_is_the_spread_of_one_occurrence():
    spread = round((4 * math.log(4) - 2 * math.log(2)) * 2**30)
    assert math.isclose(branching_entropy(4, spread, 2.0**30), oracle.entropy([2], 2, 4), rel_tol=1e-8)


def test_variations_are_differences_and_standardised():
    variation = np.empty(3)
    variations(np.array([1.0, 0.5, 2.0]), np.array([1, 0, 1], np.int32), np.array([0.5, 0.25]), variation)
    assert variation.tolist() == [0.75, 0.0, 1.75]
    assert standardised(5.0, 3.0, 4.0) == 0.5
    assert standardised(5.0, 3.0, 0.0) == 0.0
    autonomy = np.empty(1)
    autonomies(np.array([5.0]), 3.0, 4.0, np.array([1.0]), 3.0, 8.0, autonomy)
    assert autonomy.tolist() == [0.25]


def test_moments_are_added_exactly_however_large():
    draw = np.random.default_rng(0)
    variation = np.concatenate([draw.uniform(-14.5, 14.5, 1000), [0.5 / _UNIT, -0.5 / _UNIT, 1.5 / _UNIT]])
    entropy = np.abs(variation)
    singles = draw.integers(0, 1 << 21, len(variation)).astype(np.int32)
    limbs = _sums(variation) + _sums_of_singles(entropy, singles)

    def units(x):
        return int(math.copysign(math.floor(abs(x) * _UNIT + 0.5), x))

    expected = [
        sum(units(x) for x in variation.tolist()),
        sum(units(x * x) for x in variation.tolist()),
        sum(-units(h) * n for h, n in zip(entropy.tolist(), singles.tolist(), strict=True)),
        sum(units(h * h) * n for h, n in zip(entropy.tolist(), singles.tolist(), strict=True)),
    ]
    assert [low + (high << 24) for low, high in zip(limbs[::2], limbs[1::2], strict=True)] == expected
    assert max(map(abs, expected)) > 1 << 63


@pytest.mark.parametrize(("n", "a", "b", "total"), [(6, 12, 10, 1000), (5, 5, 9, 50), (7, 7, 7, 70)])
def test_gain_is_the_drop_of_the_corpus(n, a, b, total):
    def bits(counts):
        return -sum(c * math.log2(c / sum(counts)) for c in counts if c)

    rest = [total - a - b]
    before, after = bits([a, b, *rest]), bits([a - n, b - n, n, *rest])
    # The cost of all tokens; merging drops it from N H to (N - n) H', which in 2.11 is N F.
    information = pmi(n, a, b, total)
    exact = gain(information, n, a, b, total)
    assert math.isclose(exact, before - after, rel_tol=1e-9)
    assert math.isclose(exact, total * oracle.gain(n / total, a / total, b / total) / math.log(2))
    bound = gain_bound(information, n)
    assert bound < exact
    assert math.isclose(bound, n * (math.log(n * total / (a * b)) - 1) / math.log(2))
    columns = pair_figures(np.array([n]), np.array([a]), np.array([b]), total)
    assert [column.item() for column in columns] == [information, npmi(information, n, total), exact, bound]


def test_a_row_has_the_same_bits_whether_its_terms_are_looked_up_or_computed():
    n = np.array([1, 4095, 4096, 4097, 10**6])
    head, tail, total = n + np.array([0, 1, 5, 10**5, 10**9]), n + np.array([7, 0, 10**6, 1, 2]), 10**10
    columns = pair_figures(n, head, tail, total)
    for i, row in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        information = pmi(n[i], head[i], tail[i], total)
        exact = gain(information, n[i], head[i], tail[i], total)
        assert row == (information, npmi(information, n[i], total), exact, gain_bound(information, n[i]))


def test_the_table_of_a_small_text_is_as_it_was(tmp_path):
    table = measured(tmp_path, [([write_shard(tmp_path, "a", TEXT, 4)], 1)], 4)
    rows = [
        {name: round(v, 9) if isinstance(v, float) else v for name, v in row.items()}
        for row in table.to_pylist()
    ]
    written = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert rows == written, "the statistics changed; if that was meant, write the snapshot anew"
