import numpy as np
import pytest

from tasks.self_training.student import (
    EMBEDDING,
    HIDDEN,
    _initial,
    _shapes,
    _train,
    _views,
    boundary_logits,
    cross_fit,
    sigmoid,
    train_student,
)

CHARACTERS, WINDOW = 12, 2


def gaps(n, seed=0):
    rng = np.random.default_rng(seed)
    around = rng.integers(0, CHARACTERS + 1, (n, 2 * WINDOW)).astype(np.int32)
    features = rng.normal(3, 2, (n, 3)).astype(np.float32)
    return around, features


def forward(parameters, around, features):
    embedding, weights, bias, output, output_bias = parameters
    inputs = np.concatenate([embedding[around].reshape(len(around), -1), features], axis=1)
    return np.maximum(inputs @ weights + bias, 0) @ output + output_bias[0]


def test_gradient_is_that_of_the_cross_entropy():
    around, features = gaps(40)
    labels = np.random.default_rng(1).random(40).astype(np.float32)
    shapes = _shapes(CHARACTERS + 1, 2 * WINDOW * EMBEDDING + 3)
    parameters = _initial(shapes, np.random.default_rng(2))
    start = [p.astype(np.float64) for p in _views(parameters, shapes)]
    rate = np.ones(1, np.float32)
    first = _train(parameters, shapes, around, features, labels, np.arange(40)[None], rate, 0.0, 1)

    def loss(at):
        p = sigmoid(forward(at, around, features))
        return -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))

    rng = np.random.default_rng(3)
    for which, moment in enumerate(_views(first, shapes)):
        for _ in range(5):
            index = tuple(rng.integers(0, s) for s in moment.shape)
            moved = [p.copy() for p in start]
            moved[which][index] += 1e-5
            up = loss(moved)
            moved[which][index] -= 2e-5
            numeric = (up - loss(moved)) / 2e-5
            assert 10 * moment[index] == pytest.approx(numeric, rel=2e-3, abs=2e-6)


def test_logits_are_those_of_the_network():
    around, features = gaps(500)
    student = train_student(around, features, np.ones(500), np.arange(500), CHARACTERS, 4)
    assert student.hidden_bias.shape == (HIDDEN,)
    direct = forward(student[:5], around, (features - student.mean) / student.spread)
    assert boundary_logits(student, around, features) == pytest.approx(direct, abs=1e-4)


def test_it_learns_a_rule_over_characters():
    around, features = gaps(40_000, seed=5)
    labels = ((around[:, 1] < 4) | (around[:, 2] == 7)).astype(np.float64)
    logits = cross_fit(around, features, labels, np.arange(40_000) // 5, CHARACTERS, seed=1)
    assert np.mean((logits > 0) == (labels > 0.5)) > 0.97


def test_a_run_is_never_judged_by_its_own_labels():
    around, features = gaps(4000, seed=6)
    labels = np.random.default_rng(7).random(4000)
    run = np.arange(4000) // 10
    before = cross_fit(around, features, labels, run, CHARACTERS, seed=2)
    changed = labels.copy()
    changed[run == 17] = 1 - changed[run == 17]
    after = cross_fit(around, features, changed, run, CHARACTERS, seed=2)
    assert after[run == 17].tolist() == before[run == 17].tolist()
    assert after.tolist() != before.tolist()


def test_workers_do_not_change_the_result():
    around, features = gaps(3000)
    labels, run = np.random.default_rng(0).random(3000), np.arange(3000) // 7
    one, two = (cross_fit(around, features, labels, run, CHARACTERS, 3, workers) for workers in (1, 2))
    assert one.tolist() == two.tolist()


def test_fewer_gaps_than_a_batch_leave_the_start():
    around, features = gaps(5)
    logits = boundary_logits(
        train_student(around, features, np.ones(5), np.arange(5), CHARACTERS, 1), around, features
    )
    assert np.isfinite(logits).all()
