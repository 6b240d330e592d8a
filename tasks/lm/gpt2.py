"""GPT-2 trained from nothing on a corpus (Radford et al. 2019), with the classes of transformers.

    ln P(document) = sum_t ln p(x_t | x_<t),   x_0 the edge before it, the last x_t the edge after it

A context holds `context` tokens: within a document that is longer, at least half as many stand before a token that is
scored. Training reads the documents as one stream cut into blocks; scoring lets no document see another. The unknown
token is never predicted, so p sums to one over characters, words and the end.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel

from tasks.lm.alphabet import EDGE, Symbols
from tasks.lm.vocabulary import Vocabulary
from tasks.settings import LanguageModelSettings
from tasks.training.arrays import load_module, module_arrays
from tasks.training.checkpoint import Checkpoints
from tasks.training.device import best_device, device_of
from tasks.training.loop import Point, fit, reproducible

SCORED_AT_ONCE = 32
_MODULE = "module/"


@dataclass(frozen=True)
class Gpt2:
    """A network over a vocabulary; `context` is the most tokens it sees."""

    vocabulary: Vocabulary
    network: GPT2LMHeadModel
    context: int

    @classmethod
    def untrained(cls, vocabulary: Vocabulary, settings: LanguageModelSettings) -> "Gpt2":
        """Return a network of the settings' size with weights drawn from their seed."""
        if settings.width % settings.heads:
            raise ValueError(f"width must be a multiple of heads, got {settings.width} and {settings.heads}")
        config = GPT2Config(
            vocab_size=vocabulary.size,
            n_positions=settings.context,
            n_embd=settings.width,
            n_layer=settings.layers,
            n_head=settings.heads,
            resid_pdrop=settings.dropout,
            embd_pdrop=settings.dropout,
            attn_pdrop=settings.dropout,
            bos_token_id=EDGE,
            eos_token_id=EDGE,
            use_cache=False,
        )
        with reproducible(settings.training.seed, settings.training.threads):
            network = GPT2LMHeadModel(config)
        return cls(vocabulary, network.to(best_device()), settings.context)

    def log_probabilities(self, text: Symbols, threads: int = 1) -> np.ndarray:
        """Return ln p of every token of documents after the first edge, float64[n - 1]; unknown ones have -inf."""
        self.network.eval()
        out = np.zeros(len(text.symbol) - 1)
        stream = torch.tensor(text.symbol.astype(np.int64))
        with reproducible(0, threads), torch.no_grad():
            for group in _grouped(_windows(text.offsets, self.context)):
                longest = max(end - start for start, end, _ in group)
                inputs = torch.full((len(group), longest), EDGE)
                targets = torch.full((len(group), longest), EDGE)
                for row, (start, end, _) in enumerate(group):
                    inputs[row, : end - start] = stream[start:end]
                    targets[row, : end - start] = stream[start + 1 : end + 1]
                all_log_p = self._log_softmax(inputs)
                wanted = targets[..., None].to(all_log_p.device)
                log_p = all_log_p.gather(2, wanted)[..., 0].double().numpy(force=True)
                for row, (start, end, fresh) in enumerate(group):
                    out[fresh:end] = log_p[row, fresh - start : end - start]
        return out

    def distribution(self, context: np.ndarray) -> np.ndarray:
        """Return p float64[size] of the tokens after the last of `context`, which begins with an edge."""
        self.network.eval()
        seen = torch.tensor(np.asarray(context[-self.context :], np.int64))[None]
        with torch.no_grad():
            p = self._log_softmax(seen)[0, -1].double().exp().numpy(force=True)
        return p / p.sum()

    def _log_softmax(self, inputs: torch.Tensor) -> torch.Tensor:
        return torch.log_softmax(known_logits(self.network, inputs, self.vocabulary.alphabet.unknown), dim=2)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what `from_arrays` makes the model of again."""
        weights = {_MODULE + name: array for name, array in module_arrays(self.network).items()}
        return {**weights, **self.vocabulary.to_arrays()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], settings: LanguageModelSettings) -> "Gpt2":
        """Return the model that `to_arrays` took apart, trained with these settings."""
        model = cls.untrained(Vocabulary.from_arrays(arrays), settings)
        own = {n.removeprefix(_MODULE): array for n, array in arrays.items() if n.startswith(_MODULE)}
        load_module(model.network, own)
        return model


def known_logits(network: nn.Module, inputs: torch.Tensor, unknown: int) -> torch.Tensor:
    """Return logits (batch, length, tokens) where the network is, that of the unknown token -inf."""
    logits = network(inputs.to(device_of(network))).logits
    barred = torch.zeros(logits.shape[-1], device=logits.device)
    barred[unknown] = -torch.inf
    return logits + barred


def train_gpt2(
    vocabulary: Vocabulary,
    training: Symbols,
    validation: Symbols,
    settings: LanguageModelSettings,
    checkpoints: Checkpoints | None = None,
    advance: Callable[[int], None] = lambda steps: None,
) -> tuple[Gpt2, list[Point]]:
    """Train a network on documents until the validation documents gain no more; return it with its curves."""
    model = Gpt2.untrained(vocabulary, settings)
    problem = _TextBlocks(model, training, validation, settings)
    points = fit(model.network, problem, settings.training, checkpoints, advance)
    return model, points


def steps_of(training: Symbols, settings: LanguageModelSettings) -> int:
    """Return the optimiser steps of an epoch."""
    return max(1, _blocks(training, settings)[1] // settings.training.batch)


def _blocks(training: Symbols, settings: LanguageModelSettings) -> tuple[int, int]:
    """Return (tokens of a block, blocks of an epoch): one fewer than fit, to begin each epoch elsewhere."""
    length = min(settings.context, len(training.symbol) - 1)
    return length, max(1, (len(training.symbol) - 1) // length - 1)


class _TextBlocks:
    """Blocks of the stream of documents, shuffled anew each epoch; validation in nats a token."""

    def __init__(
        self, model: Gpt2, training: Symbols, validation: Symbols, settings: LanguageModelSettings
    ) -> None:
        self._model, self._validation, self._settings = model, validation, settings.training
        self._stream = torch.tensor(training.symbol.astype(np.int64), device=device_of(model.network))
        self._length, self._blocks = _blocks(training, settings)
        self._steps = steps_of(training, settings)

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return self._steps

    def batches(self, epoch: int) -> Iterator[np.ndarray]:
        draw = np.random.default_rng([self._settings.seed, epoch])
        spare = len(self._stream) - 1 - self._blocks * self._length
        starts = draw.permutation(self._blocks) * self._length + draw.integers(spare + 1)
        for step in range(self.steps):
            yield starts[step * self._settings.batch : (step + 1) * self._settings.batch]

    def loss(self, batch: np.ndarray, step: int) -> torch.Tensor:
        blocks = torch.stack([self._stream[s : s + self._length + 1] for s in batch.tolist()])
        # The unknown token never comes, so it need not be barred here, which would copy all logits.
        logits = self._model.network(blocks[:, :-1]).logits
        return nn.functional.cross_entropy(logits.flatten(0, 1), blocks[:, 1:].flatten())

    def validate(self) -> Mapping[str, float]:
        log_p = self._model.log_probabilities(self._validation, self._settings.threads)
        return {"validation_loss": -float(log_p.mean())}


def _windows(offsets: np.ndarray, context: int) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, fresh): tokens start to end are read, those after fresh..end - 1 are scored."""
    for first, last in zip((offsets[:-1] - 1).tolist(), (offsets[1:] - 1).tolist(), strict=True):
        start = fresh = first
        while fresh < last:
            end = min(start + context, last)
            yield start, end, fresh
            fresh = end
            start = max(first, end - context // 2)


def _grouped(windows: Iterator[tuple[int, int, int]]) -> Iterator[list[tuple[int, int, int]]]:
    """Yield windows in groups of about equal length, so that little is padded."""
    ordered = sorted(windows, key=lambda window: (window[1] - window[0], window[0]))
    for at in range(0, len(ordered), SCORED_AT_ONCE):
        yield ordered[at : at + SCORED_AT_ONCE]
