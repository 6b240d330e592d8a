"""The VAE of sequences, against enumeration, quadrature and what padding must not change."""

import itertools
import math

import numpy as np
import pytest
import torch

from tasks.settings import TrainingSettings
from tasks.text_vae.sequence_vae import (
    END,
    FIRST_SYMBOL,
    HIDDEN,
    PADDING,
    padded,
    reconstruction_accuracy,
    sequence_vae,
)
from tasks.training.loop import fit, reproducible
from tasks.vae.bounds import bound, mean_bound
from tasks.vae.gaussian import Gaussian
from tasks.vae.model import Vae
from tasks.vae.problem import Objective, Reading, VaeProblem

DATA = [[3, 4, 5], [4], [], [5, 5]]


def small(dimensions: int, seed: int = 1, **chosen: float) -> Vae:
    torch.manual_seed(seed)
    vae = sequence_vae(6, dimensions, embedding=4, width=5, **chosen)  # type: ignore[arg-type]
    return vae.eval()


@pytest.mark.parametrize("dimensions", [0, 2])
def test_probabilities_of_strings_and_of_longer_ones_sum_to_one(dimensions: int) -> None:
    """All strings of up to 3 symbols, and all prefixes of 4 (the ratio that the end is divided out of)."""
    vae = small(dimensions)
    point = torch.randn(1, 1, dimensions)
    ended = unended = 0.0
    with torch.no_grad():
        for length in range(4):
            for string in itertools.product(range(FIRST_SYMBOL, 6), repeat=length):
                ended += math.exp(float(vae.decoder(point, padded([list(string)]))))
        for string in itertools.product(range(FIRST_SYMBOL, 6), repeat=4):
            unended += math.exp(float(vae.decoder(point, torch.tensor([string]))))
    assert ended + unended == pytest.approx(1, abs=1e-5)
    assert unended > 0.01


def test_bound_reaches_the_integral_over_z() -> None:
    """One dimension of z: ln p(x) by the trapezium rule over a fine grid."""
    vae, data = small(1), padded([[3, 4]])
    with torch.no_grad():
        for parameter in vae.decoder.parameters():
            parameter.mul_(3)
        grid = torch.linspace(-8, 8, 2001)[:, None, None]
        prior = Gaussian(torch.zeros(1), torch.zeros(1))
        joint = vae.decoder(grid, data)[:, 0] + prior.log_density(grid[:, 0])
        exact = float(torch.logsumexp(joint, 0)) + math.log(16 / 2000)
        torch.manual_seed(2)
        weights = vae.log_weights(data, 20_000)
    assert float(bound(weights)) == pytest.approx(exact, abs=0.02)
    assert float(weights.mean()) < exact - 1e-4


def test_without_dimensions_the_bound_is_the_likelihood_for_any_samples() -> None:
    vae, data = small(0), padded(DATA)
    with torch.no_grad():
        exact = -float(vae.decoder(torch.zeros(1, len(data), 0), data).mean())
    assert mean_bound(vae, data, 1) == pytest.approx(exact, rel=1e-5)
    assert mean_bound(vae, data, 7) == pytest.approx(exact, rel=1e-5)


def test_padding_changes_neither_posterior_nor_likelihood() -> None:
    vae, data = small(2), padded(DATA)
    wider = torch.nn.functional.pad(data, (0, 5), value=PADDING)
    points = torch.randn(3, len(data), 2)
    with torch.no_grad():
        assert torch.allclose(vae.encoder(data).mean, vae.encoder(wider).mean)
        together = vae.decoder(points, data)
        assert torch.allclose(together, vae.decoder(points, wider))
        for row, symbols in enumerate(DATA):
            alone = vae.decoder(points[:, row : row + 1], padded([symbols]))
            assert torch.allclose(together[:, row : row + 1], alone, atol=1e-5)
            assert torch.allclose(
                vae.encoder(data).mean[row], vae.encoder(padded([symbols])).mean[0], atol=1e-5
            )


def test_a_hidden_symbol_is_read_and_never_scored() -> None:
    vae, points = small(2), torch.zeros(1, 1, 2)
    with torch.no_grad():
        begun, hidden, other = (
            float(vae.decoder(points, torch.tensor([row]))) for row in ([3], [3, HIDDEN], [3, HIDDEN, 4])
        )
        after = vae.decoder.after(torch.tensor([[3, HIDDEN]]), points[0])  # type: ignore[operator]
    assert hidden == begun
    assert other == pytest.approx(begun + float(after[0, 4]), abs=1e-5)
    assert float(after.exp().sum()) == pytest.approx(1, abs=1e-5)


def test_dropped_words_change_the_training_loss_alone() -> None:
    vae, data = small(2, word_dropout=0.9), padded([[3, 4, 5, 3, 4, 5]])
    points = torch.zeros(1, 1, 2)
    with torch.no_grad():
        whole = vae.decoder(points, data)
        assert torch.equal(whole, vae.decoder(points, data))
        vae.train()
        assert not torch.equal(whole, vae.decoder(points, data))


def test_writing_agrees_with_scoring_and_stops_at_the_end() -> None:
    """Greedy choices are the best next symbols by the scorer; seeds decide what is drawn."""
    vae = small(2)
    points = torch.randn(40, 2)
    drawn = [
        vae.decoder.write(points, 12, torch.Generator().manual_seed(seed))  # type: ignore[operator]
        for seed in (1, 1, 2)
    ]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert not (drawn[0] == HIDDEN).any()
    for row in drawn[0].tolist():
        if END in row:
            assert set(row[row.index(END) + 1 :]) <= {PADDING}
            assert PADDING not in row[: row.index(END)]
    first = vae.decoder.write(points[:1], 1)  # type: ignore[operator]
    with torch.no_grad():
        scores = {
            symbol: float(vae.decoder(points[None, :1], torch.tensor([[symbol]]))) for symbol in (1, 3, 4, 5)
        }
    assert int(first) == max(scores, key=lambda symbol: scores[symbol])


def _trained(epochs: int, seed: int = 3) -> tuple[Vae, torch.Tensor]:
    rng = np.random.default_rng(0)
    data = padded([[int(symbol)] * 3 for symbol in rng.integers(FIRST_SYMBOL, 9, 256)])
    settings = TrainingSettings(
        epochs=epochs, batch=32, learning_rate=0.02, seed=seed, threads=1, patience=epochs
    )
    with reproducible(seed, 1):
        vae = sequence_vae(9, 2, embedding=8, width=16, word_dropout=0.5)
    fit(
        vae,
        VaeProblem(vae, data, data[:64], settings, Objective(warmup_epochs=10), reading=Reading(tokens=True)),
        settings,
    )
    return vae, data


def test_training_learns_to_tell_sequences_apart() -> None:
    """Six equally likely strings: the posterior must tell them apart, ln p(x) is -ln 6 at best."""
    vae, data = _trained(20)
    assert reconstruction_accuracy(vae, data) > 0.9
    with reproducible(1, 1):
        assert math.log(6) - 0.1 < mean_bound(vae, data, 50) < math.log(6) + 0.4


def test_training_is_decided_by_its_seed() -> None:
    one, again, other = (list(_trained(2, seed)[0].parameters()) for seed in (3, 3, 4))
    assert all(map(torch.equal, one, again))
    assert not all(map(torch.equal, one, other))
