"""A variational autoencoder made of an encoder, a decoder, a prior.

    ln p(x) >= E_{z ~ p(z|x)}[ln q(x|z)] - KL(p(z|x) || q(z))                      (J. Su, kexue.fm 5343, eq. 16)

The encoder turns data into a Gaussian over z, the decoder gives ln q(x | z), the prior the Gaussian q(z), which may
have a mean of its own for each class (5253, eq. 8).
"""

import torch
from torch import nn

from tasks.vae.gaussian import Gaussian, kl_by_dimension
from tasks.vae.likelihoods import Likelihood


class PosteriorHead(nn.Module):
    """Means and variances of z from what an encoder's body (..., width) has seen.

    With `normalised` g > 0 each mean is batch-normalised to deviation g, so that the average divergence of a
    dimension is at least g^2 / 2 and the posterior cannot collapse (Zhu et al. 2020, BN-VAE).
    """

    def __init__(self, width: int, dimensions: int, normalised: float = 0.0) -> None:
        super().__init__()
        self.mean = nn.Linear(width, dimensions)
        self.log_variance = nn.Linear(width, dimensions)
        self.normalised = normalised
        self.norm = nn.BatchNorm1d(dimensions, affine=False) if normalised else None

    def forward(self, seen: torch.Tensor) -> Gaussian:
        """Return the posterior (..., dimensions)."""
        mean = self.mean(seen)
        if self.norm is not None:
            mean = self.normalised * self.norm(mean)
        # Beyond these a variance is either no noise at all or nothing but noise.
        return Gaussian(mean, self.log_variance(seen).clamp(-12, 8))


class Encoder(nn.Module):
    """A body and a head."""

    def __init__(self, body: nn.Module, head: PosteriorHead) -> None:
        super().__init__()
        self.body, self.head = body, head

    def forward(self, data: torch.Tensor) -> Gaussian:
        """Return the posterior of each example."""
        return self.head(self.body(data))


class Decoder(nn.Module):
    """A network whose output a likelihood reads."""

    def __init__(self, network: nn.Module, likelihood: Likelihood) -> None:
        super().__init__()
        self.network, self.likelihood = network, likelihood

    def forward(self, points: torch.Tensor, data: torch.Tensor) -> torch.Tensor:
        """Return ln q(data | points), (samples, batch) for points (samples, batch, dimensions)."""
        return self.likelihood(self.network(points), data)


class StandardPrior(nn.Module):
    """N(0, 1) for every example, whatever its class."""

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        # A buffer goes with the module from device to device; what is always zero need not be saved.
        self.register_buffer("zero", torch.zeros(1, dimensions), persistent=False)

    def forward(self, classes: torch.Tensor | None = None) -> Gaussian:
        """Return the prior (1, dimensions)."""
        return Gaussian(self.zero, self.zero)  # type: ignore[arg-type]


class ClassPrior(nn.Module):
    """N(m_y, 1), the mean of each class learned; means begin apart from one another."""

    def __init__(self, dimensions: int, classes: int) -> None:
        super().__init__()
        self.means = nn.Embedding(classes, dimensions)

    def forward(self, classes: torch.Tensor | None = None) -> Gaussian:
        """Return the prior (batch, dimensions) of classes int (batch,); ValueError without them."""
        if classes is None:
            raise ValueError("a prior of classes needs classes")
        mean = self.means(classes)
        return Gaussian(mean, torch.zeros_like(mean))


class Vae(nn.Module):
    """Encoder, decoder and prior, and the terms of their bound."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, prior: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder, self.prior = encoder, decoder, prior

    def terms(
        self, data: torch.Tensor, classes: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ln q(x | z) of one draw (batch,) and the divergence by dimension (batch, dimensions)."""
        posterior = self.encoder(data)
        divergence = kl_by_dimension(posterior, self.prior(classes))
        return self.decoder(posterior.draw(1), data)[0], divergence

    def log_weights(
        self,
        data: torch.Tensor,
        samples: int,
        classes: torch.Tensor | None = None,
        *,
        from_prior: bool = False,
        kl_weight: float = 1.0,
    ) -> torch.Tensor:
        """Return ln of q(x | z) q(z) / proposal(z), (samples, batch), z drawn from the posterior or the prior."""
        prior = self.prior(classes)
        if from_prior:
            noise = torch.randn(samples, len(data), prior.mean.shape[-1], device=prior.mean.device)
            points = noise + prior.mean
            return self.decoder(points, data)
        posterior = self.encoder(data)
        points = posterior.draw(samples)
        ratio = prior.log_density(points) - posterior.log_density(points)
        return self.decoder(points, data) + kl_weight * ratio
