"""The unigram word model fitted by expectation-maximisation (J. Su, kexue.fm 5239, eq. 18-20).

A text is generated word by word; its segmentation is hidden. With a(i) the probability of all segmentations
of the first i characters of a run and b(i) the posterior probability that a word ends at i,

    a(j) = sum_w a(j - |w|) p_w,  P(w at [i, j) | text) = a(i) p_w / a(j) * b(j),  b(i) = sum_w P(w at [i, j))

the E-step sums these posteriors into expected counts and the M-step sets p_w to its share of them: the
likelihood never falls and the probabilities sum to one. Log-likelihoods are in nats.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numba import njit

from tasks.em import fit
from tasks.unigram.lattice import UNREACHABLE, Lattice, cheapest_path, path_scratch

EM_ITERATIONS = 10
UNUSED_SHARE = 0.01
_TINY, _LN_TINY = 1e-150, float(np.log(1e-150))


Expect = Callable[[np.ndarray], tuple[np.ndarray, float]]
"""An E-step: from probabilities float64[words] to expected counts float64[words] and log-likelihood, nats."""


@dataclass(frozen=True)
class UnigramFit:
    """probabilities float64[words] sum to 1; log_likelihood float64[iterations + 1], nats, never falls."""

    probabilities: np.ndarray
    log_likelihood: np.ndarray


def fit_unigram(
    expect: Expect, probabilities: np.ndarray, *, iterations: int = 20, tolerance: float = 1e-5
) -> UnigramFit:
    """Fit word probabilities float64[words] from a positive start, until an iteration gains too little.

    `expect` is the E-step of the text, `partial(expected_counts, lattice)` of one in one piece. Too little is a share
    `tolerance` of the log-likelihood; ValueError for a start that is no distribution.
    """
    p = np.asarray(probabilities, np.float64)
    if np.any(p < 0) or not np.isfinite(p).all() or p.sum() <= 0:
        raise ValueError("probabilities must be finite, not negative and not all zero")
    start = p / p.sum()

    def share(expected: np.ndarray) -> np.ndarray:
        return expected / expected.sum() if expected.sum() > 0 else start

    fitted = fit(start, expect, share, iterations=iterations, tolerance=tolerance)
    return UnigramFit(fitted.parameters, fitted.log_likelihood)


def fit_probabilities(lexicon: pl.DataFrame, expect: Expect) -> pl.DataFrame:
    """Return the lexicon with probabilities and bits fitted by EM to a text, given by its E-step."""
    p = refit(expect, lexicon["probability"].to_numpy())
    return lexicon.with_columns(probability=pl.Series(p), bits=pl.Series(np.abs(np.log2(p))))


def refit(expect: Expect, start: np.ndarray) -> np.ndarray:
    """Return probabilities float64[words] fitted by EM from a start that sums to one.

    What the text never uses keeps a part of what it had, so that no text becomes impossible.
    """
    fitted = fit_unigram(expect, start, iterations=EM_ITERATIONS).probabilities
    p = (1 - UNUSED_SHARE) * fitted + UNUSED_SHARE * start
    return p / p.sum()


def expected_counts(lattice: Lattice, probabilities: np.ndarray) -> tuple[np.ndarray, float]:
    """Return how often each word is expected, float64[words], and the log-likelihood of the text, nats."""
    expected = np.zeros(len(probabilities))
    return expected, float(_expected(lattice, np.asarray(probabilities, np.float64), expected))


def viterbi_bits(lattice: Lattice, probabilities: np.ndarray) -> float:
    """Return bits a character of the likeliest segmentation: never fewer than of all summed."""
    with np.errstate(divide="ignore"):
        costs = np.abs(np.log2(np.asarray(probabilities, np.float64)))
    return float(_cheapest(lattice, costs, path_scratch(lattice, costs))) / max(lattice.characters, 1)


@njit(cache=True, nogil=True)
def _cheapest(lattice, costs, path):
    total = 0.0
    for s in range(len(lattice.spans) - 2, -1, -1):
        low, high = lattice.spans[s], lattice.spans[s + 1]
        cost = cheapest_path(lattice, low, high, costs, high - low, path)
        total += cost if cost < UNREACHABLE else np.inf
    return total


@njit(cache=True, nogil=True)
def _expected(lattice, p, expected):
    longest = 1
    for e in range(len(lattice.length)):
        longest = max(longest, lattice.length[e])
    room = 1
    for s in range(len(lattice.spans) - 1):
        room = max(room, lattice.spans[s + 1] - lattice.spans[s] + 1)
    alpha, begin, scale = np.empty(room), np.empty(room), np.empty(room, np.int64)
    log_likelihood = 0.0
    for s in range(len(lattice.spans) - 1):
        low, high = lattice.spans[s], lattice.spans[s + 1]
        log_likelihood += _forward(lattice, low, high, p, longest, (alpha, scale))
        if log_likelihood == -np.inf:
            return log_likelihood
        _add_posteriors(lattice, low, high, p, (alpha, scale, begin), expected)
    return log_likelihood


@njit(cache=True, nogil=True)
def _forward(lattice, low, high, p, longest, sums):
    """Fill the sums alpha float64[size + 1] of a span, with the power of _TINY in each; return ln of the last."""
    first, length, word = lattice.first[low : high + 1], lattice.length, lattice.word
    alpha, scale = sums
    size = high - low
    alpha[: size + 1] = 0.0
    alpha[0] = 1.0
    shift = 0
    for i in range(size):
        if alpha[i] < _TINY:
            # all values still in use are within one word's length: lift them together, if none is large
            largest = 0.0
            for j in range(i, min(i + longest, size) + 1):
                largest = max(largest, alpha[j])
            if 0.0 < largest < _TINY:
                for j in range(i, min(i + longest, size) + 1):
                    alpha[j] /= _TINY
                shift += 1
        scale[i] = shift
        here = alpha[i]
        if here == 0.0:
            continue
        for e in range(first[i], first[i + 1]):
            alpha[i + length[e]] += here * p[word[e]]
    scale[size] = shift
    return np.log(alpha[size]) + shift * _LN_TINY if alpha[size] > 0.0 else -np.inf


@njit(cache=True, nogil=True)
def _add_posteriors(lattice, low, high, p, sums, expected):
    """Add the posterior of every word of a span, from its end, to what is expected; `sums` are those of `_forward`."""
    first, length, word = lattice.first[low : high + 1], lattice.length, lattice.word
    alpha, scale, begin = sums
    size = high - low
    begin[size] = 1.0
    for i in range(size - 1, -1, -1):
        here = alpha[i]
        total = 0.0
        for e in range(first[i], first[i + 1]):
            j = i + length[e]
            if begin[j] == 0.0 or alpha[j] == 0.0:
                continue
            posterior = here / alpha[j] * p[word[e]] * begin[j]
            for _ in range(scale[j] - scale[i]):
                posterior /= _TINY
            total += posterior
            expected[word[e]] += posterior
        begin[i] = total
