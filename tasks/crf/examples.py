"""Training examples: pieces with their features and what is known of their gaps, drawn into batches.

A batch holds pieces of like length: an epoch's shuffled pieces are sorted by length within pools of POOL batches,
and the batches are shuffled in turn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tasks.crf.features import COLUMNS
from tasks.crf.tags import TAGS, allowed_tags

POOL = 50


@dataclass(frozen=True)
class Examples:
    """features int32[n, 9], begins uint8[n] of WITHIN, BEGINS or OPEN, offsets int64[pieces + 1]."""

    features: np.ndarray
    begins: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Length of every piece, int64[pieces]."""
        return np.diff(self.offsets)


@dataclass(frozen=True)
class Batch:
    """features int64[batch, length, 9], allowed uint8[batch, length, tags], lengths int64[batch]."""

    features: Tensor
    allowed: Tensor
    lengths: Tensor

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device."""
        return Batch(self.features.to(device), self.allowed.to(device), self.lengths.to(device))


def batch_of(examples: Examples, chosen: np.ndarray) -> Batch:
    """Return the chosen pieces int64[batch], padded with zeros."""
    lengths = examples.lengths[chosen]
    longest = int(lengths.max())
    within = np.arange(longest) < lengths[:, None]
    at = (examples.offsets[chosen][:, None] + np.arange(longest))[within]
    features = np.zeros((len(chosen), longest, len(COLUMNS)), np.int64)
    features[within] = examples.features[at]
    allowed = np.ones((len(chosen), longest, len(TAGS)), np.uint8)
    allowed[within] = allowed_tags(examples.begins[at], np.append(0, np.cumsum(lengths)))
    return Batch(torch.from_numpy(features), torch.from_numpy(allowed), torch.from_numpy(lengths))


def shuffled(lengths: np.ndarray, batch: int, seed: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the numbers of the pieces of each batch of an epoch, every piece once; lengths int64[pieces]."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(lengths))
    pool = POOL * batch
    parts = [order[i : i + pool] for i in range(0, len(order), pool)]
    order = np.concatenate([part[np.argsort(lengths[part], kind="stable")] for part in parts])
    starts = np.arange(0, len(order), batch)
    for start in rng.permutation(starts):
        yield order[start : start + batch]


def by_length(lengths: np.ndarray, characters: int) -> Iterator[np.ndarray]:
    """Yield the numbers of pieces in batches of about so many characters, padding included, longest first."""
    order = np.argsort(-lengths, kind="stable")
    first = 0
    while first < len(order):
        last = first + max(1, characters // max(1, int(lengths[order[first]])))
        yield order[first:last]
        first = last
