"""Rows of different lengths in one flat array."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Ragged(NamedTuple):
    """Rows laid end to end: row i is values[offsets[i] : offsets[i + 1]]; values [n], offsets int64[rows + 1]."""

    values: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, rows: Sequence[np.ndarray]) -> "Ragged":
        """Lay rows of integers end to end."""
        offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)])
        return cls(np.concatenate([np.zeros(0, np.int64), *rows]), offsets)

    @property
    def lengths(self) -> np.ndarray:
        """Length of every row, int64[rows]."""
        return np.diff(self.offsets)

    @property
    def owners(self) -> np.ndarray:
        """The row that each value belongs to, int64[n]."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.lengths)

    def row(self, i: int) -> np.ndarray:
        """Return row i as a view."""
        return self.values[self.offsets[i] : self.offsets[i + 1]]
