"""Gaussians with independent dimensions: posteriors and priors of the hidden variables.

    z = mu + s * noise                                                         reparameterisation
    KL(N(mu, s^2) || N(m, t^2)) = 1/2 sum(((mu - m)^2 + s^2) / t^2 - ln(s^2 / t^2) - 1)

With m = 0 and t = 1 that is J. Su, kexue.fm 5343, eq. 13; with m the mean of a class, 5253, eq. 8. Nats.
"""

import math
from typing import NamedTuple

import torch


class Gaussian(NamedTuple):
    """Means and logarithms of variances, both (..., dimensions)."""

    mean: torch.Tensor
    log_variance: torch.Tensor

    def at(self, noise: torch.Tensor) -> torch.Tensor:
        """Return the points (..., dimensions) that standard normal noise of that shape stands for."""
        return self.mean + noise * torch.exp(self.log_variance / 2)

    def draw(self, samples: int) -> torch.Tensor:
        """Return points (samples, ..., dimensions), differentiable by mean and variance."""
        return self.at(torch.randn(samples, *self.mean.shape, device=self.mean.device))

    def log_density(self, points: torch.Tensor) -> torch.Tensor:
        """Return ln p of points (..., dimensions), summed over dimensions, nats."""
        apart = (points - self.mean) ** 2 * torch.exp(-self.log_variance)
        return -(apart + self.log_variance + math.log(2 * math.pi)).sum(dim=-1) / 2


def kl_by_dimension(posterior: Gaussian, prior: Gaussian) -> torch.Tensor:
    """Return the divergence of each dimension (..., dimensions), nats, in closed form."""
    ratio = posterior.log_variance - prior.log_variance
    apart = (posterior.mean - prior.mean) ** 2 * torch.exp(-prior.log_variance)
    return (apart + torch.exp(ratio) - ratio - 1) / 2


def kl_by_sample(posterior: Gaussian, prior: Gaussian, points: torch.Tensor) -> torch.Tensor:
    """Return ln posterior - ln prior at points drawn from the posterior: the divergence in expectation, nats."""
    return posterior.log_density(points) - prior.log_density(points)
