"""Paths of a linear chain: the score of one, the best one (Viterbi) and exactly the n best.

    best_1(k) = start[k] + unary[1, k],   best_t+1(k) = max_j best_t(j) + transitions[j, k] + unary[t + 1, k]

The n best keep the n best ways into every tag, so nothing is lost. Among equal scores the path that comes from the
lower tag wins, looking from the end. -inf forbids; sums are float64. As in the sums over paths, LANES sentences, the
longest first, go through the recursion side by side.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.crf.sums import LANES, Chain

PADDING = -1


class Paths(NamedTuple):
    """tags int64[..., length], -1 for padding, and score float64[...], -inf where no path is allowed."""

    tags: np.ndarray
    score: np.ndarray


def score_paths(
    unary: np.ndarray,
    transitions: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    lengths: np.ndarray,
    tags: np.ndarray,
) -> np.ndarray:
    """Return float64[batch], the scores of paths int64[batch, length]; shapes as in `best_paths`."""
    scores = np.zeros(len(lengths))
    _score(unary, transitions, start, end, lengths, tags, scores)
    return scores


def best_paths(
    unary: np.ndarray, transitions: np.ndarray, start: np.ndarray, end: np.ndarray, lengths: np.ndarray
) -> Paths:
    """Return the best path of every sentence: unary float[batch, length, tags], lengths int64[batch].

    transitions [tags, tags] from row to column, start [tags], end [tags]. Tags are [batch, length], scores [batch].
    """
    found = Paths(np.full(unary.shape[:2], PADDING, np.int64), np.zeros(len(lengths)))
    order = np.argsort(-lengths, kind="stable")
    # As in `sum_paths`, loops over tags unroll.
    _best((0,) * unary.shape[2], unary, Chain(transitions, start, end), order, lengths, found)
    return found


def n_best_paths(
    unary: np.ndarray, transitions: np.ndarray, start: np.ndarray, end: np.ndarray, count: int
) -> Paths:
    """Return the `count` best paths of one sentence float[length, tags], best first.

    Tags are [m, length] and scores [m]; m is smaller where there are fewer paths. ValueError for a count below 1.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    if len(unary) == 0:
        return Paths(np.zeros((1, 0), np.int64), np.zeros(1))
    found = Paths(np.zeros((count, len(unary)), np.int64), np.zeros(count))
    live = _n_best(unary, transitions, start, end, found.tags, found.score)
    return Paths(found.tags[:live], found.score[:live])


@njit(cache=True, nogil=True)
def _score(unary, transitions, start, end, lengths, tags, scores):
    for s in range(len(lengths)):
        n = lengths[s]
        if n == 0:
            continue
        total = np.float64(start[tags[s, 0]]) + end[tags[s, n - 1]]
        for t in range(n):
            total += unary[s, t, tags[s, t]]
            if t > 0:
                total += transitions[tags[s, t - 1], tags[s, t]]
        scores[s] = total


@njit(cache=True, nogil=True)
def _best(sizes, unary, chain, order, lengths, found):
    transitions, start, end = chain
    tags, scores = found
    length, size = unary.shape[1], len(sizes)
    u, back = np.empty((size, LANES)), np.empty((length, size, LANES), np.int32)
    best, now = np.empty((size, LANES)), np.empty((size, LANES))
    for first in range(0, len(lengths), LANES):
        group = order[first : first + LANES]
        n = lengths[group[0]]
        if n == 0:
            break
        u[:] = 0.0
        for t in range(n):
            live = 0
            while live < len(group) and t < lengths[group[live]]:
                for k in range(size):
                    u[k, live] = unary[group[live], t, k]
                live += 1
            for k in range(size):
                for lane in range(LANES):
                    top, source = best[0, lane] + transitions[0, k], 0
                    for j in range(1, size):
                        x = best[j, lane] + transitions[j, k]
                        source = j if x > top else source
                        top = x if x > top else top
                    now[k, lane] = (top if t > 0 else start[k]) + u[k, lane]
                    back[t, k, lane] = source
            for k in range(size):
                for lane in range(LANES):
                    best[k, lane] = now[k, lane] if lane < live else best[k, lane]
        for lane in range(len(group)):
            s = group[lane]
            if lengths[s] > 0:
                _read_path(best, back, end, lane, lengths[s], tags[s], scores[s : s + 1])


@njit(cache=True, nogil=True)
def _read_path(best, back, end, lane, n, path, score):
    tag = 0
    for k in range(1, len(end)):
        if best[k, lane] + end[k] > best[tag, lane] + end[tag]:
            tag = k
    score[0] = best[tag, lane] + end[tag]
    for t in range(n - 1, 0, -1):
        path[t] = tag
        tag = back[t, tag, lane]
    path[0] = tag


@njit(cache=True, nogil=True)
def _merge(values, head, count):
    """Return the place (tag, rank) of the best value that is not taken yet; values [tags, count] fall along ranks."""
    place = -1
    top = -np.inf
    for j in range(len(values)):
        if head[j] < count and values[j, head[j]] > top:
            place, top = j, values[j, head[j]]
    return place, top


@njit(cache=True, nogil=True)
def _n_best(unary, transitions, start, end, tags, scores):
    length, size = unary.shape
    count = len(scores)
    best = np.full((length, size, count), -np.inf)
    back = np.zeros((length, size, count), np.int64)
    values, head = np.empty((size, count)), np.empty(size, np.int64)
    for k in range(size):
        best[0, k, 0] = np.float64(start[k]) + unary[0, k]
    for t in range(1, length):
        for k in range(size):
            head[:] = 0
            for j in range(size):
                values[j] = best[t - 1, j] + transitions[j, k]
            for rank in range(count):
                j, top = _merge(values, head, count)
                if j < 0:
                    break
                best[t, k, rank] = top + unary[t, k]
                back[t, k, rank] = j * count + head[j]
                head[j] += 1
    head[:] = 0
    for k in range(size):
        values[k] = best[length - 1, k] + end[k]
    for rank in range(count):
        tag, top = _merge(values, head, count)
        if tag < 0:
            return rank
        scores[rank] = top
        way = head[tag]
        head[tag] += 1
        for t in range(length - 1, -1, -1):
            tags[rank, t] = tag
            tag, way = np.divmod(back[t, tag, way], count)
    return count
