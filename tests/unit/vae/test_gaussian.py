import pytest
import torch
from torch import distributions

from tasks.vae.gaussian import Gaussian, kl_by_dimension, kl_by_sample

POSTERIOR = Gaussian(torch.tensor([0.5, -1.0, 2.0]), torch.tensor([-0.3, 0.4, -2.0]))
PRIOR = Gaussian(torch.tensor([0.0, 1.0, 1.5]), torch.tensor([0.0, 0.2, -1.0]))
STANDARD = Gaussian(torch.zeros(3), torch.zeros(3))


def normal(gaussian):
    return distributions.Normal(gaussian.mean, torch.exp(gaussian.log_variance / 2))


def test_densities_are_those_of_torch():
    points = torch.tensor([[0.1, 0.2, 0.3], [1.0, -1.0, 0.0]])
    expected = normal(POSTERIOR).log_prob(points).sum(dim=-1)
    torch.testing.assert_close(POSTERIOR.log_density(points), expected)


@pytest.mark.parametrize("prior", [PRIOR, STANDARD])
def test_the_divergence_in_closed_form(prior):
    expected = distributions.kl_divergence(normal(POSTERIOR), normal(prior))
    torch.testing.assert_close(kl_by_dimension(POSTERIOR, prior), expected)


def test_against_the_standard_normal_it_is_the_formula_of_the_source():
    mean, log_variance = POSTERIOR
    expected = (mean**2 + log_variance.exp() - log_variance - 1) / 2
    torch.testing.assert_close(kl_by_dimension(POSTERIOR, STANDARD), expected)


@pytest.mark.parametrize("prior", [PRIOR, STANDARD])
def test_sampling_meets_the_closed_form(prior):
    torch.manual_seed(0)
    drawn = kl_by_sample(POSTERIOR, prior, POSTERIOR.draw(200_000))
    error = drawn.std() / len(drawn) ** 0.5
    assert abs(drawn.mean() - kl_by_dimension(POSTERIOR, prior).sum()) < 4 * error


def test_a_class_with_its_own_mean_costs_the_squared_distance():
    own = Gaussian(torch.tensor([0.7, -0.2, 0.1]), torch.zeros(3))
    unmoved = kl_by_dimension(POSTERIOR._replace(mean=torch.zeros(3)), STANDARD)
    expected = unmoved + (POSTERIOR.mean - own.mean) ** 2 / 2
    torch.testing.assert_close(kl_by_dimension(POSTERIOR, own), expected)


def test_points_carry_the_gradient_of_mean_and_variance():
    mean, log_variance = torch.tensor([1.0], requires_grad=True), torch.tensor([0.6], requires_grad=True)
    noise = torch.tensor([1.5])
    Gaussian(mean, log_variance).at(noise).sum().backward()
    assert mean.grad.item() == 1
    assert log_variance.grad.item() == pytest.approx(1.5 * torch.exp(torch.tensor(0.3)).item() / 2)
