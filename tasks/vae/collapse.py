"""Posterior collapse: remedies and diagnostics.

free bits      sum_j max(f, mean KL_j): below f nats a dimension costs no less         (Kingma et al. 2016)
warm-up        the weight of the divergence rises from 0 to 1                          (Bowman et al. 2016)
active units   dimensions with Var_x(E[z_j | x]) above 0.01                            (Burda et al. 2016)
information    I(x; z) = E[ln p(z | x) - ln p(z)], p(z) the mean of the posteriors     (Hoffman, Johnson 2016)
"""

import math

import torch

from tasks.vae.gaussian import Gaussian

ACTIVE = 0.01


def with_free_bits(divergence: torch.Tensor, free: float) -> torch.Tensor:
    """Return the divergence () of a batch (batch, dimensions), each dimension at least `free` nats."""
    return divergence.mean(dim=0).clamp(min=free).sum()


def kl_weight(step: int, warmup: int) -> float:
    """Return the weight of the divergence at an optimiser step counted from 0.

    >>> [kl_weight(step, 4) for step in (0, 1, 3, 4, 9)], kl_weight(0, 0)
    ([0.25, 0.5, 1.0, 1.0, 1.0], 1.0)
    """
    return min(1.0, (step + 1) / warmup) if warmup else 1.0


def active_units(means: torch.Tensor) -> int:
    """Return how many dimensions of posterior means (examples, dimensions) vary with the example."""
    return int((means.var(dim=0) > ACTIVE).sum())


def mutual_information(posterior: Gaussian, draws: int = 1) -> float:
    """Return I(x; z), nats, of posteriors (examples, dimensions): at most ln examples can be seen.

    Time and memory grow with the square of the examples.
    """
    examples = len(posterior.mean)
    inside = []
    for points in posterior.draw(draws):
        known = posterior.log_density(points)
        spread = posterior.log_density(points[:, None, :])
        inside.append(known - torch.logsumexp(spread, dim=1) + math.log(examples))
    return float(torch.stack(inside).mean())
