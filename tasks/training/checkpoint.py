"""Where a training stands, in one safetensors file: arrays as they are, everything else as JSON in its header."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from tasks.store.files import write_atomically


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Arrays by name, and what else there is to know, as JSON holds it."""

    arrays: Mapping[str, np.ndarray]
    state: Mapping[str, Any]


class Checkpoints:
    """The newest checkpoint of one training, in the file `path`; without a path nothing is kept."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace what was kept, in one step."""
        if self._path is not None:
            arrays = {name: np.asarray(array, order="C") for name, array in checkpoint.arrays.items()}
            write_atomically(self._path, save(arrays, {"state": json.dumps(checkpoint.state)}))

    def load(self) -> Checkpoint | None:
        """Return what was kept; None when there is nothing or when it cannot be read."""
        if self._path is None or not self._path.exists():
            return None
        try:
            with safe_open(self._path, framework="numpy") as file:
                state = json.loads(file.metadata()["state"])
                names = list(file.keys())
                return Checkpoint(arrays={name: file.get_tensor(name) for name in names}, state=state)
        except (SafetensorError, OSError, KeyError, TypeError, ValueError):
            return None

    def clear(self) -> None:
        """Forget what was kept."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
