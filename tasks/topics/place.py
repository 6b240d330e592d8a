"""Documents as points, near each other when their topics are alike (Hellinger distance), in a plane and in clusters."""

from dataclasses import dataclass

import numpy as np

from tasks.topics.mixture import fit_mixture, responsibilities, start_mixture

AXES = 10


@dataclass(frozen=True)
class Places:
    """points float64[n, axes] along the principal axes, widest first; cluster int64[n]."""

    points: np.ndarray
    cluster: np.ndarray


def place(shares: np.ndarray, clusters: int, seed: int) -> Places:
    """Return where documents of topic shares float64[n, k] lie, and the cluster of a Gaussian mixture."""
    if not len(shares):
        return Places(np.zeros((0, min(AXES, shares.shape[1]))), np.zeros(0, np.int64))
    roots = np.sqrt(shares)
    centred = roots - roots.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    chosen = axes[:, ::-1][:, :AXES]
    # An axis has no sign of its own: its largest loading is made positive.
    largest = chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])]
    points = centred @ (chosen * np.where(largest < 0, -1.0, 1.0))
    start = start_mixture(points, min(clusters, len(points)), seed)
    fitted = fit_mixture(points, start, floor=1e-4).parameters
    return Places(points, responsibilities(points, fitted)[0].argmax(axis=1))
