import numpy as np
import pytest

from tasks.self_training.student import (
    EMBEDDING,
    HIDDEN,
    GapContexts,
    Schedule,
    _initial,
    _shapes,
    _train,
    _views,
    boundary_logits,
    cross_fit,
    sigmoid,
    standardise,
    train_student,
)

CHARACTERS, WINDOW = 12, 2
VECTORS = np.random.default_rng(9).normal(0, 1, (7, 4)).astype(np.float32)


def gaps(n, seed=0):
    rng = np.random.default_rng(seed)
    around = rng.integers(0, CHARACTERS + 1, (n, 2 * WINDOW)).astype(np.int32)
    features = rng.normal(3, 2, (n, 3)).astype(np.float32)
    grams = rng.integers(0, len(VECTORS), (n, 2)).astype(np.int32)
    return GapContexts(around, features, grams)


def forward(parameters, contexts):
    embedding, weights, bias, output, output_bias = parameters
    around, features, grams = contexts
    learnt = [embedding[around].reshape(len(around), -1), features]
    inputs = np.concatenate([*learnt, VECTORS[grams].reshape(len(grams), -1)], axis=1)
    return np.maximum(inputs @ weights + bias, 0) @ output + output_bias[0]


def test_gradient_is_that_of_the_cross_entropy():
    contexts = gaps(40)
    labels = np.random.default_rng(1).random(40).astype(np.float32)
    shapes = _shapes(CHARACTERS + 1, 2 * WINDOW * EMBEDDING + 3 + 2 * 4)
    parameters = _initial(shapes, np.random.default_rng(2))
    start = [p.astype(np.float64) for p in _views(parameters, shapes)]
    schedule = Schedule(np.arange(40)[None], np.ones(1, np.float32), 0.0, 1)
    first = _train(parameters, shapes, contexts, VECTORS, labels, schedule)

    def loss(at):
        p = sigmoid(forward(at, contexts))
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
    contexts = gaps(500)
    student = train_student(contexts, VECTORS, np.ones(500), np.arange(500), CHARACTERS, 4)
    assert student.hidden_bias.shape == (HIDDEN,)
    weights = np.concatenate([student.input, student.gram_input.reshape(-1, HIDDEN)])
    parts = student.embedding, weights, student.hidden_bias, student.output, student.output_bias
    assert boundary_logits(student, contexts, VECTORS) == pytest.approx(forward(parts, contexts), abs=1e-4)


def test_a_student_of_standardised_features_takes_them_as_they_are():
    contexts = gaps(500)
    features, mean, spread = standardise(contexts.features)
    scaled = contexts._replace(features=features)
    student = train_student(scaled, VECTORS, np.ones(500), np.arange(500), CHARACTERS, 4)
    assert features.mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert features.std(axis=0) == pytest.approx(1, abs=1e-5)
    raw = boundary_logits(student._replace(mean=mean, spread=spread), contexts, VECTORS)
    assert raw == pytest.approx(boundary_logits(student, scaled, VECTORS), abs=1e-4)


def test_a_feature_that_never_varies_stays():
    features, _, spread = standardise(np.full((9, 1), 3, np.float32))
    assert features.tolist() == [[0.0]] * 9
    assert spread.tolist() == [1.0]


def test_a_gap_gets_the_same_logit_beside_any_others():
    contexts = gaps(500)
    student = train_student(contexts, VECTORS, np.ones(500), np.arange(500), CHARACTERS, 4)
    together = boundary_logits(student, contexts, VECTORS)
    alone = boundary_logits(student, GapContexts(*(array[70:71] for array in contexts)), VECTORS)
    assert alone.tolist() == together[70:71].tolist()
    assert (
        boundary_logits(student, contexts, VECTORS, np.array([70, 3])).tolist() == together[[70, 3]].tolist()
    )


def test_it_learns_a_rule_over_characters():
    contexts = gaps(40_000, seed=5)
    labels = ((contexts.around[:, 1] < 4) | (contexts.around[:, 2] == 7)).astype(np.float64)
    logits = cross_fit(contexts, VECTORS, labels, np.arange(40_000) // 5, CHARACTERS, seed=1)
    assert np.mean((logits > 0) == (labels > 0.5)) > 0.97


def test_it_learns_a_rule_over_vectors():
    contexts = gaps(40_000, seed=5)
    labels = (VECTORS[contexts.grams[:, 1], 2] > 0).astype(np.float64)
    run = np.arange(40_000) // 5
    logits = cross_fit(contexts, VECTORS, labels, run, CHARACTERS, seed=1)
    assert np.mean((logits > 0) == (labels > 0.5)) > 0.97
    blind = cross_fit(contexts, np.zeros_like(VECTORS), labels, run, CHARACTERS, seed=1)
    assert np.mean((blind > 0) == (labels > 0.5)) < 0.75


def test_a_run_is_never_judged_by_its_own_labels():
    contexts = gaps(4000, seed=6)
    labels = np.random.default_rng(7).random(4000)
    run = np.arange(4000) // 10
    before = cross_fit(contexts, VECTORS, labels, run, CHARACTERS, seed=2)
    changed = labels.copy()
    changed[run == 17] = 1 - changed[run == 17]
    after = cross_fit(contexts, VECTORS, changed, run, CHARACTERS, seed=2)
    assert after[run == 17].tolist() == before[run == 17].tolist()
    assert after.tolist() != before.tolist()


def test_workers_do_not_change_the_result():
    contexts = gaps(3000)
    labels, run = np.random.default_rng(0).random(3000), np.arange(3000) // 7
    one, two = (cross_fit(contexts, VECTORS, labels, run, CHARACTERS, 3, workers) for workers in (1, 2))
    assert one.tolist() == two.tolist()


def test_fewer_gaps_than_a_batch_leave_the_start():
    contexts = gaps(5)
    student = train_student(contexts, VECTORS, np.ones(5), np.arange(5), CHARACTERS, 1)
    assert np.isfinite(boundary_logits(student, contexts, VECTORS)).all()
