"""One rule for where networks compute, and what of it a machine without CUDA can show."""

import os

import numpy as np
import pytest
import torch

from tasks.training.device import CUBLAS, best_device, load_random, random_arrays
from tasks.vae.gaussian import Gaussian
from tasks.vae.sequences import sequence_vae


def test_cuda_is_taken_when_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CUBLAS[0], raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert best_device() == torch.device("cpu")
    assert CUBLAS[0] not in os.environ
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert best_device() == torch.device("cuda")
    assert os.environ[CUBLAS[0]] == CUBLAS[1]


def test_draws_go_on_from_where_they_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CUDA generator's state is kept beside the processor's; here a list stands for that generator."""
    set_to = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda: torch.arange(3, dtype=torch.uint8))
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state: set_to.append(state.tolist()))
    with torch.random.fork_rng(devices=[]):
        kept = {name: np.array(array) for name, array in random_arrays().items()}
        drawn = torch.randn(4)
        load_random(kept)
        assert torch.equal(torch.randn(4), drawn)
    assert set_to == [[0, 1, 2]]


def test_a_text_vae_makes_its_tensors_on_its_own_device() -> None:
    """On the device `meta`, whose tensors have no values: one made elsewhere does not mix with them."""
    vae = sequence_vae(9, 3, embedding=4, width=5, normalised=0.5).to("meta").eval()
    assert vae.prior().mean.device.type == "meta"
    seen = torch.zeros(2, 10, device="meta")
    points = vae.encoder.head(seen).draw(3)
    assert vae.prior().log_density(points).device.type == "meta"
    before = torch.zeros(2, 4, dtype=torch.long, device="meta")
    assert vae.decoder.after(before, points[0]).shape == (2, 9)
    assert Gaussian(seen, seen).draw(1).device.type == "meta"
