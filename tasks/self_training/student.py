"""The student: a small network that predicts word boundaries from the context of a gap.

    P(boundary | gap) = sigmoid(v . relu(W [e(c_-w) .. e(c_w); features; u(g_1) .. u(g_5)] + b) + d)

with one embedding e shared by all positions and frozen vectors u of the grams that touch the gap (see
tasks.text.vectors), trained on soft labels (the teacher's boundary probabilities) for at most one pass, Adam, a
learning rate that rises and falls (Smith 2018). It is small on purpose: it cannot memorise the teacher's mistakes
on single words, and it is never asked about a run that it was trained on (two-fold cross-fitting).
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


class GapContexts(NamedTuple):
    """Inputs at every gap: around int32[gaps, 2 * window] characters, features float32[gaps, features].

    grams int32[gaps, grams] are rows of a table of vectors.
    """

    around: np.ndarray
    features: np.ndarray
    grams: np.ndarray


class Weights(NamedTuple):
    """Learnt weights, float32: embedding [characters + 1, 16], input [inputs, 48] and hidden_bias [48].

    inputs are 2 * window * 16 + features + grams * dimensions; output [48] and output_bias [1].
    """

    embedding: np.ndarray
    input: np.ndarray
    hidden_bias: np.ndarray
    output: np.ndarray
    output_bias: np.ndarray


class Student(NamedTuple):
    """Weights, float32: embedding [characters + 1, 16] and input [2 * window * 16 + features, 48].

    gram_input [grams, dimensions, 48], hidden_bias [48], output [48], output_bias [1]; mean and spread [features] are
    subtracted from features and divide them.
    """

    embedding: np.ndarray
    input: np.ndarray
    gram_input: np.ndarray
    hidden_bias: np.ndarray
    output: np.ndarray
    output_bias: np.ndarray
    mean: np.ndarray
    spread: np.ndarray


class Schedule(NamedTuple):
    """Gaps int64[steps, size] of every step, its learning rate float32[steps], and the dropout with its seed."""

    batches: np.ndarray
    rates: np.ndarray
    dropout: float
    seed: int


def train_student(
    contexts: GapContexts,
    vectors: np.ndarray,
    labels: np.ndarray,
    chosen: np.ndarray,
    characters: int,
    seed: int,
) -> Student:
    """Fit to labels float[gaps] in 0..1 at the chosen gaps int64[m], given vectors float32[rows, dimensions].

    `characters` is the size of the alphabet.
    """
    rng = np.random.default_rng(seed)
    features, dimensions = contexts.features, vectors.shape[1]
    learnt = contexts.around.shape[1] * EMBEDDING + features.shape[1]
    shapes = _shapes(characters + 1, learnt + contexts.grams.shape[1] * dimensions)
    parameters = _initial(shapes, rng)
    size = min(max(len(chosen) // STEPS, MIN_BATCH), MAX_BATCH)
    order = rng.permutation(chosen)
    steps = len(order) // size
    rates = np.array([_rate((step + 1) / steps) for step in range(steps)], np.float32)
    schedule = Schedule(order[: steps * size].reshape(steps, size), rates, DROPOUT, seed)
    _train(parameters, shapes, contexts, vectors, labels.astype(np.float32), schedule)
    embedding, weights, hidden_bias, output, output_bias = _views(parameters, shapes)
    of_grams = weights[learnt:].reshape(contexts.grams.shape[1], dimensions, HIDDEN)
    size = features.shape[1]
    mean, spread = np.zeros(size, np.float32), np.ones(size, np.float32)
    return Student(embedding, weights[:learnt], of_grams, hidden_bias, output, output_bias, mean, spread)


def standardise(features: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return features float32[gaps, features] of mean 0 and spread 1, and the mean and spread that they had."""
    count = max(len(features), 1)
    mean = (features.sum(axis=0, dtype=np.float64) / count).astype(np.float32)
    variance = np.square(features - mean).sum(axis=0, dtype=np.float64) / count
    # a feature that never varies says nothing, in training or later
    spread = np.where(variance > 1e-6, np.sqrt(variance), 1.0).astype(np.float32)
    return (features - mean) / spread, mean, spread


class MultipliedStudent(NamedTuple):
    """A student ready to be applied: what each character at each position adds to the hidden units, and the rest.

    characters float32[2 * window, characters + 1, 48], vectors float32[rows, dimensions] with their weights
    gram_input float32[grams, dimensions, 48], features float32[features, 48] of features as they are, bias and
    output float32[48], output_bias a float32.
    """

    characters: np.ndarray
    vectors: np.ndarray
    gram_input: np.ndarray
    features: np.ndarray
    bias: np.ndarray
    output: np.ndarray
    output_bias: np.float32

    @classmethod
    def of(cls, student: Student, vectors: np.ndarray) -> "MultipliedStudent":
        """Multiply the embeddings and the scale of the features into the input weights."""
        positions = (len(student.input) - len(student.mean)) // EMBEDDING
        parts = student.input[: positions * EMBEDDING].reshape(positions, EMBEDDING, HIDDEN)
        weights = np.ascontiguousarray(student.input[positions * EMBEDDING :] / student.spread[:, None])
        return cls(
            np.matmul(student.embedding, parts),
            vectors,
            student.gram_input,
            weights,
            student.hidden_bias - student.mean @ weights,
            student.output,
            student.output_bias[0],
        )

    def logits(self, contexts: GapContexts, chosen: np.ndarray | None = None) -> np.ndarray:
        """Return ln P/(1-P) of a boundary at each gap, or at the chosen ones int64[m]; float32."""
        gaps = np.arange(len(contexts.around)) if chosen is None else chosen
        used = np.zeros(len(self.vectors), np.bool_)
        used[contexts.grams] = True
        number = np.cumsum(used, dtype=np.int32) - 1
        products = np.zeros((contexts.grams.shape[1], int(used.sum()), len(self.bias)), np.float32)
        _multiply(self.vectors, np.flatnonzero(used), self.gram_input, products)
        logits = np.empty(len(gaps), np.float32)
        _logits(contexts, gaps, self, number, products, logits)
        return logits


def boundary_logits(
    student: Student, contexts: GapContexts, vectors: np.ndarray, chosen: np.ndarray | None = None
) -> np.ndarray:
    """Return ln P/(1-P) of a boundary at each gap, or at the chosen ones int64[m]; float32."""
    return MultipliedStudent.of(student, vectors).logits(contexts, chosen)


def cross_fit(
    contexts: GapContexts,
    vectors: np.ndarray,
    labels: np.ndarray,
    run: np.ndarray,
    characters: int,
    seed: int,
    workers: int = FOLDS,
) -> np.ndarray:
    """Return float32[gaps], each gap's logit from a student of the other fold; run int64[gaps]."""
    rng = np.random.default_rng(seed)
    fold = rng.integers(FOLDS, size=int(run.max(initial=0)) + 1)[run]
    logits = np.zeros(len(run), np.float32)

    def fit(k: int) -> None:
        chosen, asked = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        student = train_student(contexts, vectors, labels, chosen, characters, seed * FOLDS + k + 1)
        logits[asked] = boundary_logits(student, contexts, vectors, asked)

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(workers) as pool:
        list(pool.map(fit, range(FOLDS)))
    return logits


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-logits)), float64."""
    return 0.5 * (1 + np.tanh(np.asarray(logits, np.float64) / 2))


def _shapes(characters: int, inputs: int) -> list[tuple[int, ...]]:
    return [(characters, EMBEDDING), (inputs, HIDDEN), (HIDDEN,), (HIDDEN,), (1,)]


def _views(parameters: np.ndarray, shapes: list[tuple[int, ...]]) -> Weights:
    bounds = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    parts = np.split(parameters, bounds)
    return Weights(*(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)))


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
    contexts: GapContexts,
    vectors: np.ndarray,
    labels: np.ndarray,
    schedule: Schedule,
) -> np.ndarray:
    """Take every step of a schedule, in place; return the mean gradient float32."""
    gradient, first, second = (np.zeros_like(parameters) for _ in range(3))
    weights, of_weights = _views(parameters, shapes), _views(gradient, shapes)
    size, embedded = schedule.batches.shape[1], contexts.around.shape[1] * EMBEDDING
    x = np.empty((size, len(weights.input)), np.float32)
    gate = np.empty((size, embedded), np.float32)
    hidden = np.empty((size, HIDDEN), np.float32)
    back = np.empty((size, HIDDEN), np.float32)
    from_hidden = np.empty((size, embedded), np.float32)
    steps = len(schedule.rates)
    seeds = np.random.default_rng(schedule.seed).integers(1 << 32, size=steps, dtype=np.uint32)
    # products this small gain nothing from threads that wait for each other, and would add up otherwise
    with threadpool_limits(1, "blas"):
        for step, rows in enumerate(schedule.batches):
            _gather(weights.embedding, vectors, contexts, rows, (seeds[step], schedule.dropout), x, gate)
            np.matmul(x, weights.input, out=hidden)
            _errors(weights, hidden, labels[rows], back, of_weights)
            np.matmul(x.T, back, out=of_weights.input)
            np.matmul(back, weights.input[:embedded].T, out=from_hidden)
            _scatter(from_hidden, gate, contexts.around, rows, of_weights.embedding)
            _adam(parameters, first, second, gradient, step + 1, schedule.rates[step])
    return first


@njit(cache=True, nogil=True, fastmath=True)
def _gather(embedding, vectors, contexts, rows, drop, x, gate):
    around, features, grams = contexts
    seed, dropout = drop
    positions = around.shape[1]
    scale = np.float32(1 / (1 - dropout))
    threshold = np.uint32(dropout * 2**32)
    for b in range(len(rows)):
        row = rows[b]
        for k in range(positions):
            c = around[row, k]
            first = np.uint32(np.uint32((b * positions + k) * EMBEDDING) + seed)
            for j in range(EMBEDDING):
                # a finaliser of MurmurHash3 over the place: as random as dropout needs, many at once
                h = np.uint32((first + np.uint32(j)) * np.uint32(0x9E3779B1))
                h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
                h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
                h = np.uint32(h ^ (h >> np.uint32(16)))
                opened = scale if h >= threshold else np.float32(0)
                gate[b, k * EMBEDDING + j] = opened
                x[b, k * EMBEDDING + j] = embedding[c, j] * opened
        at = positions * EMBEDDING
        for f in range(features.shape[1]):
            x[b, at + f] = features[row, f]
        at += features.shape[1]
        for g in range(grams.shape[1]):
            for d in range(vectors.shape[1]):
                x[b, at + d] = vectors[grams[row, g], d]
            at += vectors.shape[1]


@njit(cache=True, nogil=True, fastmath=True)
def _errors(weights, hidden, labels, back, of_weights):
    size = np.float32(len(labels))
    for b in range(len(labels)):
        logit = weights.output_bias[0]
        for h in range(HIDDEN):
            hidden[b, h] = max(hidden[b, h] + weights.hidden_bias[h], np.float32(0))
            logit += hidden[b, h] * weights.output[h]
        error = (np.float32(1) / (np.float32(1) + np.exp(-logit)) - labels[b]) / size
        of_weights.output_bias[0] += error
        for h in range(HIDDEN):
            back[b, h] = error * weights.output[h] if hidden[b, h] > 0 else np.float32(0)
            of_weights.hidden_bias[h] += back[b, h]
            of_weights.output[h] += error * hidden[b, h]


@njit(cache=True, nogil=True, fastmath=True)
def _scatter(from_hidden, gate, around, rows, of_embedding):
    for b in range(len(rows)):
        for k in range(around.shape[1]):
            c = around[rows[b], k]
            for j in range(EMBEDDING):
                i = k * EMBEDDING + j
                of_embedding[c, j] += from_hidden[b, i] * gate[b, i]


@njit(cache=True, nogil=True)
def _multiply(vectors, rows, gram_input, products):
    # by hand and not by a library, whose sums depend on how many rows there are
    for k in range(len(gram_input)):
        for i in range(len(rows)):
            for d in range(vectors.shape[1]):
                value = vectors[rows[i], d]
                for h in range(gram_input.shape[2]):
                    products[k, i, h] += value * gram_input[k, d, h]


@njit(cache=True, nogil=True, fastmath=True)
def _logits(contexts, gaps, student, number, products, logits):
    around, features, grams = contexts
    hidden = len(student.bias)
    z = np.empty(hidden, np.float32)
    for i in range(len(gaps)):
        at = gaps[i]
        for h in range(hidden):
            z[h] = student.bias[h]
        for k in range(around.shape[1]):
            row = student.characters[k, around[at, k]]
            for h in range(hidden):
                z[h] += row[h]
        for k in range(grams.shape[1]):
            row = products[k, number[grams[at, k]]]
            for h in range(hidden):
                z[h] += row[h]
        for f in range(features.shape[1]):
            value = features[at, f]
            for h in range(hidden):
                z[h] += value * student.features[f, h]
        total = student.output_bias
        for h in range(hidden):
            total += max(z[h], np.float32(0)) * student.output[h]
        logits[i] = total
