"""Sums over all paths of a linear chain: log Z, the probability of each tag and of each pair of neighbours.

    score(y) = start[y_1] + sum_t unary[t, y_t] + sum_t transitions[y_t, y_t+1] + end[y_n]
    Z = sum_y exp score(y),   P(y) = exp score(y) / Z                            (J. Su, kexue.fm 5542, eq. 7 and 10)

computed on probabilities: with G = exp(transitions) and u_t = exp(unary_t),

    a_1 = exp(start) * u_1 / c_1,   a_t+1 = (a_t G) * u_t+1 / c_t+1,   Z = c_1 .. c_n (a_n . exp(end))

each c_t making a_t sum to 1; the same scales serve b_t from the other end, and P(y_t) = a_t * b_t. Where potentials
are so far apart that probabilities underflow, the two directions no longer agree on Z, and the sentence is computed
again on logarithms. A potential of -inf forbids. Nats; scratch is float64 whatever the potentials are.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

AGREEMENT = 1e-9
EVERYTHING = np.zeros((0, 0, 0), np.uint8)


class Sums(NamedTuple):
    """log_z float64[batch], tags float[batch, length, tags] = P(y_t), pairs float64[batch, tags, tags].

    `pairs` sums P(y_t, y_t+1) over t. Padding has probability 0.
    """

    log_z: np.ndarray
    tags: np.ndarray
    pairs: np.ndarray


def sum_paths(
    unary: np.ndarray,
    transitions: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    lengths: np.ndarray,
    allowed: np.ndarray = EVERYTHING,
) -> Sums:
    """Sum over the paths of sentences: unary float[batch, length, tags], lengths int64[batch].

    transitions [tags, tags] from row to column, start [tags], end [tags]. allowed uint8[batch, length, tags], when
    given, leaves only paths through its ones. A sentence of length 0 has log Z = 0, one without a path -inf and
    probabilities 0.
    """
    batch, _, size = unary.shape
    log_z, tags = np.zeros(batch), np.zeros_like(unary)
    pairs = np.zeros((batch, size, size))
    # The length of a tuple is known when the kernel is compiled, so loops over tags unroll.
    _sum_sentences((0,) * size, unary, transitions, start, end, lengths, allowed, log_z, tags, pairs)
    return Sums(log_z, tags, pairs)


def take_path(sums: Sums, path: np.ndarray, lengths: np.ndarray) -> None:
    """Take the indicators of paths int64[batch, length] from the probabilities, in place: what is left is d loss."""
    _take_path(sums.tags, sums.pairs, path, lengths)


@njit(cache=True, nogil=True)
def _take_path(tags, pairs, path, lengths):
    for s in range(len(lengths)):
        for t in range(lengths[s]):
            tags[s, t, path[s, t]] -= 1
            if t > 0:
                pairs[s, path[s, t - 1], path[s, t]] -= 1


@njit(cache=True, nogil=True, error_model="numpy")
def _sum_sentences(sizes, unary, transitions, start, end, lengths, allowed, log_z, tags, pairs):
    length, size = unary.shape[1], len(sizes)
    masked = len(allowed) > 0
    u, a = np.empty((length, size)), np.empty((length, size))
    scale, b, c = np.empty(length), np.empty(size), np.empty(size)
    g, into, out = np.exp(transitions * 1.0), np.exp(start * 1.0), np.exp(end * 1.0)
    for s in range(len(lengths)):
        n = lengths[s]
        if n == 0:
            continue
        log_z[s] = _forward(sizes, unary, allowed, masked, s, n, g, into, out, u, a, scale)
        total = 0.0
        for j in range(size):
            total += a[n - 1, j] * out[j]
        for j in range(size):
            b[j] = out[j] / total
            tags[s, n - 1, j] = a[n - 1, j] * b[j]
        for t in range(n - 2, -1, -1):
            for k in range(size):
                c[k] = u[t + 1, k] * b[k] * scale[t + 1]
                b[k] = 0.0
            for j in range(size):
                x = 0.0
                for k in range(size):
                    x += g[j, k] * c[k]
                    pairs[s, j, k] += a[t, j] * c[k]
                b[j] = x
                tags[s, t, j] = a[t, j] * x
        agreed = 0.0
        for j in range(size):
            agreed += a[0, j] * b[j]
            for k in range(size):
                pairs[s, j, k] *= g[j, k]
        if not abs(agreed - 1.0) <= AGREEMENT or not np.isfinite(log_z[s]):
            log_z[s] = _sum_logarithms(unary, allowed, masked, s, n, transitions, start, end, tags, pairs)


@njit(cache=True, nogil=True, error_model="numpy")
def _forward(sizes, unary, allowed, masked, s, n, g, into, out, u, a, scale):
    size = unary.shape[2]
    log_z, product = 0.0, 1.0
    for t in range(n):
        top = -np.inf
        for k in range(size):
            if not (masked and allowed[s, t, k] == 0):
                top = max(top, unary[s, t, k])
        log_z += top
        total = 0.0
        for k in range(size):
            live = not (masked and allowed[s, t, k] == 0)
            u[t, k] = math.exp(unary[s, t, k] - top) if live else 0.0
            x = 0.0
            if t == 0:
                x = into[k]
            else:
                for j in range(size):
                    x += a[t - 1, j] * g[j, k]
            a[t, k] = x * u[t, k]
            total += a[t, k]
        scale[t] = 1.0 / total
        for k in range(size):
            a[t, k] *= scale[t]
        product *= total
        if not 1e-100 < product < 1e100:
            log_z += np.log(product)
            product = 1.0
    total = 0.0
    for k in range(size):
        total += a[n - 1, k] * out[k]
    return log_z + np.log(product) + np.log(total)


@njit(cache=True, nogil=True)
def _log_sum(values):
    top = values.max()
    return top if top == -np.inf else top + np.log(np.exp(values - top).sum())


@njit(cache=True, nogil=True)
def _sum_logarithms(unary, allowed, masked, s, n, transitions, start, end, tags, pairs):
    size = unary.shape[2]
    u = unary[s, :n].astype(np.float64)
    if masked:
        for t in range(n):
            for k in range(size):
                if allowed[s, t, k] == 0:
                    u[t, k] = -np.inf
    a, b = np.empty((n, size)), np.empty((n, size))
    a[0] = start + u[0]
    for t in range(1, n):
        for k in range(size):
            a[t, k] = _log_sum(a[t - 1] + transitions[:, k]) + u[t, k]
    b[n - 1] = end
    for t in range(n - 2, -1, -1):
        for j in range(size):
            b[t, j] = _log_sum(transitions[j] + u[t + 1] + b[t + 1])
    log_z = _log_sum(a[n - 1] + b[n - 1])
    tags[s, :n] = 0.0
    pairs[s] = 0.0
    if log_z == -np.inf:
        return log_z
    for t in range(n):
        for j in range(size):
            tags[s, t, j] = math.exp(a[t, j] + b[t, j] - log_z)
            if t + 1 < n:
                for k in range(size):
                    pairs[s, j, k] += math.exp(
                        a[t, j] + transitions[j, k] + u[t + 1, k] + b[t + 1, k] - log_z
                    )
    return log_z
