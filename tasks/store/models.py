"""Models as datasets: one row of `models` and its training curves a model, its arrays in a folder of the store.

A corpus publishes at most one model of each kind; one that is trained anew takes the place of its kind alone.
The key of the run is the model's id.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.errors import InputError
from tasks.model_kinds import model_kind
from tasks.store.datasets import Corpus, Dataset, Store

if TYPE_CHECKING:
    from tasks.store.parts import TableWriter
    from tasks.store.runs import Run, Stage

TABLES_OF_A_MODEL = ("models", "training_curves")


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
    """Return the run of `models` for this model, trained now unless it exists and verifies.

    `train` is given the file in which it may keep its checkpoints; the file is removed when the model is saved.
    ValueError when the kind is not in `MODEL_KINDS`.
    """
    from tasks.store.runs import make  # who only loads a model needs nothing of what makes one

    model_kind(kind)
    models = run.data.models
    model_id = stage.key([*(f"{d.table}/{d.key}" for d in inputs), *files], settings)
    checkpoint = models.checkpoint(model_id)

    def build(write: "TableWriter") -> None:
        trained = train(checkpoint)
        config = {"kind": kind, "settings": dict(settings), **trained.config}
        sha256, size = models.save(model_id, trained.arrays, config)
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

    beside, valid = replace(stage, replaces=False), partial(has_models, run.data)
    made = make(run, beside, inputs, settings, build, files=files, valid=valid)
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
    models = store.corpus(model.corpus).models
    return models.load(model_id), models.config(model_id)


def published_model(corpus: Corpus, kind: str) -> Dataset:
    """Return the published run of `models` of a kind; InputError when the corpus has none."""
    found = model_of(corpus.store, corpus.published_datasets("models"), kind)
    if found is None:
        raise InputError(
            f"corpus {corpus.name!r} has no model of kind {kind}; "
            f"make one: minlex {model_kind(kind).trained_by} --corpus {corpus.name}"
        )
    return found


def has_models(corpus: Corpus, dataset: Dataset) -> bool:
    """Return whether every model that a dataset names is there as it was saved; True for one that names none."""
    if dataset.table != "models":
        return True
    rows = corpus.store.read(dataset, ["model_id", "sha256"]).to_pylist()
    return all(corpus.models.is_whole(row["model_id"], row["sha256"]) for row in rows)
