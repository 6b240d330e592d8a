import numpy as np
import pytest

from tasks.em import fit, steps


def coins(p):
    """Heads p of a coin seen through one that lies a quarter of the time: 60 of 100 seem heads."""
    seen = 0.25 + 0.5 * p
    heads = 60 * 0.75 * p / seen + 40 * 0.25 * p / (1 - seen)
    return heads, 60 * np.log(seen) + 40 * np.log(1 - seen)


def test_em_climbs_to_the_closed_form():
    found = fit(0.2, coins, lambda heads: heads / 100, iterations=500, tolerance=0.0)
    assert found.parameters == pytest.approx((0.6 - 0.25) / 0.5, abs=1e-6)
    assert np.all(np.diff(found.log_likelihood) >= -1e-12)


def test_the_last_likelihood_is_that_of_the_parameters():
    for iterations in (0, 1, 7):
        found = fit(0.2, coins, lambda heads: heads / 100, iterations=iterations, tolerance=0.0)
        assert len(found.log_likelihood) == iterations + 1
        assert found.log_likelihood[-1] == coins(found.parameters)[1]


def test_it_stops_at_the_first_step_that_gains_too_little():
    found = fit(0.2, coins, lambda heads: heads / 100, iterations=500, tolerance=1e-3)
    gains = np.diff(found.log_likelihood) / np.abs(found.log_likelihood[:-1])
    assert gains[-1] <= 1e-3 < gains[:-1].min()


def test_steps_do_no_m_step_that_nobody_asked_for():
    done = []
    walk = steps(0.2, coins, lambda heads: done.append(heads) or heads / 100)
    first, second = next(walk), next(walk)
    assert len(done) == 1
    assert second.parameters == first.statistics / 100
