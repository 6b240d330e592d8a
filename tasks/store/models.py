"""Models as datasets: one row of `models` and its training curves a model, its arrays in a folder of the store.

A corpus publishes at most one model of each kind; one that is trained anew takes the place of its kind alone.
The key of the run is the model's id.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.errors import InputError
from tasks.store.datasets import Dataset, Store
from tasks.tables import MODEL_KINDS

if TYPE_CHECKING:
    from tasks.store.parts import TableWriter
    from tasks.store.runs import Run, Stage

TABLES_OF_A_MODEL = ("models", "training_curves")

MADE_BY = {
    "segmenter": "mine PATH",
    "crf": "train crf",
    "topics": "train topics",
    "text-vae": "train text-vae",
    "ngram-lm": "train lm",
    "gpt2-char": "train lm --gpt2 characters",
    "gpt2-word": "train lm --gpt2 words",
}


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a training has brought: arrays, what besides them makes the model whole, and its curves."""

    arrays: Mapping[str, np.ndarray]
    config: Mapping[str, Any]
    characters: int
    curves: Sequence[tuple[str, int, float]] = ()  # (series, step, value)


def make_model(
    run: "Run",
    stage: "Stage",
    kind: str,
    inputs: Sequence[Dataset],
    settings: Mapping[str, Any],
    train: Callable[[Path], Trained],
    *,
    files: Sequence[str] = (),
) -> Dataset:
    """Return the run of `models` that names the model so keyed, trained now unless it exists and verifies.

    `train` is given the file in which it may keep its checkpoints; the file is removed when the model is saved.
    ValueError when the kind is not one that `models` knows.
    """
    from tasks.store.runs import make  # who only loads a model needs nothing of what makes one

    if kind not in MODEL_KINDS:
        raise ValueError(f"kind must be one of {', '.join(MODEL_KINDS)}; got {kind!r}")
    store = run.store
    model_id = stage.key([*(f"{d.table}/{d.key}" for d in inputs), *files], settings)
    checkpoint = store.checkpoint(run.corpus, model_id)

    def build(write: "TableWriter") -> None:
        trained = train(checkpoint)
        config = {"kind": kind, "settings": dict(settings), **trained.config}
        sha256, size = store.save_model(run.corpus, model_id, trained.arrays, config)
        row = {
            "model_id": model_id,
            "kind": kind,
            "sha256": sha256,
            "bytes": size,
            "characters": trained.characters,
            "config": json.dumps(settings, sort_keys=True, ensure_ascii=False),
        }
        curves = [
            {"model_id": model_id, "series": series, "step": step, "value": float(value)}
            for series, step, value in trained.curves
        ]
        write("models", [row])
        write("training_curves", curves)

    made = make(
        run, replace(stage, replaces=False), inputs, settings, build, files=files, valid=_holds(store)
    )
    checkpoint.unlink(missing_ok=True)
    set_model(run, kind, made)
    return made["models"]


def set_model(run: "Run", kind: str, made: Mapping[str, Dataset] | None) -> None:
    """Make `made` the corpus's model of its kind, or let it have none; models of other kinds stay."""
    current = run.current()
    others = {d.key for d in current.get("models", []) if kind_of(run.store, d) != kind}
    for table in TABLES_OF_A_MODEL:
        kept = [dataset for dataset in current.get(table, []) if dataset.key in others]
        run.set_current(table, [*kept, *([made[table]] if made else [])])


def model_of(store: Store, models: Sequence[Dataset], kind: str) -> Dataset | None:
    """Return the run of `models` that names a model of this kind; None when there is none."""
    return next((dataset for dataset in models if kind_of(store, dataset) == kind), None)


def kind_of(store: Store, model: Dataset) -> str:
    """Return the kind of the model that a run of `models` names."""
    return store.read(model, ["kind"])["kind"][0].as_py()


def load_trained(store: Store, model: Dataset) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return arrays and config of the model that a run of `models` names; InputError when it is damaged."""
    model_id = store.read(model, ["model_id"])["model_id"][0].as_py()
    return store.load_model(model.corpus, model_id), store.model_config(model.corpus, model_id)


def published_model(store: Store, corpus: str, kind: str) -> Dataset:
    """Return the published run of `models` of a kind; InputError when the corpus has none."""
    found = model_of(store, store.published_datasets(corpus, "models"), kind)
    if found is None:
        raise InputError(
            f"corpus {corpus!r} has no model of kind {kind}; make one: minlex {MADE_BY[kind]} --corpus {corpus}"
        )
    return found


def _holds(store: Store) -> Callable[[Dataset], bool]:
    return lambda dataset: dataset.table != "models" or store.holds_models(dataset)
