import math

import pytest
import torch
from torch import nn

from tasks.settings import TrainingSettings
from tasks.training.loop import fit, reproducible
from tasks.vae.collapse import active_units, mutual_information, with_free_bits
from tasks.vae.gaussian import Gaussian, kl_by_dimension
from tasks.vae.likelihoods import Bernoulli
from tasks.vae.model import ClassPrior, Decoder, Encoder, PosteriorHead, StandardPrior, Vae
from tasks.vae.problem import Objective, VaeProblem


def test_free_bits_lift_each_dimension_alone():
    divergence = torch.tensor([[0.0, 2.0, 0.4], [0.2, 4.0, 0.8]])
    assert with_free_bits(divergence, 0.0).item() == pytest.approx(0.1 + 3 + 0.6)
    assert with_free_bits(divergence, 0.5).item() == pytest.approx(0.5 + 3 + 0.6)


def test_a_dimension_below_its_free_bits_gets_no_gradient():
    divergence = torch.tensor([[0.1, 2.0]], requires_grad=True)
    with_free_bits(divergence, 0.5).backward()
    assert divergence.grad.tolist() == [[0.0, 1.0]]


def test_active_units_are_those_that_vary():
    means = torch.tensor([[0.0, 1.0, 0.0], [0.01, -1.0, 0.5], [0.0, 3.0, 0.0]])
    assert active_units(means) == 2


def test_information_is_nothing_for_equal_posteriors_and_all_for_distant_ones():
    torch.manual_seed(0)
    alike = Gaussian(torch.ones(64, 3), torch.zeros(64, 3))
    assert mutual_information(alike, 20) == pytest.approx(0, abs=1e-5)
    apart = Gaussian(100.0 * torch.arange(64.0)[:, None].expand(64, 2), torch.zeros(64, 2))
    assert mutual_information(apart, 5) == pytest.approx(math.log(64), abs=1e-4)


def test_information_of_two_overlapping_posteriors_is_that_of_the_integral():
    torch.manual_seed(0)
    two = Gaussian(torch.tensor([[-1.0], [1.0]]), torch.zeros(2, 1))
    grid = torch.linspace(-12, 12, 20_001, dtype=torch.float64)[:, None]
    p = two.log_density(grid.expand(-1, 1)[:, None, :]).exp()
    mixed = p.mean(dim=1)
    integral = (torch.special.xlogy(p, p / mixed[:, None]).mean(dim=1)).sum() * 24 / 20_000
    assert mutual_information(two, 20_000) == pytest.approx(float(integral), abs=0.01)


def test_normalised_means_keep_the_divergence_up():
    head = PosteriorHead(6, 4, normalised=0.8)
    posterior = head(torch.randn(200, 6, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(
        posterior.mean.var(dim=0, unbiased=False), torch.full((4,), 0.64), atol=1e-2, rtol=0
    )
    assert kl_by_dimension(posterior, StandardPrior(4)()).mean(dim=0).min() >= 0.8**2 / 2 - 1e-2


def test_a_prior_by_class_wants_classes():
    prior = ClassPrior(2, 3)
    assert prior(torch.tensor([2, 0])).mean.tolist() == prior.means.weight[[2, 0]].tolist()
    with pytest.raises(ValueError, match="a prior of classes needs classes"):
        prior()


def test_free_bits_and_several_samples_are_not_combined():
    with pytest.raises(ValueError, match="free_bits need samples 1, whose KL has a closed form; got 5"):
        Objective(samples=5, free_bits=0.1)


def test_a_conditional_vae_generates_the_class_that_is_chosen():
    classes = torch.arange(400) % 2
    data = torch.zeros(400, 8)
    data[classes == 0, :4] = 1
    data[classes == 1, 4:] = 1
    with reproducible(0, 1):
        noise = torch.rand(400, 8) < 0.05
        encoder = Encoder(nn.Sequential(nn.Linear(8, 16), nn.Tanh()), PosteriorHead(16, 2))
        vae = Vae(encoder, Decoder(nn.Linear(2, 8), Bernoulli()), ClassPrior(2, 2))
    data = (data.bool() ^ noise).to(torch.uint8)
    settings = TrainingSettings(
        epochs=40, batch=50, learning_rate=0.02, clip_norm=100, patience=40, threads=1
    )
    fit(vae, VaeProblem(vae, data, data, settings, Objective(), classes=(classes, classes)), settings)
    for chosen in (0, 1):
        torch.manual_seed(1)
        points = vae.prior(torch.tensor([chosen])).draw(200)[:, 0]
        pixels = vae.decoder.network(points).detach().sigmoid().mean(dim=0)
        own, other = (pixels[:4], pixels[4:]) if chosen == 0 else (pixels[4:], pixels[:4])
        assert own.min() > 0.7 > 0.3 > other.max()
