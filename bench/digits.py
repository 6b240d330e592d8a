"""MNIST for the audit of VAEs: digits binarised once with a stated seed, models of them, pictures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from PIL import Image
from torch import nn

from bench.corpora import DATA
from tasks.settings import TrainingSettings
from tasks.training.checkpoint import Checkpoints
from tasks.training.loop import fit, reproducible
from tasks.vae.likelihoods import Bernoulli, Likelihood
from tasks.vae.model import ClassPrior, Decoder, Encoder, PosteriorHead, StandardPrior, Vae
from tasks.vae.problem import Objective, VaeProblem

PIXELS, SIDE, CLASSES, BINARISATION_SEED, VALIDATED = 784, 28, 10, 1, 2_000


@dataclass(frozen=True)
class Digits:
    """Pixels uint8[n, 784], 0 or 1, and the digit int64[n] that each shows."""

    pixels: torch.Tensor
    labels: torch.Tensor

    def __getitem__(self, part: slice) -> "Digits":
        """Return a part of the digits."""
        return Digits(self.pixels[part], self.labels[part])


def digits(name: str) -> Digits:
    """Return the digits of train or test in a drawn order: each pixel 1 with the probability of its brightness.

    The files go by label, so that without an order drawn the last digits would all be nines.
    """
    table = pq.read_table(DATA / "mnist" / f"{name}.parquet")
    bright = np.stack([np.frombuffer(row, np.uint8) for row in table["pixels"].to_pylist()])
    draw = np.random.default_rng([BINARISATION_SEED, len(bright)])
    pixels = draw.random(bright.shape, np.float32) < bright / np.float32(255)
    order = draw.permutation(len(bright))
    labels = table["label"].to_numpy().astype(np.int64)[order]
    return Digits(torch.from_numpy(pixels[order].astype(np.uint8)), torch.from_numpy(labels))


def digit_vae(
    dimensions: int,
    *,
    width: int,
    by_class: bool = False,
    likelihood: Likelihood | None = None,
    seed: int = 0,
) -> Vae:
    """Return an untrained VAE of 784-width-width-dimensions and back."""
    with reproducible(seed, 1):
        body = nn.Sequential(*_layers(PIXELS, width), *_layers(width, width))
        back = nn.Sequential(*_layers(dimensions, width), *_layers(width, width), nn.Linear(width, PIXELS))
        prior = ClassPrior(dimensions, CLASSES) if by_class else StandardPrior(dimensions)
        encoder = Encoder(body, PosteriorHead(width, dimensions))
        return Vae(encoder, Decoder(back, likelihood or Bernoulli()), prior)


def _layers(inside: int, outside: int) -> list[nn.Module]:
    return [nn.Linear(inside, outside), nn.LeakyReLU(0.1)]


def train(
    vae: Vae,
    data: Digits,
    settings: TrainingSettings,
    objective: Objective,
    *,
    by_class: bool = False,
    checkpoint: Path | None = None,
) -> list[float]:
    """Train on all but the last digits, which validate; return the losses of the validations."""
    inside, outside = data[:-VALIDATED], data[-VALIDATED:]
    classes = (inside.labels, outside.labels) if by_class else None
    problem = VaeProblem(vae, inside.pixels, outside.pixels, settings, objective, classes=classes)
    points = fit(vae, problem, settings, Checkpoints(checkpoint))
    return [point.value for point in points if point.series == "validation_loss"]


def save_pictures(path: Path, probabilities: torch.Tensor, columns: int) -> None:
    """Save pixels (n, 784) in [0, 1] as a sheet of digits, `columns` in a row."""
    tiles = (1 - probabilities.detach().numpy().reshape(-1, columns, SIDE, SIDE)) * 255
    sheet = np.pad(tiles, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=220)
    rows, columns, height, width = sheet.shape
    flat = sheet.transpose(0, 2, 1, 3).reshape(rows * height, columns * width)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(flat.astype(np.uint8)).save(path)
