import numpy as np
import pytest

from tasks.lm.mixture import fit_weight, mix


def test_em_finds_the_weight_that_a_search_finds():
    draw = np.random.default_rng(3)
    a, b = np.log(draw.dirichlet([1, 1, 1], 400)[:, 0]), np.log(draw.dirichlet([2, 1, 1], 400)[:, 0])
    grid = np.linspace(0.001, 0.999, 999)
    best = grid[np.argmax([mix(a, b, w).sum() for w in grid])]
    assert fit_weight(a, b) == pytest.approx(best, abs=2e-3)


def test_a_model_that_is_always_better_takes_all_the_weight():
    assert fit_weight(np.log([0.5, 0.6]), np.log([0.1, 0.2])) > 0.99


def test_a_mixture_is_the_weighted_mean_of_probabilities():
    a, b = np.array([0.5, 0.1, 0.4]), np.array([0.2, 0.2, 0.6])
    found = np.exp(mix(np.log(a), np.log(b), 0.3))
    np.testing.assert_allclose(found, 0.3 * a + 0.7 * b)
    assert found.sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="between 0 and 1, got 1"):
        mix(a, b, 1.0)
