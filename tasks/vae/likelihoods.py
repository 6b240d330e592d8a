"""What a decoder says of data: ln q(x | z) from the decoder's output, nats, summed over the last axes.

Bernoulli      x ln p + (1 - x) ln(1 - p), the cross-entropy                            (kexue.fm 5343, 19)
Gaussian       -(x - mu)^2 / 2 s^2 - 1/2 ln 2 pi s^2, for a fixed s the squared error up to a constant (21, 22)
categorical    ln p of the class
multinomial    sum n ln p; the coefficient, which no parameter changes, is left out: a bag is a sequence
"""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch.nn import functional


class Likelihood(Protocol):
    """Turns a decoder's output and data into ln q(data | output)."""

    def __call__(self, output: torch.Tensor, data: torch.Tensor) -> torch.Tensor:
        """Return ln q (...) of data; leading axes of `output` that `data` lacks are samples."""


@dataclass(frozen=True)
class Bernoulli:
    """Data (..., n) in [0, 1], output logits (..., n)."""

    def __call__(self, output: torch.Tensor, data: torch.Tensor) -> torch.Tensor:
        """Return minus the cross-entropy (...)."""
        return (data * output - functional.softplus(output)).sum(dim=-1)


@dataclass(frozen=True)
class FixedGaussian:
    """Data (..., n), output means (..., n), one variance for all."""

    variance: float = 1.0

    def __call__(self, output: torch.Tensor, data: torch.Tensor) -> torch.Tensor:
        """Return minus the squared error over twice the variance, normalised (...)."""
        constant = data.shape[-1] * math.log(2 * math.pi * self.variance)
        return -((data - output) ** 2).sum(dim=-1) / (2 * self.variance) - constant / 2


@dataclass(frozen=True)
class LearnedGaussian:
    """Data (..., n), output means then logarithms of variances (..., 2 n); variances stay above `floor`."""

    floor: float = 1e-4

    def __call__(self, output: torch.Tensor, data: torch.Tensor) -> torch.Tensor:
        """Return ln density (...)."""
        mean, raw = output.chunk(2, dim=-1)
        variance = torch.exp(raw) + self.floor
        return -((data - mean) ** 2 / variance + torch.log(2 * math.pi * variance)).sum(dim=-1) / 2


@dataclass(frozen=True)
class Categorical:
    """Data int (..., n) classes, output logits (..., n, classes)."""

    def __call__(self, output: torch.Tensor, data: torch.Tensor) -> torch.Tensor:
        """Return the sum of ln p of the classes (...)."""
        log_p = functional.log_softmax(output, dim=-1)
        index = data.expand(output.shape[:-1]).unsqueeze(-1)
        return log_p.gather(-1, index).squeeze(-1).sum(dim=-1)


@dataclass(frozen=True)
class Multinomial:
    """Data counts (..., n), output logits (..., n)."""

    def __call__(self, output: torch.Tensor, data: torch.Tensor) -> torch.Tensor:
        """Return the sum of counts times ln p (...)."""
        return (data * functional.log_softmax(output, dim=-1)).sum(dim=-1)
