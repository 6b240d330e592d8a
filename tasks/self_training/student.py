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
from threadpoolctl import threadpool_limits

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
    steps = len(order) // size
    rates = np.array([_rate((step + 1) / steps) for step in range(steps)], np.float32)
    _train(
        parameters, shapes, around, (features - mean) / spread, labels.astype(np.float32),
        order[: steps * size].reshape(steps, size), rates, DROPOUT, seed,
    )  # fmt: skip
    embedding, weights, hidden_bias, output, output_bias = _views(parameters, shapes)
    return Student(embedding, weights, hidden_bias, output, output_bias, mean, spread)


class MultipliedStudent(NamedTuple):
    """A student ready to be asked: what each character at each place adds to the hidden units, and the rest.

    table float32[2 * window, characters + 1, 48], weights float32[features, 48] of features as they are, bias and
    output float32[48], output_bias a float32.
    """

    table: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    output: np.ndarray
    output_bias: np.float32

    @classmethod
    def of(cls, student: Student) -> "MultipliedStudent":
        """Multiply the embeddings and the scale of the features into the input weights."""
        places = (len(student.input) - len(student.mean)) // EMBEDDING
        parts = [student.input[k * EMBEDDING : (k + 1) * EMBEDDING] for k in range(places)]
        table = np.stack([student.embedding @ part for part in parts])
        weights = np.ascontiguousarray(student.input[places * EMBEDDING :] / student.spread[:, None])
        bias = student.hidden_bias - student.mean @ weights
        return cls(table, weights, bias, student.output, student.output_bias[0])

    def logits(self, around: np.ndarray, features: np.ndarray) -> np.ndarray:
        """Return ln P/(1-P) of a boundary at each gap, float32[gaps]."""
        logits = np.empty(len(around), np.float32)
        _logits(around, features, *self, logits)
        return logits


def boundary_logits(student: Student, around: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Return ln P/(1-P) of a boundary at each gap, float32[gaps]."""
    return MultipliedStudent.of(student).logits(around, features)


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

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(workers) as pool:
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


def _train(
    parameters: np.ndarray,
    shapes: list[tuple[int, ...]],
    around: np.ndarray,
    features: np.ndarray,
    labels: np.ndarray,
    batches: np.ndarray,
    rates: np.ndarray,
    dropout: float,
    seed: int,
) -> np.ndarray:
    """Take one step a batch int64[steps, size] of gaps, in place; return the mean gradient float32."""
    gradient, first, second = (np.zeros_like(parameters) for _ in range(3))
    embedding, weights, bias, output, output_bias = _views(parameters, shapes)
    of_embedding, of_weights, of_bias, of_output, of_output_bias = _views(gradient, shapes)
    size, embedded = batches.shape[1], around.shape[1] * EMBEDDING
    x = np.empty((size, len(weights)), np.float32)
    gate = np.empty((size, embedded), np.float32)
    hidden = np.empty((size, HIDDEN), np.float32)
    back = np.empty((size, HIDDEN), np.float32)
    from_hidden = np.empty((size, embedded), np.float32)
    seeds = np.random.default_rng(seed).integers(1 << 32, size=len(rates), dtype=np.uint32)
    # products this small gain nothing from threads that wait for each other, and would add up otherwise
    with threadpool_limits(1, "blas"):
        for step, rows in enumerate(batches):
            _gather(embedding, around, features, rows, seeds[step], dropout, x, gate)
            np.matmul(x, weights, out=hidden)
            _errors(hidden, bias, output, output_bias, labels, rows, back, of_bias, of_output, of_output_bias)
            np.matmul(x.T, back, out=of_weights)
            np.matmul(back, weights[:embedded].T, out=from_hidden)
            _scatter(from_hidden, gate, around, rows, of_embedding)
            _adam(parameters, first, second, gradient, step + 1, rates[step])
    return first


@njit(cache=True, nogil=True, fastmath=True)
def _gather(embedding, around, features, rows, seed, dropout, x, gate):
    places = around.shape[1]
    scale = np.float32(1 / (1 - dropout))
    threshold = np.uint32(dropout * 2**32)
    for b in range(len(rows)):
        row = rows[b]
        for k in range(places):
            c = around[row, k]
            first = np.uint32(np.uint32((b * places + k) * EMBEDDING) + seed)
            for j in range(EMBEDDING):
                # a finaliser of MurmurHash3 over the place: as random as dropout needs, many at once
                h = np.uint32((first + np.uint32(j)) * np.uint32(0x9E3779B1))
                h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
                h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
                h = np.uint32(h ^ (h >> np.uint32(16)))
                opened = scale if h >= threshold else np.float32(0)
                gate[b, k * EMBEDDING + j] = opened
                x[b, k * EMBEDDING + j] = embedding[c, j] * opened
        for f in range(features.shape[1]):
            x[b, places * EMBEDDING + f] = features[row, f]


@njit(cache=True, nogil=True, fastmath=True)
def _errors(
    hidden, bias, output, output_bias, labels, rows, back, of_bias, of_output, of_output_bias
):  # fmt: skip
    size = np.float32(len(rows))
    for b in range(len(rows)):
        logit = output_bias[0]
        for h in range(HIDDEN):
            hidden[b, h] = max(hidden[b, h] + bias[h], np.float32(0))
            logit += hidden[b, h] * output[h]
        error = (np.float32(1) / (np.float32(1) + np.exp(-logit)) - labels[rows[b]]) / size
        of_output_bias[0] += error
        for h in range(HIDDEN):
            back[b, h] = error * output[h] if hidden[b, h] > 0 else np.float32(0)
            of_bias[h] += back[b, h]
            of_output[h] += error * hidden[b, h]


@njit(cache=True, nogil=True, fastmath=True)
def _scatter(from_hidden, gate, around, rows, of_embedding):
    for b in range(len(rows)):
        for k in range(around.shape[1]):
            c = around[rows[b], k]
            for j in range(EMBEDDING):
                i = k * EMBEDDING + j
                of_embedding[c, j] += from_hidden[b, i] * gate[b, i]


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
