"""A VAE of a corpus's sentences over a vocabulary: trained, costed under the ladder's conventions, and writing.

    -ln P(document) <= sum over its pieces of L_k + what unknown characters cost              (tasks.lm.alphabet)

with L_k the bound of k draws (J. Su, kexue.fm 5383, eq. 10-11). The twin is the same decoder without z: the
difference of the two is what z is worth.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import torch

from tasks.lm.alphabet import nats_of
from tasks.lm.vocabulary import Vocabulary
from tasks.settings import TextVaeSettings
from tasks.text_vae.sequence_vae import PADDING, sequence_vae
from tasks.text_vae.sequences import Pieces, cut_documents, decode, encode, symbols_of
from tasks.training.arrays import load_module, module_arrays
from tasks.training.checkpoint import Checkpoints
from tasks.training.device import best_device
from tasks.training.loop import Point, fit, reproducible
from tasks.vae.bounds import bound, log_weights_in_parts
from tasks.vae.model import Vae
from tasks.vae.problem import Objective, Reading, VaeProblem

SCORES_AT_ONCE = 1 << 25
_MODULE = "module/"


@dataclass(frozen=True)
class TextVae:
    """A VAE of sequences over a vocabulary; `longest` is the most characters a piece of text has."""

    vocabulary: Vocabulary
    vae: Vae
    longest: int

    @classmethod
    def untrained(
        cls, vocabulary: Vocabulary, settings: TextVaeSettings, *, with_z: bool = True
    ) -> "TextVae":
        """Return a network of the settings' size with weights drawn from their seed."""
        with reproducible(settings.training.seed, settings.training.threads):
            vae = sequence_vae(
                symbols_of(vocabulary),
                settings.dimensions if with_z else 0,
                embedding=settings.embedding,
                width=settings.width,
                word_dropout=settings.word_dropout if with_z else 0.0,
                normalised=settings.normalised if with_z else 0.0,
            )
        return cls(vocabulary, vae.to(best_device()).eval(), settings.longest)

    @property
    def dimensions(self) -> int:
        """Dimensions of z; the twin has none."""
        return self.vae.prior().mean.shape[-1]

    @property
    def at_once(self) -> int:
        """Pieces that are scored at once, so that their scores take `SCORES_AT_ONCE` numbers at most."""
        return max(1, SCORES_AT_ONCE // ((self.longest + 2) * symbols_of(self.vocabulary)))

    def encode(self, pieces: Pieces) -> torch.Tensor:
        """Return pieces as symbols (pieces, length) on the network's device."""
        return encode(pieces, self.vocabulary).to(best_device())

    def nats(self, texts: pa.StringArray, samples: int, *, seed: int = 0, threads: int = 1) -> float:
        """Return the bound of what documents cost by k = `samples` draws, unknown characters and ends included."""
        pieces = cut_documents(texts, self.longest)
        symbols = self.encode(pieces)
        # Pieces of about the same length go together, so that little is padded.
        ordered = symbols[torch.argsort((symbols != PADDING).sum(dim=1), stable=True)]
        with reproducible(seed, threads):
            parts = [
                bound(weights).double().sum()
                for weights in log_weights_in_parts(self.vae, ordered, samples, rows=self.at_once)
            ]
        tokens = self.vocabulary.encode(texts)
        unknown = nats_of(self.vocabulary.alphabet, tokens, np.zeros(len(tokens.symbol) - 1))
        # An escape could stand in the place of what says that the text goes on, and of the end after it.
        more = 2 * int(pieces.goes_on.sum()) * self.vocabulary.alphabet.known_nats
        return unknown + more - float(sum(parts))

    def write(self, points: torch.Tensor, seed: int | None = None) -> list[str]:
        """Return the text of each of points (texts, dimensions): its likeliest symbols, or with a seed drawn ones."""
        device = best_device()
        generator = None if seed is None else torch.Generator(device).manual_seed(seed)
        written = self.vae.decoder.write(points.to(device), self.longest + 2, generator)  # type: ignore[operator]
        return decode(written, self.vocabulary)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what `from_arrays` makes the model of again."""
        weights = {_MODULE + name: array for name, array in module_arrays(self.vae).items()}
        return {**weights, **self.vocabulary.to_arrays()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], settings: TextVaeSettings) -> "TextVae":
        """Return the model that `to_arrays` took apart, trained with these settings."""
        model = cls.untrained(Vocabulary.from_arrays(arrays), settings)
        own = {n.removeprefix(_MODULE): array for n, array in arrays.items() if n.startswith(_MODULE)}
        load_module(model.vae, own)
        return model


def train_text_vae(
    model: TextVae,
    training: Pieces,
    validation: Pieces,
    settings: TextVaeSettings,
    checkpoints: Checkpoints | None = None,
    advance: Callable[[int], None] = lambda steps: None,
) -> list[Point]:
    """Train a model in place; return its curves."""
    objective = Objective(
        free_bits=settings.free_bits, warmup_epochs=settings.kl_warmup * settings.training.epochs
    )
    problem = VaeProblem(
        model.vae,
        model.encode(training),
        model.encode(validation),
        settings.training,
        objective,
        reading=Reading(tokens=True, at_once=model.at_once),
    )
    return fit(model.vae, problem, settings.training, checkpoints, advance)


def steps_of(training: Pieces, settings: TextVaeSettings) -> int:
    """Return the optimiser steps of an epoch."""
    return max(1, len(training.text) // settings.training.batch)
