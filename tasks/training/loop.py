"""The training loop: AdamW (Loshchilov and Hutter 2019) along a warmed-up cosine, the best of its validations kept.

    rate(t) = peak * t / warmup                                 t < warmup
    rate(t) = peak * (1 + cos(pi (t - warmup) / (T - warmup))) / 2      after

An epoch is as many batches as the problem says, then a validation; training ends after the last epoch, or when
`patience` epochs in a row have brought nothing better. With `averaging` the weights that are validated and kept are
the exponential moving average of those that are trained. Batches depend on seed and epoch alone and the state of
every random draw is in the checkpoint, so a training that was cut off goes on to the very weights it would have had.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn
from torch.utils import deterministic

from tasks.settings import TrainingSettings
from tasks.training.arrays import load_module, load_optimizer, module_arrays, optimizer_arrays
from tasks.training.checkpoint import Checkpoint, Checkpoints
from tasks.training.device import load_random, random_arrays


class Problem(Protocol):
    """What is to be trained on: batches, their loss, and how good the module has become."""

    @property
    def steps(self) -> int:
        """Batches of an epoch, at least 1."""

    def batches(self, epoch: int) -> Iterator[Any]:
        """Yield the batches of an epoch, the same whenever they are asked for."""

    def loss(self, batch: Any, step: int) -> torch.Tensor:
        """Return the mean loss () of a batch at optimiser step `step`, counted from 0."""

    def validate(self) -> Mapping[str, float]:
        """Return figures of held-out data; the first is what is to become small."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of a training curve: the value of `series` after `step` optimiser steps."""

    series: str
    step: int
    value: float


@contextmanager
def reproducible(seed: int, threads: int) -> Iterator[None]:
    """Draw from `seed` and compute deterministically on `threads` threads; afterwards all is as it was."""
    before, was = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    filled = deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True)
        # Torch would also fill all new memory with NaN, a fifth of the time of a step with large embeddings.
        deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        try:
            yield
        finally:
            deterministic.fill_uninitialized_memory = filled  # type: ignore[attr-defined]
            torch.use_deterministic_algorithms(was)
            torch.set_num_threads(before)


def learning_rate(step: int, total: int, settings: TrainingSettings) -> float:
    """Return the rate of optimiser step `step` of `total`, counted from 0.

    >>> [round(learning_rate(t, 10, TrainingSettings(learning_rate=1, warmup=0.2)), 3) for t in (0, 1, 2, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.038]
    """
    warmup = round(settings.warmup * total)
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    done = (step - warmup) / max(1, total - warmup)
    return settings.learning_rate * (1 + math.cos(math.pi * done)) / 2


def fit(
    module: nn.Module,
    problem: Problem,
    settings: TrainingSettings,
    checkpoints: Checkpoints | None = None,
    advance: Callable[[int], None] = lambda steps: None,
) -> list[Point]:
    """Train `module` in place, leave it with the best weights it had, and return its curves.

    `advance` gets the number of optimiser steps done. ValueError when a loss is not finite.
    """
    with reproducible(settings.seed, settings.threads):
        return _Fitting(module, problem, settings, checkpoints or Checkpoints(), advance).run()


class _Fitting:
    def __init__(
        self,
        module: nn.Module,
        problem: Problem,
        settings: TrainingSettings,
        checkpoints: Checkpoints,
        advance: Callable[[int], None],
    ) -> None:
        self._module, self._problem, self._settings = module, problem, settings
        self._checkpoints, self._advance = checkpoints, advance
        self._optimizer = torch.optim.AdamW(
            _decayed_and_not(module, settings.weight_decay),
            lr=settings.learning_rate,
            betas=(0.9, 0.98),
            fused=True,
        )
        self._step = 0
        self._epoch_loss = 0.0
        self._points: list[Point] = []
        self._best_value = math.inf
        self._epochs_since_best = 0
        self._best = module_arrays(module)
        self._average = _Average(module, settings.averaging) if settings.averaging else None

    def run(self) -> list[Point]:
        self._resume()
        problem, settings = self._problem, self._settings
        total = settings.epochs * problem.steps
        while self._step < total and self._epochs_since_best < settings.patience:
            epoch, done = divmod(self._step, problem.steps)
            self._module.train()
            for batch in islice(problem.batches(epoch), done, problem.steps):
                self._take_step(batch, learning_rate(self._step, total, settings))
                within = self._step % problem.steps
                if within and self._step % settings.checkpoint_steps == 0:
                    self._keep()
            self._validate()
            self._keep()
        load_module(self._module, self._best)
        self._module.eval()
        return self._points

    def _take_step(self, batch: Any, rate: float) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad(set_to_none=True)
        loss = self._problem.loss(batch, self._step)
        loss.backward()
        nn.utils.clip_grad_norm_(self._module.parameters(), self._settings.clip_norm)
        self._optimizer.step()
        value = float(loss.detach())
        if not math.isfinite(value):
            raise ValueError(f"loss must stay finite, got {value} at step {self._step}; lower learning_rate")
        self._epoch_loss += value
        self._step += 1
        if self._average is not None:
            self._average.follow(self._module, self._step)
        self._advance(1)

    def _validate(self) -> None:
        trained = module_arrays(self._module)
        if self._average is not None:
            load_module(self._module, self._average.arrays())
        self._module.eval()
        with torch.no_grad():
            figures = dict(self._problem.validate())
        value = next(iter(figures.values()))
        if value < self._best_value:
            self._best_value, self._best, self._epochs_since_best = value, module_arrays(self._module), 0
        else:
            self._epochs_since_best += 1
        load_module(self._module, trained)
        named = {"training_loss": self._epoch_loss / self._problem.steps, **figures}
        self._points += [Point(series=s, step=self._step, value=float(v)) for s, v in named.items()]
        self._epoch_loss = 0.0

    def _keep(self) -> None:
        groups = {
            "module": module_arrays(self._module),
            "best": self._best,
            "optimizer": optimizer_arrays(self._optimizer),
            "random": random_arrays(),
            "average": self._average.arrays() if self._average is not None else {},
        }
        arrays = {
            f"{group}/{name}": array for group, named in groups.items() for name, array in named.items()
        }
        state = {
            "step": self._step,
            "epoch_loss": self._epoch_loss,
            "best_value": self._best_value,
            "epochs_since_best": self._epochs_since_best,
            "points": [[p.series, p.step, p.value] for p in self._points],
        }
        self._checkpoints.save(Checkpoint(arrays=arrays, state=state))

    def _resume(self) -> None:
        kept = self._checkpoints.load()
        if kept is None:
            return
        groups: dict[str, dict[str, np.ndarray]] = {}
        for path, array in kept.arrays.items():
            group, _, name = path.partition("/")
            groups.setdefault(group, {})[name] = array
        load_module(self._module, groups["module"])
        load_optimizer(self._optimizer, groups["optimizer"])
        load_random(groups["random"])
        if self._average is not None:
            self._average.restore(groups["average"])
        self._best = groups["best"]
        state = kept.state
        self._step, self._epoch_loss = state["step"], state["epoch_loss"]
        self._best_value, self._epochs_since_best = state["best_value"], state["epochs_since_best"]
        self._points = [
            Point(series=series, step=step, value=value) for series, step, value in state["points"]
        ]
        self._advance(self._step)


class _Average:
    """Exponential moving average of a module's parameters; buffers are taken as they are.

    While there are few steps the average runs over all of them: decay(t) = min(decay, t / (9 + t)).
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self._decay = decay
        self._tensors = {name: torch.tensor(array) for name, array in module_arrays(module).items()}
        self._averaged = {name for name, _ in module.named_parameters()}

    def follow(self, module: nn.Module, steps: int) -> None:
        decay = min(self._decay, steps / (9 + steps))
        now = module.state_dict()
        for name, tensor in self._tensors.items():
            if name in self._averaged:
                tensor.lerp_(now[name].cpu(), 1 - decay)
            else:
                tensor.copy_(now[name])

    def arrays(self) -> dict[str, np.ndarray]:
        return {name: tensor.numpy().copy() for name, tensor in self._tensors.items()}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._tensors = {name: torch.tensor(array) for name, array in arrays.items()}


def _decayed_and_not(module: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Parameter groups: matrices decay; biases, gains and other vectors do not."""
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    return [
        {"params": [p for p in trained if p.dim() > 1], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
    ]
