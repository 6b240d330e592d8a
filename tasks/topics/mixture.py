"""The Gaussian mixture: points of hidden clusters (J. Su, kexue.fm 5239, eq. 14).

    p(x) = sum_k w_k N(x | m_k, S_k),   r_nk = w_k N(x_n | m_k, S_k) / p(x_n)                     E-step
    w_k = sum_n r_nk / n,   m_k = sum_n r_nk x_n / sum_n r_nk,
    S_k = sum_n r_nk (x_n - m_k)(x_n - m_k)' / sum_n r_nk + floor I                               M-step

The floor keeps a cluster of one point from a likelihood without bound; it is the one thing that may lower the
likelihood between two steps, by about as little as it is. Nats.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp

from tasks.em import Fit, fit

FLOOR = 1e-6


@dataclass(frozen=True)
class Mixture:
    """weights float64[k] sum to 1; means float64[k, d]; covariances float64[k, d, d], positive definite."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


def fit_mixture(
    points: np.ndarray,
    start: Mixture,
    *,
    iterations: int = 100,
    tolerance: float = 1e-6,
    floor: float = FLOOR,
) -> Fit[Mixture]:
    """Fit a mixture to points float64[n, d] from a start; ValueError when they are not finite."""
    if not np.isfinite(points).all():
        raise ValueError(f"points must be finite, got {np.count_nonzero(~np.isfinite(points))} that are not")
    return fit(
        start,
        partial(responsibilities, points),
        partial(_maximise, points, floor=floor),
        iterations=iterations,
        tolerance=tolerance,
    )


def start_mixture(points: np.ndarray, clusters: int, seed: int) -> Mixture:
    """Return a mixture with means among the points, far from one another (k-means++), and one covariance."""
    if not 1 <= clusters <= len(points):
        raise ValueError(f"clusters must be 1 to {len(points)}, the number of points; got {clusters}")
    draw = np.random.default_rng(seed)
    means = points[[draw.integers(len(points))]]
    distance = np.full(len(points), np.inf)
    while len(means) < clusters:
        distance = np.minimum(distance, ((points - means[-1]) ** 2).sum(axis=1))
        total = distance.sum()
        share = distance / total if total > 0 else None
        means = np.vstack([means, points[draw.choice(len(points), p=share)]])
    spread = np.diag(points.var(axis=0) + FLOOR)
    return Mixture(np.full(clusters, 1 / clusters), means, np.repeat(spread[None], clusters, axis=0))


def responsibilities(points: np.ndarray, mixture: Mixture) -> tuple[np.ndarray, float]:
    """Return p(cluster | point) float64[n, k] and the log-likelihood of all points, nats."""
    joint = np.log(mixture.weights) + np.stack(
        [_log_normal(points, m, s) for m, s in zip(mixture.means, mixture.covariances, strict=True)], axis=1
    )
    evidence = logsumexp(joint, axis=1, keepdims=True)
    return np.exp(joint - evidence), float(evidence.sum())


def _log_normal(points: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    root = np.linalg.cholesky(covariance)
    white = solve_triangular(root, (points - mean).T, lower=True)
    constant = len(mean) * np.log(2 * np.pi) + 2 * np.log(np.diag(root)).sum()
    return -(constant + (white**2).sum(axis=0)) / 2


def _maximise(points: np.ndarray, shares: np.ndarray, *, floor: float) -> Mixture:
    size = shares.sum(axis=0) + 10 * np.finfo(float).eps
    means = (shares.T @ points) / size[:, None]
    covariances = np.empty((len(size), points.shape[1], points.shape[1]))
    for k, mean in enumerate(means):
        apart = points - mean
        covariances[k] = (shares[:, k] * apart.T) @ apart / size[k] + floor * np.eye(len(mean))
    return Mixture(size / size.sum(), means, covariances)
