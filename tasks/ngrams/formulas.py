"""The formulas of the `ngrams` table on counts: n of a gram, head and tail of its two parts, total characters.

Scalar functions, compiled, and one kernel that fills columns with them. They use the C library's logarithm in a
fixed order of operations, so a row has the same bits whatever is computed beside it.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit

LN2 = math.log(2.0)
_COUNTS = 1 << 12


@njit(cache=True, nogil=True, error_model="numpy")
def pmi(n, head, tail, total):
    """Return the pointwise mutual information of the two parts, nats: ln(n total / (head tail)) (5476)."""
    return math.log(np.float64(n) * np.float64(total) / (np.float64(head) * np.float64(tail)))


@njit(cache=True, nogil=True, error_model="numpy")
def npmi(information, n, total):
    """Return the mutual information over -ln(n / total), which makes it at most 1 (Bouma 2009)."""
    return information / surprisal(n, total)


@njit(cache=True, nogil=True, error_model="numpy")
def surprisal(n, total):
    """Return -ln(n / total), nats."""
    return -math.log(np.float64(n) / np.float64(total))


@njit(cache=True, nogil=True, error_model="numpy")
def _left_over(n, part):
    if part <= n:
        return 0.0
    return np.float64(part - n) * math.log(1.0 - np.float64(n) / np.float64(part))


@njit(cache=True, nogil=True, error_model="numpy")
def gain(information, n, head, tail, total):
    """Return the drop in bits of the whole corpus when two different parts are merged wherever they meet.

    total F / ln 2 with (5476, 2.11)
    F = p_ab ln(p_ab / (p_a p_b)) - (1 - p_ab) ln(1 - p_ab) + sum over i in a, b of (p_i - p_ab) ln(1 - p_ab / p_i).
    """
    return _gain(information, n, head, tail, _left_over(n, total))


@njit(cache=True, nogil=True, error_model="numpy")
def _gain(information, n, head, tail, others):
    drop = np.float64(n) * information - others
    return (drop + _left_over(n, head) + _left_over(n, tail)) / LN2


@njit(cache=True, nogil=True, error_model="numpy")
def gain_bound(information, n):
    """Return the lower bound of the gain in bits (2.15): total F* / ln 2, F* = p_ab (pmi - 1)."""
    return np.float64(n) * (information - 1.0) / LN2


@njit(cache=True, nogil=True, error_model="numpy")
def branching_entropy(n, spread, scale):
    """Return the entropy of the character beside a gram, nats: H = ln N - sum c ln c / N = spread / N.

    The spread is in units of 1 / scale nats.
    """
    return np.float64(spread) / (np.float64(n) * np.float64(scale))


@njit(cache=True, nogil=True, error_model="numpy")
def standardised(x, mean, deviation):
    """Return by how many deviations x exceeds the mean, 0 where nothing deviates."""
    return (x - mean) / deviation if deviation > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def autonomies(left, left_mean, left_deviation, right, right_mean, right_deviation, out):
    """Fill out Float64[n] with autonomy: the standardised variations of both sides, added."""
    for i in range(len(left)):
        out[i] = standardised(left[i], left_mean, left_deviation) + standardised(
            right[i], right_mean, right_deviation
        )


class PairFigures(NamedTuple):
    """Figures of grams from the counts of their two parts, Float64[n] each; the gain of equal parts means nothing."""

    pmi: np.ndarray
    npmi: np.ndarray
    gain: np.ndarray
    gain_bound: np.ndarray


class _ByCount(NamedTuple):
    """Terms that depend on the count of a gram alone, Float64[n] by count: most grams are rare."""

    surprisal: np.ndarray
    left_over: np.ndarray


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_by_count(total, terms):
    for n in range(len(terms.surprisal)):
        terms.surprisal[n] = surprisal(n, total)
        terms.left_over[n] = _left_over(n, total)


@lru_cache(maxsize=4)
def _by_count(total: int) -> _ByCount:
    terms = _ByCount(*np.empty((2, min(total + 1, _COUNTS))))
    _fill_by_count(total, terms)
    return terms


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(count, head, tail, total, terms, figures):
    for i in range(len(count)):
        n = count[i]
        rare = n < len(terms.surprisal)
        information = pmi(n, head[i], tail[i], total)
        figures.pmi[i] = information
        figures.npmi[i] = information / (terms.surprisal[n] if rare else surprisal(n, total))
        others = terms.left_over[n] if rare else _left_over(n, total)
        figures.gain[i] = _gain(information, n, head[i], tail[i], others)
        figures.gain_bound[i] = gain_bound(information, n)


def pair_figures(count: np.ndarray, head: np.ndarray, tail: np.ndarray, total: int) -> PairFigures:
    """Return pmi, npmi, gain and gain_bound of grams, from counts Int64[n]."""
    figures = PairFigures(*np.empty((4, len(count))))
    _fill(count, head, tail, total, _by_count(total), figures)
    return figures
