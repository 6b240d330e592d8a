import torch
from torch import distributions
from torch.nn import functional

from tasks.vae.likelihoods import Bernoulli, Categorical, FixedGaussian, LearnedGaussian, Multinomial

OUTPUT = torch.linspace(-2, 3, 24).reshape(2, 3, 4)  # two samples of three examples
BITS = torch.tensor([[0.0, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 1]])
REALS = torch.linspace(-1, 1, 12).reshape(3, 4)


def test_bernoulli_is_the_cross_entropy():
    expected = -functional.binary_cross_entropy_with_logits(
        OUTPUT, BITS.expand_as(OUTPUT), reduction="none"
    ).sum(dim=-1)
    torch.testing.assert_close(Bernoulli()(OUTPUT, BITS), expected)


def test_bernoulli_sums_to_one_over_all_data():
    every = torch.tensor([[(n >> k) & 1 for k in range(4)] for n in range(16)]).float()
    total = Bernoulli()(OUTPUT[0, 0], every).exp().sum()
    torch.testing.assert_close(total, torch.tensor(1.0))


def test_fixed_gaussian_is_the_density_and_the_squared_error_up_to_a_constant():
    density = distributions.Normal(OUTPUT, 0.5**0.5).log_prob(REALS).sum(dim=-1)
    found = FixedGaussian(0.5)(OUTPUT, REALS)
    torch.testing.assert_close(found, density)
    squared = ((OUTPUT - REALS) ** 2).sum(dim=-1) / (2 * 0.5)
    constant = found + squared
    torch.testing.assert_close(constant, constant[0, 0].expand_as(constant))


def test_learned_gaussian_is_the_density():
    both = torch.cat([OUTPUT, OUTPUT / 3], dim=-1)
    scale = (torch.exp(OUTPUT / 3) + 1e-4).sqrt()
    expected = distributions.Normal(OUTPUT, scale).log_prob(REALS).sum(dim=-1)
    torch.testing.assert_close(LearnedGaussian()(both, REALS), expected)


def test_categorical_is_the_cross_entropy_of_each_position():
    output = torch.linspace(-1, 2, 2 * 3 * 5 * 4).reshape(2, 3, 5, 4).sin()
    classes = torch.tensor([[0, 1, 2, 3, 0], [3, 3, 3, 3, 3], [1, 0, 1, 0, 2]])
    expected = distributions.Categorical(logits=output).log_prob(classes.expand(2, 3, 5)).sum(dim=-1)
    torch.testing.assert_close(Categorical()(output, classes), expected)


def test_multinomial_lacks_the_coefficient_alone():
    counts = torch.tensor([[3.0, 0, 1, 2], [0, 0, 6, 0], [1, 2, 2, 1]])
    full = distributions.Multinomial(6, logits=OUTPUT, validate_args=False).log_prob(counts)
    coefficient = torch.lgamma(torch.tensor(7.0)) - torch.lgamma(counts + 1).sum(dim=-1)
    torch.testing.assert_close(Multinomial()(OUTPUT, counts), full - coefficient)
