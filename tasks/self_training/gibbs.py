"""Blocked Gibbs sampling of the segmentation of runs under a word bigram, and its exact posterior.

    a(t, k) = sum_m a(t - k, m) P(w | u)     w the k characters before t, u the m characters before those

sums all segmentations of the first t characters of a run that end in a word of length k. Going back from the
end draws a segmentation from the posterior, or gives the probability that a word begins at t. A sweep takes
each run out of the counts, redraws it and puts it back. It works on two halves of the text, each with a copy
of the counts of its own; after the sweep each takes over what the other changed. The halves may run at once, and the
result does not depend on whether they did.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.self_training.bigram import (
    CONTEXT,
    FOLLOWING,
    STRENGTH,
    SUCCESSORS,
    Bigram,
    add_pair,
    count_bigrams,
    refitted,
    remove_pair,
)
from tasks.text.hashing import slot_of, uniform

SHARDS = 2


class Chart(NamedTuple):
    """Forward sums of one run of at most n characters and words of at most k: joint float64[n + 2, k + 1, k + 1].

    joint[t, k, m] is the probability of ending at t with words of m and k, scaled by lift float64[n + 2] so that each t
    sums to one; share and mass float64[n + 2, k + 1] and known int64[n + 2, k + 1] are of the word of k ending at t.
    """

    joint: np.ndarray
    lift: np.ndarray
    share: np.ndarray
    known: np.ndarray
    mass: np.ndarray

    @classmethod
    def of(cls, character: np.ndarray, low: int, high: int, longest: int) -> "Chart":
        """Make room for the longest run in [low, high)."""
        room = _longest_run(character, low, high) + 2
        return cls(
            np.zeros((room, longest + 1, longest + 1)),
            np.ones(room),
            np.zeros((room, longest + 1)),
            np.full((room, longest + 1), -1, np.int64),
            np.zeros((room, longest + 1)),
        )


def sample_segmentations(
    character: np.ndarray,
    gram: np.ndarray,
    begins: np.ndarray,
    words: int,
    *,
    sweeps: int,
    averaged: int,
    seed: int,
    workers: int = SHARDS,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Sweep from a segmentation begins bool[n]; return the last one, float64[n] and bits per character.

    The floats are the probability that a word begins at each character, given all other runs, averaged over
    the last sweeps; bits are those of the last sweep, each run coded by the counts of the others.
    """
    begins, text = begins.copy(), (character, gram)
    posterior = np.zeros(len(character))
    bounds = _shard_bounds(character)
    charts = [Chart.of(character, *bound, gram.shape[1]) for bound in bounds]
    models, before = _copies(count_bigrams(character, gram, begins, words)), begins
    log_likelihood = 0.0
    with ThreadPoolExecutor(workers) as pool:
        for sweep in range(sweeps):
            if sweep > 0:
                models = _brought_together(pool, models, text, (before, begins), bounds)
            before = begins.copy()
            averaging = posterior, 1.0 / averaged if sweep >= sweeps - averaged else 0.0
            states = [np.uint64(seed * 1_000_003 + sweep * SHARDS + k + 1) for k in range(SHARDS)]
            jobs = [
                pool.submit(_draw, text, begins, averaging, bounds[k], models[k], charts[k], states[k])
                for k in range(SHARDS)
            ]
            log_likelihood = sum(job.result() for job in jobs)
    bits = -log_likelihood / np.log(2) / max(int((character >= 0).sum()), 1)
    return begins, posterior, bits


def _copies(model: Bigram) -> list[Bigram]:
    return [model, *(Bigram(*(array.copy() for array in model)) for _ in range(SHARDS - 1))]


def _brought_together(
    pool: ThreadPoolExecutor,
    models: list[Bigram],
    text: tuple[np.ndarray, np.ndarray],
    cuts: tuple[np.ndarray, np.ndarray],
    bounds: list[tuple[int, int]],
) -> list[Bigram]:
    """Return the models, each with what the others counted of the text as it was cut before and is cut now."""

    def take_over(k: int) -> None:
        for other in range(SHARDS):
            if other != k:
                _transfer(text, cuts, bounds[other], models[k])

    list(pool.map(take_over, range(SHARDS)))
    counted = refitted(models[0], *text, cuts[1])
    if counted.pairs is not models[0].pairs:
        return _copies(counted)
    fitted = {"spelling": counted.spelling, "lengths": counted.lengths, "discounts": counted.discounts}
    return [model._replace(**fitted) for model in models]


def begin_probabilities(character: np.ndarray, gram: np.ndarray, model: Bigram) -> np.ndarray:
    """Return float64[n], the probability that a word begins at each character; counts are left alone."""
    posterior = np.zeros(len(character))
    chart = Chart.of(character, 0, len(character), gram.shape[1])
    _weigh((character, gram), posterior, model, chart)
    return posterior


def _shard_bounds(character: np.ndarray) -> list[tuple[int, int]]:
    edges = np.append(np.flatnonzero(character < 0), len(character))
    wanted = np.linspace(0, len(character), SHARDS + 1)[1:-1]
    bounds = [0, *edges[np.searchsorted(edges, wanted)].tolist(), len(character)]
    return list(pairwise(bounds))


@njit(cache=True, nogil=True)
def _longest_run(character, low, high):
    longest = 0
    length = 0
    for i in range(low, high):
        length = length + 1 if character[i] >= 0 else 0
        longest = max(longest, length)
    return longest


@njit(cache=True, nogil=True)
def _recount(gram, begins, low, high, model, add):
    word = model.word
    edge = len(word) - 1
    u = edge
    i = low
    while i < high:
        end = i + 1
        while end < high and not begins[end]:
            end += 1
        w = gram[i, end - i - 1]
        if add:
            add_pair(model.pairs, word, model.totals, u, w)
        else:
            remove_pair(model.pairs, word, model.totals, u, w)
        u = w
        i = end
    if add:
        add_pair(model.pairs, word, model.totals, u, edge)
    else:
        remove_pair(model.pairs, word, model.totals, u, edge)


@njit(cache=True, nogil=True)
def _transfer(text, cuts, bounds, model):
    """Count the runs in bounds as they are cut now, where they were counted as cut before."""
    character, gram = text
    before, begins = cuts
    i, high = bounds
    while i < high:
        if character[i] < 0:
            i += 1
            continue
        end = i
        changed = False
        while end < high and character[end] >= 0:
            changed |= before[end] != begins[end]
            end += 1
        if changed:
            _recount(gram, before, i, end, model, False)
            _recount(gram, begins, i, end, model, True)
        i = end


@njit(cache=True, nogil=True)
def _forward(text, low, size, model, chart):
    """Fill joint, lift, share and known of the run of `size` characters at `low`; return ln Z."""
    character, gram = text
    pairs, word, totals, spelling, lengths, discounts = model
    joint, lift, share, known, _ = chart
    longest = gram.shape[1]
    edge = len(word) - 1
    d1 = discounts[0]
    d2 = discounts[1]
    scale = 1.0 / (totals[0] + STRENGTH)
    spread = (STRENGTH + d1 * totals[1]) * scale
    log_z = 0.0
    share[0, :] = 0.0
    share[0, 0] = 1.0 / (word[edge, CONTEXT] + STRENGTH)
    known[0, 0] = edge
    for t in range(1, size + 2):
        # t = size + 1 stands for the end of the run: one word, the edge, of no characters
        last = t > size
        reach = 1 if last else min(longest, t)
        spelled = 1.0
        total = 0.0
        lifted = 1.0
        for k in range(1, reach + 1):
            q = t - k
            if last:
                w = edge
                p = max(word[edge, FOLLOWING] - d1, 1e-9) * scale
            else:
                w = gram[low + q, k - 1]
                spelled *= spelling[character[low + q]]
                if k > 1:
                    lifted *= lift[q + 1]
                if w < 0:
                    joint[t, k, :] = 0.0
                    share[t, k] = 0.0
                    known[t, k] = -1
                    continue
                p = spread * lengths[k] * spelled
                if word[w, FOLLOWING] > 0:
                    p += (word[w, FOLLOWING] - d1) * scale
            seen = word[w, FOLLOWING] > 0
            first = 0 if q == 0 else 1
            top = 0 if q == 0 else min(longest, q)
            here = 0.0
            for m in range(first, top + 1):
                u = known[q, m]
                value = 0.0
                if u >= 0:
                    value = share[q, m] * (STRENGTH + d2 * word[u, SUCCESSORS]) * p
                    if seen and word[u, CONTEXT] > 0:
                        slot = slot_of(pairs, np.int64(u) * len(word) + w)
                        if pairs[slot, 1] > 0:
                            value += share[q, m] * (pairs[slot, 1] - d2)
                    value *= lifted
                joint[t, k, m] = value
                here += value
            share[t, k] = here
            known[t, k] = w
            total += here
        inverse = 1.0 / total
        lift[t] = inverse
        log_z += np.log(total)
        if not last:
            for k in range(1, reach + 1):
                w = known[t, k]
                for m in range(min(longest, max(t - k, 0)) + 1):
                    joint[t, k, m] *= inverse
                if w >= 0:
                    share[t, k] *= inverse / (word[w, CONTEXT] + STRENGTH)
    return log_z


@njit(cache=True, nogil=True)
def _backward(chart, size, longest, weight, posterior):
    """Add the probabilities that a word begins at each character of the run, float64[size], times a weight."""
    joint, mass = chart.joint, chart.mass
    mass[: size + 2] = 0.0
    mass[size + 1, 1] = 1.0
    for t in range(size + 1, 0, -1):
        reach = 1 if t > size else min(longest, t)
        for k in range(1, reach + 1):
            if mass[t, k] == 0.0:
                continue
            q = t - k
            top = min(longest, q)
            total = 0.0
            for m in range(top + 1):
                total += joint[t, k, m]
            if q < size:
                posterior[q] += weight * mass[t, k]
            if q > 0:
                ratio = mass[t, k] / total
                for m in range(1, top + 1):
                    mass[q, m] += ratio * joint[t, k, m]


@njit(cache=True, nogil=True)
def _sample(chart, size, longest, state, begins):
    """Draw the begins bool[size] of a run from the posterior; return the next state."""
    joint = chart.joint
    begins[:] = False
    t, k = size + 1, 1
    while t - k > 0:
        q = t - k
        top = min(longest, q)
        total = 0.0
        for m in range(1, top + 1):
            total += joint[t, k, m]
        state, draw = uniform(state)
        draw *= total
        chosen = top
        for m in range(1, top + 1):
            draw -= joint[t, k, m]
            if draw <= 0.0 and joint[t, k, m] > 0.0:
                chosen = m
                break
        t, k = q, chosen
        begins[t - k] = True
    return state


@njit(cache=True, nogil=True)
def _draw(text, begins, averaging, bounds, model, chart, state):
    """Redraw every run in bounds from the counts of all others; return the sum of ln Z."""
    character, gram = text
    posterior, weight = averaging
    longest = gram.shape[1]
    log_likelihood = 0.0
    i, high = bounds
    while i < high:
        if character[i] < 0:
            i += 1
            continue
        end = i + 1
        while end < high and character[end] >= 0:
            end += 1
        size = end - i
        if size == 1:
            begins[i] = True
            posterior[i] += weight
            i = end
            continue
        _recount(gram, begins, i, end, model, False)
        log_likelihood += _forward(text, i, size, model, chart)
        if weight > 0:
            _backward(chart, size, longest, weight, posterior[i:end])
        state = _sample(chart, size, longest, state, begins[i:end])
        _recount(gram, begins, i, end, model, True)
        i = end
    return log_likelihood


@njit(cache=True, nogil=True)
def _weigh(text, posterior, model, chart):
    character, gram = text
    i = 0
    while i < len(character):
        if character[i] < 0:
            i += 1
            continue
        end = i + 1
        while end < len(character) and character[end] >= 0:
            end += 1
        _forward(text, i, end - i, model, chart)
        _backward(chart, end - i, gram.shape[1], 1.0, posterior[i:end])
        i = end
