"""A VAE as a problem of the training loop: batches of a tensor, the loss and the validation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from tasks.settings import TrainingSettings
from tasks.vae.bounds import bound
from tasks.vae.collapse import kl_weight, with_free_bits
from tasks.vae.model import Vae


@dataclass(frozen=True, kw_only=True)
class Objective:
    """The objective to minimise: L_k with k = `samples`, free bits (k = 1 alone), and the epochs of KL warm-up."""

    samples: int = 1
    free_bits: float = 0.0
    warmup_epochs: float = 0.0

    def __post_init__(self) -> None:
        """ValueError for settings that cannot be combined."""
        if self.samples > 1 and self.free_bits:
            raise ValueError(f"free_bits need samples 1, whose KL has a closed form; got {self.samples}")


class Reading(NamedTuple):
    """How data is read: as token numbers or cast to float, and how many examples are validated at once."""

    tokens: bool = False
    at_once: int = 1_000


FLOATS = Reading()


class VaeProblem:
    """Data (examples, ...) to train on and to validate on; batches are cast to float unless they are tokens."""

    def __init__(
        self,
        vae: Vae,
        training: torch.Tensor,
        validation: torch.Tensor,
        settings: TrainingSettings,
        objective: Objective,
        *,
        classes: tuple[torch.Tensor, torch.Tensor] | None = None,
        reading: Reading = FLOATS,
    ) -> None:
        """Take tensors of any type; `classes` are those of training and validation."""
        self._vae, self._training, self._validation = vae, training, validation
        self._batch, self._seed, self._objective = settings.batch, settings.seed, objective
        self._classes, self._reading = classes, reading
        self._warmup = round(objective.warmup_epochs * self.steps)

    @property
    def steps(self) -> int:
        """Batches of an epoch; what does not fill one is left for another epoch."""
        return max(1, len(self._training) // self._batch)

    def batches(self, epoch: int) -> Iterator[torch.Tensor]:
        """Yield the indices of each batch of an epoch."""
        order = torch.from_numpy(np.random.default_rng([self._seed, epoch]).permutation(len(self._training)))
        for step in range(self.steps):
            yield order[step * self._batch : (step + 1) * self._batch]

    def loss(self, batch: torch.Tensor, step: int) -> torch.Tensor:
        """Return the mean bound of a batch, its divergence weighted by how warm the step is."""
        data = self._read(self._training[batch])
        classes = None if self._classes is None else self._classes[0][batch]
        weight = kl_weight(step, self._warmup)
        if self._objective.samples > 1:
            return -bound(
                self._vae.log_weights(data, self._objective.samples, classes, kl_weight=weight)
            ).mean()
        likelihood, divergence = self._vae.terms(data, classes)
        return weight * with_free_bits(divergence, self._objective.free_bits) - likelihood.mean()

    def validate(self) -> Mapping[str, float]:
        """Return the loss of one draw an example, and its two parts, nats an example."""
        likelihoods, divergences = [], []
        for start in range(0, len(self._validation), self._reading.at_once):
            part = slice(start, start + self._reading.at_once)
            classes = None if self._classes is None else self._classes[1][part]
            likelihood, divergence = self._vae.terms(self._read(self._validation[part]), classes)
            likelihoods.append(likelihood)
            divergences.append(divergence.sum(dim=1))
        reconstruction = -float(torch.cat(likelihoods).mean())
        divergence_ = float(torch.cat(divergences).mean())
        return {
            "validation_loss": reconstruction + divergence_,
            "reconstruction": reconstruction,
            "kl": divergence_,
        }

    def _read(self, data: torch.Tensor) -> torch.Tensor:
        return data if self._reading.tokens else data.float()
