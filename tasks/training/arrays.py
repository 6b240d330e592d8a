"""Modules, optimisers and random states as NumPy arrays by name, and back: what safetensors can hold."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn


def module_arrays(module: nn.Module) -> dict[str, np.ndarray]:
    """Return a copy of every parameter and buffer, by its dotted name; a tied one stands once, under its first name."""
    arrays, seen = {}, set()
    for name, tensor in module.state_dict(keep_vars=True).items():
        if id(tensor) not in seen:
            seen.add(id(tensor))
            arrays[name] = tensor.detach().cpu().numpy().copy()
    return arrays


def load_module(module: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    """Fill a module with arrays that `module_arrays` made of one alike; ValueError when they do not fit it."""
    own = module_arrays(module)
    shapes = {name: array.shape for name, array in own.items()}
    given = {name: array.shape for name, array in arrays.items()}
    if shapes != given:
        odd = sorted(name for name in shapes.keys() | given.keys() if shapes.get(name) != given.get(name))
        raise ValueError(
            f"arrays must have the names and shapes of the module's; "
            f"{odd[0]} is {given.get(odd[0])} and not {shapes.get(odd[0])}"
        )
    module.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()}, strict=False)


def optimizer_arrays(optimizer: torch.optim.Optimizer) -> dict[str, np.ndarray]:
    """Return what the optimiser knows of each parameter, as `number.name`."""
    return {
        f"{number}.{name}": value.detach().cpu().numpy().copy()
        for number, entries in optimizer.state_dict()["state"].items()
        for name, value in entries.items()
    }


def load_optimizer(optimizer: torch.optim.Optimizer, arrays: Mapping[str, np.ndarray]) -> None:
    """Give an optimiser back what `optimizer_arrays` took of one over the same parameters."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for path, array in arrays.items():
        number, _, name = path.partition(".")
        state.setdefault(int(number), {})[name] = torch.tensor(array)
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
