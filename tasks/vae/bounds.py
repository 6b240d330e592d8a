"""Bounds of ln p(x) by k samples, and how much each sample is worth (J. Su, kexue.fm 5383, eq. 7, 10, 11).

    L_k = -E ln 1/k sum_i w_i,   w_i = q(x | z_i) q(z_i) / p(z_i | x)

L_1 is the loss of a VAE with one draw, and L_k falls towards -ln p(x) as k grows (Burda et al. 2016). With the
prior in the place of p(z | x) the bound holds too, but a handful of the weights carries all of the sum: the
effective sample size (sum w)^2 / sum w^2 is near 1 and the variance of ln w is large. Nats.
"""

import math
from collections.abc import Iterator

import torch

from tasks.vae.model import Vae


def bound(log_weights: torch.Tensor) -> torch.Tensor:
    """Return the lower bound of ln p(x) (batch,) from ln w (samples, batch)."""
    return torch.logsumexp(log_weights, dim=0) - math.log(len(log_weights))


def effective_samples(log_weights: torch.Tensor) -> torch.Tensor:
    """Return how many equal weights (samples, batch) would be worth as much, (batch,) from 1 to samples."""
    weights = torch.exp(log_weights - log_weights.max(dim=0).values)
    return weights.sum(dim=0) ** 2 / (weights**2).sum(dim=0)


def log_weights_in_parts(
    vae: Vae,
    data: torch.Tensor,
    samples: int,
    classes: torch.Tensor | None = None,
    *,
    from_prior: bool = False,
    rows: int = 5_000,
) -> Iterator[torch.Tensor]:
    """Yield ln w (samples, part) of parts of the data, about `rows` decoded at once; gradients are not kept."""
    size = max(1, rows // samples)
    with torch.no_grad():
        for start in range(0, len(data), size):
            part = slice(start, start + size)
            chosen = None if classes is None else classes[part]
            yield vae.log_weights(data[part], samples, chosen, from_prior=from_prior)


def mean_bound(vae: Vae, data: torch.Tensor, samples: int, classes: torch.Tensor | None = None) -> float:
    """Return the mean of L_k over the data with k = `samples`, nats."""
    parts = [bound(weights) for weights in log_weights_in_parts(vae, data, samples, classes)]
    return -float(torch.cat(parts).mean())
