import numpy as np
import pytest

from tasks.explain.bootstrap import count_interval


def document_by_document(per_document, draws, seed):
    """Totals of `draws` samples of as many documents, each drawn one by one."""
    generator = np.random.default_rng(seed)
    chosen = generator.integers(0, len(per_document), (draws, len(per_document)))
    return np.asarray(per_document)[chosen].sum(axis=1)


def grouped(per_document):
    counts, documents = np.unique([c for c in per_document if c], return_counts=True)
    return counts, documents


@pytest.mark.parametrize(
    "per_document", [[0] * 90 + [1] * 10, [0, 5, 1, 1, 0, 9, 2] * 20, [3, 0, 0, 0, 70] * 8]
)
def test_the_interval_is_that_of_documents_drawn_one_by_one(per_document):
    totals = document_by_document(per_document, 20_000, seed=1)
    low, high = np.quantile(totals, (0.025, 0.975))
    found = count_interval(*grouped(per_document), total_documents=len(per_document), draws=20_000)
    spread = totals.std()
    assert found.low == pytest.approx(low, abs=0.12 * spread + 1)
    assert found.high == pytest.approx(high, abs=0.12 * spread + 1)


def test_its_width_is_that_of_the_central_limit():
    counts, documents, total = np.array([1, 4]), np.array([3_000, 1_000]), 20_000
    share = documents / total
    variance = total * (share @ counts**2 - (share @ counts) ** 2)
    found = count_interval(counts, documents, total_documents=total)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * variance**0.5, rel=0.05)
    assert (found.high + found.low) / 2 == pytest.approx(7_000, rel=0.01)


def test_the_seed_decides():
    counts, documents = np.array([1, 700]), np.array([400, 90])
    first, again, other = (count_interval(counts, documents, total_documents=999, seed=s) for s in (3, 3, 4))
    assert first == again
    assert (first.low, first.high) != (other.low, other.high)
    assert (first.level, first.draws, first.seed) == (0.95, 10_000, 3)


def test_what_says_nothing_of_other_documents_has_no_interval():
    assert count_interval(np.array([5]), np.array([1]), total_documents=1) is None
    assert count_interval(np.array([]), np.array([]), total_documents=9) is None
    every = count_interval(np.array([2]), np.array([9]), total_documents=9)
    assert (every.low, every.high) == (18, 18)
    with pytest.raises(ValueError, match="at most 3 documents can use the word, got 4"):
        count_interval(np.array([5]), np.array([4]), total_documents=3)
