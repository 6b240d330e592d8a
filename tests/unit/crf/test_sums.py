"""Against all paths, one by one."""

from itertools import product

import numpy as np
import pytest

from tasks.crf.paths import best_paths, n_best_paths, score_paths
from tasks.crf.sums import sum_paths

INFINITY = np.inf


def potentials(length: int, tags: int, seed: int, scale: float = 1.0) -> tuple[np.ndarray, ...]:
    draw = np.random.default_rng(seed)
    return tuple(
        draw.normal(size=shape) * scale for shape in ((length, tags), (tags, tags), (tags,), (tags,))
    )


def every_path(unary, transitions, start, end, allowed=None):
    """Return all paths [paths, length] and their scores."""
    paths = np.array(list(product(range(unary.shape[1]), repeat=len(unary))))
    scores = start[paths[:, 0]] + end[paths[:, -1]] + unary[np.arange(len(unary)), paths].sum(1)
    for a, b in zip(paths.T, paths.T[1:], strict=False):
        scores = scores + transitions[a, b]
    if allowed is not None:
        scores = np.where(allowed[np.arange(len(unary)), paths].all(1), scores, -INFINITY)
    return paths, scores


def enumerated(paths, scores, tags):
    top = scores.max()
    log_z = top + np.log(np.exp(scores - top).sum())
    p = np.exp(scores - log_z)
    marginals = np.stack([[p[paths[:, t] == k].sum() for k in range(tags)] for t in range(paths.shape[1])])
    pairs = np.zeros((tags, tags))
    for a, b in zip(paths.T, paths.T[1:], strict=False):
        np.add.at(pairs, (a, b), p)
    return log_z, marginals, pairs


@pytest.mark.parametrize("length", [1, 2, 3, 6])
@pytest.mark.parametrize("tags", [1, 2, 4, 5])
@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_sums_and_best_paths_are_those_of_all_paths(length, tags, scale):
    of = potentials(length, tags, seed=100 * length + tags, scale=scale)
    paths, scores = every_path(*of)
    log_z, marginals, pairs = enumerated(paths, scores, tags)
    one, lengths = (of[0][None], *of[1:]), np.array([length])
    found = sum_paths(*one, lengths)
    assert found.log_z[0] == pytest.approx(log_z, abs=1e-9)
    np.testing.assert_allclose(found.tags[0], marginals, atol=1e-9)
    np.testing.assert_allclose(found.pairs[0], pairs, atol=1e-9)
    best = best_paths(*one, lengths)
    assert best.tags[0].tolist() == paths[scores.argmax()].tolist()
    assert best.score[0] == pytest.approx(scores.max())
    order = np.argsort(-scores, kind="stable")[:5]
    five = n_best_paths(*of, 5)
    assert five.tags.tolist() == paths[order].tolist()
    np.testing.assert_allclose(five.score, scores[order])
    np.testing.assert_allclose(score_paths(*one, lengths, five.tags[:1]), five.score[:1])


@pytest.mark.parametrize("seed", range(6))
def test_allowed_tags_and_forbidden_transitions_leave_their_paths_alone(seed):
    draw = np.random.default_rng(seed)
    unary, transitions, start, end = potentials(5, 4, seed)
    transitions[draw.random((4, 4)) < 0.3] = -INFINITY
    start[draw.integers(4)] = -INFINITY
    allowed = (draw.random((5, 4)) < 0.8).astype(np.uint8)
    paths, scores = every_path(unary, transitions, start, end, allowed)
    found = sum_paths(unary[None], transitions, start, end, np.array([5]), allowed[None])
    if scores.max() == -INFINITY:
        assert found.log_z[0] == -INFINITY
        assert not found.tags.any()
        return
    log_z, marginals, pairs = enumerated(paths, scores, 4)
    assert found.log_z[0] == pytest.approx(log_z)
    np.testing.assert_allclose(found.tags[0], marginals, atol=1e-12)
    np.testing.assert_allclose(found.pairs[0], pairs, atol=1e-12)
    free_paths, free = every_path(unary, transitions, start, end)
    possible = int(np.isfinite(free).sum())
    best = n_best_paths(unary, transitions, start, end, possible + 3)
    assert len(best.score) == possible
    assert {tuple(path) for path in best.tags.tolist()} == {
        tuple(path) for path in free_paths[np.isfinite(free)].tolist()
    }


def test_padding_counts_for_nothing_and_length_nought_for_log_one():
    unary, transitions, start, end = potentials(12, 3, seed=3)
    unary = unary.reshape(3, 4, 3)
    lengths = np.array([2, 0, 4])
    found, best = (
        sum_paths(unary, transitions, start, end, lengths),
        best_paths(unary, transitions, start, end, lengths),
    )
    alone = sum_paths(unary[:1, :2], transitions, start, end, lengths[:1])
    assert found.log_z[0] == alone.log_z[0]
    assert found.log_z[1] == 0
    assert not found.tags[1].any()
    assert not found.tags[0, 2:].any()
    assert best.tags[0].tolist() == [
        *best_paths(unary[:1, :2], transitions, start, end, lengths[:1]).tags[0],
        -1,
        -1,
    ]
    assert best.tags[1].tolist() == [-1] * 4


def test_equal_potentials_count_the_paths():
    zeros = np.zeros(4)
    found = sum_paths(np.zeros((1, 50, 4)), np.zeros((4, 4)), zeros, zeros, np.array([50]))
    assert found.log_z[0] == pytest.approx(50 * np.log(4))
    np.testing.assert_allclose(found.tags, 0.25)


def test_potentials_too_far_apart_for_probabilities_are_summed_on_logarithms():
    unary = np.zeros((1, 6, 2))
    unary[0, :5, 0] = 2000
    transitions = np.array([[0.0, -INFINITY], [0.0, 0.0]])
    # only the path of ones may end, and it is 10,000 nats dearer at each step than what cannot
    end = np.array([-INFINITY, 0.0])
    start = np.array([0.0, -1.0])
    found = sum_paths(unary, transitions, start, end, np.array([6]))
    assert found.log_z[0] == pytest.approx(-1.0)
    assert found.tags[0].tolist() == [[0, 1]] * 6
    assert found.pairs[0].tolist() == [[0, 0], [0, 5]]


def test_n_best_wants_a_count():
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        n_best_paths(*potentials(2, 2, 0), 0)
    assert n_best_paths(*potentials(0, 2, 0), 3).tags.shape == (1, 0)
