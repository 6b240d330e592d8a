"""The linear Gaussian VAE, whose marginal is known: x = W z + m + noise of variance s^2 (probabilistic PCA)."""

import numpy as np
import pytest
import torch
from torch import distributions, nn

from tasks.settings import TrainingSettings
from tasks.training.loop import fit, reproducible
from tasks.vae.bounds import bound, effective_samples, log_weights_in_parts, mean_bound
from tasks.vae.gaussian import Gaussian
from tasks.vae.likelihoods import FixedGaussian
from tasks.vae.model import Decoder, StandardPrior, Vae
from tasks.vae.problem import Objective, VaeProblem

VARIANCE = 0.3
LOADINGS = torch.tensor([[1.2, 0.0], [0.0, 0.9], [0.6, 0.0], [0.0, -1.1]])  # columns at right angles
CENTRE = torch.tensor([0.5, -0.5, 1.0, 0.0])


class LinearEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mean = nn.Linear(4, 2)
        self.log_variance = nn.Parameter(torch.zeros(2))

    def forward(self, data: torch.Tensor) -> Gaussian:
        mean = self.mean(data)
        return Gaussian(mean, self.log_variance.expand_as(mean))


def linear_vae() -> Vae:
    with reproducible(3, 1):
        return Vae(LinearEncoder(), Decoder(nn.Linear(2, 4), FixedGaussian(VARIANCE)), StandardPrior(2))


@pytest.fixture
def exact() -> Vae:
    """A VAE whose encoder is the true posterior N(M^-1 W'(x - m), s^2 M^-1), M = W'W + s^2 I."""
    vae = linear_vae()
    precision = (LOADINGS**2).sum(dim=0) + VARIANCE
    with torch.no_grad():
        vae.decoder.network.weight.copy_(LOADINGS)
        vae.decoder.network.bias.copy_(CENTRE)
        vae.encoder.mean.weight.copy_(LOADINGS.T / precision[:, None])
        vae.encoder.mean.bias.copy_(-(LOADINGS.T / precision[:, None]) @ CENTRE)
        vae.encoder.log_variance.copy_(torch.log(VARIANCE / precision))
    return vae


def marginal() -> distributions.MultivariateNormal:
    return distributions.MultivariateNormal(CENTRE, LOADINGS @ LOADINGS.T + VARIANCE * torch.eye(4))


def sample(n: int) -> torch.Tensor:
    with reproducible(7, 1):
        return marginal().sample((n,))


def test_at_the_true_posterior_the_bound_is_tight_with_a_single_draw(exact: Vae):
    data = sample(50)
    weights = exact.log_weights(data, 4)
    torch.testing.assert_close(weights, marginal().log_prob(data).expand(4, 50), atol=1e-5, rtol=0)


def test_l_k_falls_to_the_exact_value(exact: Vae):
    data = sample(400)
    with torch.no_grad():
        exact.encoder.log_variance += 0.7
        exact.encoder.mean.bias += 0.3
    torch.manual_seed(0)
    losses = [mean_bound(exact, data, k) for k in (1, 5, 25, 125, 1000)]
    assert np.all(np.diff(losses) < 0)
    assert losses[0] > losses[-1] + 0.2
    assert losses[-1] == pytest.approx(-float(marginal().log_prob(data).mean()), abs=0.005)


def test_draws_from_the_prior_are_worth_far_less(exact: Vae):
    data = sample(100)
    torch.manual_seed(0)
    with torch.no_grad():
        exact.encoder.log_variance += 0.2
    posterior = torch.cat(list(log_weights_in_parts(exact, data, 200)), dim=1)
    prior = torch.cat(list(log_weights_in_parts(exact, data, 200, from_prior=True)), dim=1)
    assert effective_samples(posterior).mean() > 150
    assert effective_samples(prior).mean() < 60
    assert prior.var(dim=0).mean() > 20 * posterior.var(dim=0).mean()


def test_equal_weights_are_all_worth_one_and_a_lone_one_one():
    even = torch.full((8, 2), -1000.0)
    torch.testing.assert_close(effective_samples(even), torch.tensor([8.0, 8.0]))
    torch.testing.assert_close(bound(even), torch.tensor([-1000.0, -1000.0]))
    lone = torch.tensor([[0.0], [-500.0], [-500.0]])
    torch.testing.assert_close(effective_samples(lone), torch.ones(1))
    torch.testing.assert_close(bound(lone), torch.tensor([-np.log(3.0)], dtype=torch.float32))


@pytest.mark.parametrize("samples", [1, 5])
def test_training_reaches_the_closed_form(samples: int):
    """The likeliest model is the principal axes: its marginal has the covariance of the data, cut to rank 2."""
    data = sample(2000)
    vae = linear_vae()
    settings = TrainingSettings(
        epochs=60, batch=100, learning_rate=0.02, weight_decay=0.0, clip_norm=100, patience=60, threads=1
    )
    fit(vae, VaeProblem(vae, data, data, settings, Objective(samples=samples)), settings)
    centred = data - data.mean(dim=0)
    values, axes = torch.linalg.eigh(centred.T @ centred / len(data))
    loadings = axes[:, -2:] * (values[-2:] - VARIANCE).sqrt()
    best = distributions.MultivariateNormal(data.mean(dim=0), loadings @ loadings.T + VARIANCE * torch.eye(4))
    torch.manual_seed(0)
    assert mean_bound(vae, data, 1) == pytest.approx(-float(best.log_prob(data).mean()), abs=0.03)
    weight = vae.decoder.network.weight.detach()
    torch.testing.assert_close(weight @ weight.T, loadings @ loadings.T, atol=0.12, rtol=0)
