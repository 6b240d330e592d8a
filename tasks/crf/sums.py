"""Sums over all paths of a linear chain: log Z, the probability of each tag and of each pair of neighbours.

    score(y) = start[y_1] + sum_t unary[t, y_t] + sum_t transitions[y_t, y_t+1] + end[y_n]
    Z = sum_y exp score(y),   P(y) = exp score(y) / Z                            (J. Su, kexue.fm 5542, eq. 7 and 10)

computed on probabilities: with G = exp(transitions) and u_t = exp(unary_t),

    a_1 = exp(start) * u_1 / c_1,   a_t+1 = (a_t G) * u_t+1 / c_t+1,   Z = c_1 .. c_n (a_n . exp(end))

each c_t making a_t sum to 1; the same scales serve b_t from the other end, and P(y_t) = a_t * b_t. Where potentials
are so far apart that probabilities underflow, the two directions no longer agree on Z, and the sentence is computed
again on logarithms. A potential of -inf forbids. Nats; scratch is float64 whatever the potentials are.

LANES sentences, the longest first, go through the recursions side by side, one to each lane of the processor's vector
registers; a lane stands still behind the end of its sentence, so no sum depends on which sentences go together. The
exponential is written out because a call for each number would take half of the time:

    exp x = 2^n exp r,   n = round(x / ln 2),   r = x - n ln 2 with ln 2 in two parts          (Cody and Waite, 1980)

with a polynomial of degree 12 for exp r, |r| <= ln 2 / 2. It errs by less than 4e-16 of the value.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

AGREEMENT = 1e-9
EVERYTHING = np.zeros((0, 0, 0), np.uint8)
LANES = 16
UNDERFLOW = -708.0  # exp of less is taken as 0

# Added to a number below 2^51, the first leaves its nearest integer, with the exponent's bias, in the lowest bits.
_TO_EXPONENT = 1.5 * 2.0**52 + 1023
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93145751953125e-1, 1.42860682030941723212e-6


class Sums(NamedTuple):
    """log_z float64[batch], tags float[batch, length, tags] = P(y_t), pairs float64[batch, tags, tags].

    `pairs` sums P(y_t, y_t+1) over t. Padding has probability 0.
    """

    log_z: np.ndarray
    tags: np.ndarray
    pairs: np.ndarray


class Chain(NamedTuple):
    """Potentials of neighbours: transitions float[tags, tags] from row to column, start and end float[tags]."""

    transitions: np.ndarray
    start: np.ndarray
    end: np.ndarray


class _Lanes(NamedTuple):
    """A group of sentences side by side, its potentials and its sums, a sentence to a lane.

    u and a [length, tags, LANES], scale [length, LANES], b [tags, LANES], p [tags, tags, LANES]; logs and agreed
    [LANES], ends int64[LANES] are the lengths.
    """

    u: np.ndarray
    a: np.ndarray
    scale: np.ndarray
    b: np.ndarray
    p: np.ndarray
    logs: np.ndarray
    agreed: np.ndarray
    ends: np.ndarray


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
    sums = Sums(np.zeros(batch), np.zeros_like(unary), np.zeros((batch, size, size)))
    order = np.argsort(-lengths, kind="stable")
    # The length of a tuple is known when the kernel is compiled, so loops over tags unroll.
    _sum_sentences((0,) * size, unary, Chain(transitions, start, end), order, lengths, allowed, sums)
    return sums


def take_path(sums: Sums, path: np.ndarray, lengths: np.ndarray) -> None:
    """Take the indicators of paths int64[batch, length] from the probabilities, in place: what is left is d loss."""
    _take_path(sums.tags, sums.pairs, path, lengths)


def weigh(
    tags: np.ndarray, pairs: np.ndarray, weight: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of unary, transitions, start and end, the sentences' own weighted by float[batch].

    tags [batch, length, tags] and pairs [batch, tags, tags] are those of `Sums`, less what is known.
    """
    size = tags.shape[2]
    unary, of_pairs, edges = np.empty_like(tags), np.zeros((size, size)), np.zeros((2, size))
    _weigh(tags, pairs, weight, lengths, unary, of_pairs, edges)
    of_start, of_end = edges.astype(tags.dtype)
    return unary, of_pairs.astype(tags.dtype), of_start, of_end


@njit(cache=True, nogil=True)
def _weigh(tags, pairs, weight, lengths, unary, of_pairs, edges):
    size = tags.shape[2]
    for s in range(len(lengths)):
        w = weight[s]
        for t in range(tags.shape[1]):
            for k in range(size):
                unary[s, t, k] = tags[s, t, k] * w
        if lengths[s] == 0:
            continue
        for j in range(size):
            edges[0, j] += unary[s, 0, j]
            edges[1, j] += unary[s, lengths[s] - 1, j]
            for k in range(size):
                of_pairs[j, k] += pairs[s, j, k] * w


@njit(cache=True, nogil=True)
def _take_path(tags, pairs, path, lengths):
    for s in range(len(lengths)):
        for t in range(lengths[s]):
            tags[s, t, path[s, t]] -= 1
            if t > 0:
                pairs[s, path[s, t - 1], path[s, t]] -= 1


@njit(cache=True, nogil=True, error_model="numpy")
def _sum_sentences(sizes, unary, chain, order, lengths, allowed, sums):
    length, size = unary.shape[1], len(sizes)
    log_z, tags, pairs = sums
    u, a = np.empty((length, size, LANES)), np.empty((length, size, LANES))
    scale, b, p = np.empty((length, LANES)), np.empty((size, LANES)), np.empty((size, size, LANES))
    logs, agreed, ends = np.empty(LANES), np.empty(LANES), np.empty(LANES, np.int64)
    lanes = _Lanes(u, a, scale, b, p, logs, agreed, ends)
    power = np.empty(length * size * LANES)
    weights = Chain(np.exp(chain.transitions * 1.0), np.exp(chain.start * 1.0), np.exp(chain.end * 1.0))
    for first in range(0, len(lengths), LANES):
        group = order[first : first + LANES]
        n = lengths[group[0]]
        if n == 0:
            break
        _load(unary, allowed, group, lengths, n, lanes)
        _exp(u[:n].reshape(-1), power)
        _forward(sizes, weights, n, lanes)
        _backward(sizes, weights, n, lanes)
        for lane in range(len(group)):
            s = group[lane]
            if lengths[s] == 0:
                break
            log_z[s] = logs[lane]
            for t in range(lengths[s]):
                for k in range(size):
                    tags[s, t, k] = u[t, k, lane]
            for j in range(size):
                for k in range(size):
                    pairs[s, j, k] = p[j, k, lane]
            if not abs(agreed[lane] - 1.0) <= AGREEMENT or not np.isfinite(log_z[s]):
                log_z[s] = _sum_logarithms(unary, allowed, s, lengths[s], chain, sums)


@njit(cache=True, nogil=True)
def _load(unary, allowed, group, lengths, n, lanes):
    """Put the potentials of a group into u, less the highest of each position; logs are the sums of these."""
    u, logs, ends = lanes.u, lanes.logs, lanes.ends
    size = unary.shape[2]
    u[:n] = 0.0
    logs[:] = 0.0
    ends[:] = 0
    for lane in range(len(group)):
        s = group[lane]
        ends[lane] = lengths[s]
        for t in range(lengths[s]):
            top = -np.inf
            for k in range(size):
                x = np.float64(unary[s, t, k])
                if len(allowed) > 0 and allowed[s, t, k] == 0:
                    x = np.float64(-np.inf)
                u[t, k, lane] = x
                top = max(top, x)
            logs[lane] += top
            for k in range(size):
                u[t, k, lane] -= top


@njit(cache=True, nogil=True, fastmath={"contract"})
def _exp(x, power):
    """Replace x float64[n], none above 0, by its exponential; power is scratch."""
    bits = power.view(np.int64)
    for i in range(len(x)):
        power[i] = max(x[i], UNDERFLOW) * _LOG2_E + _TO_EXPONENT
    for i in range(len(x)):
        n = power[i] - _TO_EXPONENT
        r = (max(x[i], UNDERFLOW) - n * _LN2_HIGH) - n * _LN2_LOW
        y = 1 / 479001600
        y = y * r + 1 / 39916800
        y = y * r + 1 / 3628800
        y = y * r + 1 / 362880
        y = y * r + 1 / 40320
        y = y * r + 1 / 5040
        y = y * r + 1 / 720
        y = y * r + 1 / 120
        y = y * r + 1 / 24
        y = y * r + 1 / 6
        y = y * r + 1 / 2
        y = y * r + 1.0
        y = y * r + 1.0
        x[i] = y if x[i] > UNDERFLOW else 0.0
    for i in range(len(x)):
        bits[i] <<= 52
    for i in range(len(x)):
        x[i] *= power[i]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _forward(sizes, weights, n, lanes):
    """Fill a, scale and the b of every last position; add to logs, which becomes log Z."""
    g, into, out = weights
    u, a, scale, b, logs, ends = lanes.u, lanes.a, lanes.scale, lanes.b, lanes.logs, lanes.ends
    size = len(sizes)
    total, product = np.empty(LANES), np.ones(LANES)
    for t in range(n):
        row, before = a[t], a[max(t - 1, 0)]
        for k in range(size):
            for lane in range(LANES):
                x = 0.0
                for j in range(size):
                    x += before[j, lane] * g[j, k]
                row[k, lane] = (x if t > 0 else into[k]) * u[t, k, lane]
        for lane in range(LANES):
            x = 0.0
            for k in range(size):
                x += row[k, lane]
            total[lane] = x if t < ends[lane] else 1.0
            scale[t, lane] = 1.0 / total[lane]
        for k in range(size):
            for lane in range(LANES):
                x = row[k, lane] * scale[t, lane]
                row[k, lane] = x if t < ends[lane] else before[k, lane]
        for lane in range(LANES):
            product[lane] *= total[lane]
        for lane in range(LANES):
            if not 1e-100 < product[lane] < 1e100:
                logs[lane] += np.log(product[lane])
                product[lane] = 1.0
    for lane in range(LANES):
        x = 0.0
        for k in range(size):
            x += a[n - 1, k, lane] * out[k]
        for k in range(size):
            b[k, lane] = out[k] / x
        logs[lane] += np.log(product[lane]) + np.log(x)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _backward(sizes, weights, n, lanes):
    """Replace u by the probabilities of tags and fill p with those of pairs; agreed is Z of one end by the other's."""
    u, a, scale, b, p, _, agreed, ends = lanes
    g = weights.transitions
    size = len(sizes)
    c = np.empty((size, LANES))
    p[:] = 0.0
    for t in range(n - 1, 0, -1):
        row, before = u[t], a[t - 1]
        for k in range(size):
            for lane in range(LANES):
                x = row[k, lane] * b[k, lane] * scale[t, lane]
                c[k, lane] = x if t < ends[lane] else 0.0
        for k in range(size):
            for lane in range(LANES):
                row[k, lane] = a[t, k, lane] * b[k, lane]
        for j in range(size):
            for lane in range(LANES):
                x = 0.0
                for k in range(size):
                    x += g[j, k] * c[k, lane]
                b[j, lane] = x if t < ends[lane] else b[j, lane]
            for k in range(size):
                for lane in range(LANES):
                    p[j, k, lane] += before[j, lane] * c[k, lane]
    agreed[:] = 0.0
    for k in range(size):
        for lane in range(LANES):
            u[0, k, lane] = a[0, k, lane] * b[k, lane]
            agreed[lane] += u[0, k, lane]
        for j in range(size):
            for lane in range(LANES):
                p[j, k, lane] *= g[j, k]


@njit(cache=True, nogil=True)
def _log_sum(values):
    top = values.max()
    return top if top == -np.inf else top + np.log(np.exp(values - top).sum())


@njit(cache=True, nogil=True)
def _sum_logarithms(unary, allowed, s, n, chain, sums):
    transitions, start, end = chain
    tags, pairs = sums.tags, sums.pairs
    size = unary.shape[2]
    u = unary[s, :n].astype(np.float64)
    if len(allowed) > 0:
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
