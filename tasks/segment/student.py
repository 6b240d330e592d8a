"""The student: a small network that tells word boundaries from what surrounds a gap.

    P(boundary | gap) = sigmoid(v . relu(W [e(c_-w) .. e(c_w); features] + b) + d)

with one embedding e shared by all places, trained on soft labels (the teacher's boundary probabilities) for
at most one pass, Adam, a learning rate that rises and falls (Smith 2018). It is small on purpose: it cannot
memorise the teacher's mistakes on single words, and it is never asked about a run that it was trained on
(two-fold cross-fitting).
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit

EMBEDDING, HIDDEN, DROPOUT = 16, 48, 0.3
STEPS, MIN_BATCH, MAX_BATCH = 100, 64, 4096
PEAK_RATE, WARM_UP = 6e-3, 0.3
FOLDS = 2


class Student(NamedTuple):
    """Weights, float32: embedding [characters + 1, 16] and input [2 * window * 16 + features, 48].

    hidden_bias [48], output [48], output_bias [1]; features are standardised by mean and spread [features].
    """

    embedding: np.ndarray
    input: np.ndarray
    hidden_bias: np.ndarray
    output: np.ndarray
    output_bias: np.ndarray
    mean: np.ndarray
    spread: np.ndarray


def train_student(
    around: np.ndarray,
    features: np.ndarray,
    labels: np.ndarray,
    chosen: np.ndarray,
    characters: int,
    seed: int,
) -> Student:
    """Fit to labels float[gaps] in 0..1 at the chosen gaps int64[m]; around int32[gaps, 2 * window]."""
    rng = np.random.default_rng(seed)
    count = max(len(features), 1)
    mean = (features.sum(axis=0, dtype=np.float64) / count).astype(np.float32)
    variance = np.square(features - mean).sum(axis=0, dtype=np.float64) / count
    # a feature that never varies says nothing, in training or later
    spread = np.where(variance > 1e-6, np.sqrt(variance), 1.0).astype(np.float32)
    inputs = around.shape[1] * EMBEDDING + features.shape[1]
    shapes = _shapes(characters + 1, inputs)
    parameters = _initial(shapes, rng)
    size = min(max(len(chosen) // STEPS, MIN_BATCH), MAX_BATCH)
    order = rng.permutation(chosen)
    rates = np.array(
        [_rate((step + 1) / (len(order) // size)) for step in range(len(order) // size)], np.float32
    )
    first, second = np.zeros_like(parameters), np.zeros_like(parameters)
    _train(
        parameters, first, second, around, (features - mean) / spread, labels.astype(np.float32), order,
        size, rates, DROPOUT, np.uint64(seed),
    )  # fmt: skip
    embedding, weights, hidden_bias, output, output_bias = _views(parameters, shapes)
    return Student(embedding, weights, hidden_bias, output, output_bias, mean, spread)


def boundary_logits(student: Student, around: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Return ln P/(1-P) of a boundary at each gap, float32[gaps]."""
    places = around.shape[1]
    table = np.ascontiguousarray(
        np.stack(
            [student.embedding @ student.input[k * EMBEDDING : (k + 1) * EMBEDDING] for k in range(places)]
        )
    )
    weights = np.ascontiguousarray(student.input[places * EMBEDDING :] / student.spread[:, None])
    bias = student.hidden_bias - student.mean @ weights
    logits = np.empty(len(around), np.float32)
    _logits(around, features, table, weights, bias, student.output, student.output_bias[0], logits)
    return logits


def cross_fit(
    around: np.ndarray,
    features: np.ndarray,
    labels: np.ndarray,
    run: np.ndarray,
    characters: int,
    seed: int,
    workers: int = FOLDS,
) -> np.ndarray:
    """Return float32[gaps], each gap's logit from a student of the other fold; run int64[gaps]."""
    rng = np.random.default_rng(seed)
    fold = rng.integers(FOLDS, size=int(run.max(initial=0)) + 1)[run]
    logits = np.zeros(len(around), np.float32)

    def fit(k: int) -> None:
        chosen, asked = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        student = train_student(around, features, labels, chosen, characters, seed * FOLDS + k + 1)
        logits[asked] = boundary_logits(student, around[asked], features[asked])

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(fit, range(FOLDS)))
    return logits


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-logits)), float64."""
    return 0.5 * (1 + np.tanh(np.asarray(logits, np.float64) / 2))


def _shapes(characters: int, inputs: int) -> list[tuple[int, ...]]:
    return [(characters, EMBEDDING), (inputs, HIDDEN), (HIDDEN,), (HIDDEN,), (1,)]


def _views(parameters: np.ndarray, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    bounds = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(parameters, bounds), shapes, strict=True)]


def _initial(shapes: list[tuple[int, ...]], rng: np.random.Generator) -> np.ndarray:
    characters, inputs = shapes[0][0], shapes[1][0]
    parts = [
        rng.normal(0, 0.1, characters * EMBEDDING),
        rng.uniform(-1, 1, inputs * HIDDEN) / inputs**0.5,
        rng.uniform(-1, 1, HIDDEN) / inputs**0.5,
        rng.uniform(-1, 1, HIDDEN) / HIDDEN**0.5,
        np.zeros(1),
    ]
    return np.concatenate(parts).astype(np.float32)


def _rate(progress: float) -> float:
    if progress < WARM_UP:
        return PEAK_RATE * (0.04 + 0.96 * 0.5 * (1 - np.cos(np.pi * progress / WARM_UP)))
    return PEAK_RATE * 0.5 * (1 + np.cos(np.pi * (progress - WARM_UP) / (1 - WARM_UP)))


@njit(cache=True, nogil=True, fastmath=True)
def _adam(parameters, first, second, gradient, step, rate):
    # Kingma & Ba 2015 with its usual constants
    correct_first = np.float32(1 / (1 - 0.9**step))
    correct_second = np.float32(1 / (1 - 0.999**step))
    for i in range(len(parameters)):
        g = gradient[i]
        first[i] += np.float32(0.1) * (g - first[i])
        second[i] += np.float32(0.001) * (g * g - second[i])
        scale = np.sqrt(second[i] * correct_second) + np.float32(1e-8)
        parameters[i] -= rate * first[i] * correct_first / scale
        gradient[i] = 0


@njit(cache=True, nogil=True, fastmath=True)
def _train(
    parameters, first, second, around, features, labels, order, size, rates, dropout, seed
):  # fmt: skip
    places = around.shape[1]
    embedded = places * EMBEDDING
    inputs = embedded + features.shape[1]
    gradient = np.zeros_like(parameters)
    a1 = len(parameters) - (inputs + 2) * HIDDEN - 1
    a2 = a1 + inputs * HIDDEN
    a3 = a2 + HIDDEN
    a4 = a3 + HIDDEN
    embedding, g0 = parameters[:a1].reshape(-1, EMBEDDING), gradient[:a1].reshape(-1, EMBEDDING)
    weights, g1 = parameters[a1:a2].reshape(inputs, HIDDEN), gradient[a1:a2].reshape(inputs, HIDDEN)
    bias, g2 = parameters[a2:a3], gradient[a2:a3]
    output, g3 = parameters[a3:a4], gradient[a3:a4]
    output_bias, g4 = parameters[a4:], gradient[a4:]
    x = np.zeros(inputs + 1, np.float32)
    place = np.zeros(inputs + 1, np.int64)
    z = np.zeros(HIDDEN, np.float32)
    back = np.zeros(HIDDEN, np.float32)
    from_hidden = np.zeros(embedded, np.float32)
    transposed = np.zeros((HIDDEN, embedded), np.float32)
    scale = np.float32(1 / (1 - dropout))
    threshold = np.uint64(round(dropout * 256))
    state = seed * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1)
    for step in range(len(rates)):
        # the loop over inputs must run along memory: as a sum over hidden units it is ten times slower
        transposed[:] = weights[:embedded].T
        for b in range(step * size, (step + 1) * size):
            row = order[b]
            active = np.int64(0)
            for k in range(places):
                c = around[row, k]
                for j in range(EMBEDDING):
                    if j & 7 == 0:
                        state ^= state << np.uint64(13)
                        state ^= state >> np.uint64(7)
                        state ^= state << np.uint64(17)
                    byte = (state >> np.uint64(8 * (j & 7))) & np.uint64(255)
                    x[active] = embedding[c, j] * scale
                    place[active] = k * EMBEDDING + j
                    active += np.int64(byte >= threshold)
            kept = active
            for f in range(inputs - embedded):
                x[active] = features[row, f]
                place[active] = embedded + f
                active += 1
            for h in range(HIDDEN):
                z[h] = bias[h]
            for a in range(active):
                value = x[a]
                i = place[a]
                for h in range(HIDDEN):
                    z[h] += value * weights[i, h]
            logit = output_bias[0]
            for h in range(HIDDEN):
                logit += max(z[h], np.float32(0)) * output[h]
            error = (np.float32(1) / (np.float32(1) + np.exp(-logit)) - labels[row]) / np.float32(size)
            g4[0] += error
            for h in range(HIDDEN):
                back[h] = error * output[h] if z[h] > 0 else np.float32(0)
                g2[h] += back[h]
                g3[h] += error * max(z[h], np.float32(0))
            for a in range(active):
                value = x[a]
                i = place[a]
                for h in range(HIDDEN):
                    g1[i, h] += value * back[h]
            from_hidden[:] = 0
            for h in range(HIDDEN):
                value = back[h]
                if value != 0:
                    for i in range(embedded):
                        from_hidden[i] += value * transposed[h, i]
            for a in range(kept):
                i = place[a]
                g0[around[row, i // EMBEDDING], i % EMBEDDING] += from_hidden[i] * scale
        _adam(parameters, first, second, gradient, step + 1, rates[step])


@njit(cache=True, nogil=True, fastmath=True)
def _logits(around, features, table, weights, bias, output, output_bias, logits):
    hidden = len(bias)
    z = np.empty(hidden, np.float32)
    for i in range(len(around)):
        for h in range(hidden):
            z[h] = bias[h]
        for k in range(around.shape[1]):
            row = table[k, around[i, k]]
            for h in range(hidden):
                z[h] += row[h]
        for f in range(features.shape[1]):
            value = features[i, f]
            for h in range(hidden):
                z[h] += value * weights[f, h]
        total = output_bias
        for h in range(hidden):
            total += max(z[h], np.float32(0)) * output[h]
        logits[i] = total
