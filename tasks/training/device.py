"""Where networks compute - on a CUDA device when there is one, else on the processor - and where its draws stand."""

import os
from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

# Without a workspace of fixed size CUDA's products of matrices are not deterministic, and torch refuses them.
CUBLAS = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def best_device() -> torch.device:
    """Return the device that networks are trained and run on."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    os.environ.setdefault(*CUBLAS)
    return torch.device("cuda")


def device_of(module: nn.Module) -> torch.device:
    """Return the device that a module's parameters are on, which is where its input must be."""
    return next(module.parameters()).device


def random_arrays() -> dict[str, np.ndarray]:
    """Return the state of every generator that a training may draw from, by name."""
    states = {"state": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return {name: state.numpy() for name, state in states.items()}


def load_random(arrays: Mapping[str, np.ndarray]) -> None:
    """Let generators go on from states that `random_arrays` took; one that is not there has no need to."""
    torch.set_rng_state(torch.tensor(arrays["state"]))
    if "cuda" in arrays and torch.cuda.is_available():
        torch.cuda.set_rng_state(torch.tensor(arrays["cuda"]))
