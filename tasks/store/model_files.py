"""Files of the trained models of a corpus: arrays, config, and checkpoints of trainings under way."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from tasks.errors import InputError
from tasks.store.files import digest, read_json
from tasks.store.names import check_key

MODEL_FILE = "model.safetensors"


@dataclass(frozen=True)
class ModelFiles:
    """The models of the corpus called `corpus`, each in a folder of its own below `folder`."""

    folder: Path
    corpus: str

    def model(self, model_id: str) -> Path:
        """Return the folder of one model."""
        return self.folder / check_key(model_id)

    def checkpoint(self, model_id: str) -> Path:
        """Return the file for the checkpoint of a model in training."""
        return self.folder / ".checkpoints" / f"{check_key(model_id)}.safetensors"

    def paths(self) -> list[Path]:
        """Return the folders of models, unfinished ones included, and the files of checkpoints."""
        found = (*self.folder.glob("*"), *self.folder.glob(".checkpoints/*"))
        return [path for path in found if path.name != ".checkpoints"]

    def save(
        self, model_id: str, arrays: Mapping[str, np.ndarray], config: Mapping[str, Any]
    ) -> tuple[str, int]:
        """Write a model atomically; return the SHA-256 and size of the file of its arrays."""
        final = self.model(model_id)
        staged = final.with_name(f".{final.name}.{os.getpid()}")
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        save_file(dict(arrays), staged / MODEL_FILE)
        sha256, size = digest(staged / MODEL_FILE), (staged / MODEL_FILE).stat().st_size
        described = json.dumps({**config, "sha256": sha256}, indent=1, sort_keys=True, ensure_ascii=False)
        (staged / "config.json").write_text(described + "\n", encoding="utf-8")
        shutil.rmtree(final, ignore_errors=True)
        staged.rename(final)
        return sha256, size

    def is_whole(self, model_id: str, sha256: str) -> bool:
        """Return whether the arrays of a model are there and have this hash."""
        try:
            return digest(self.model(model_id) / MODEL_FILE) == sha256
        except OSError:
            return False

    def load(self, model_id: str) -> dict[str, np.ndarray]:
        """Return the arrays of a model; InputError when they are missing or not those that were saved."""
        config = read_json(self.model(model_id) / "config.json")
        if isinstance(config, dict) and self.is_whole(model_id, config.get("sha256", "")):
            return load_file(self.model(model_id) / MODEL_FILE)
        raise InputError(f"model {model_id!r} of corpus {self.corpus!r} is missing or damaged; mine it again")

    def config(self, model_id: str) -> dict[str, Any]:
        """Return what was saved beside the arrays of a model; InputError when it is missing."""
        config = read_json(self.model(model_id) / "config.json")
        if not isinstance(config, dict):
            raise InputError(
                f"model {model_id!r} of corpus {self.corpus!r} is missing or damaged; train it again"
            )
        return config
