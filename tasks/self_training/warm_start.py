"""Whether the published segmenter may go on: made with the same settings, of text that has hardly changed.

Changes add up from one update to the next, in shares of the characters of the sample then; when they exceed
MOST_CHANGE of what the student learnt from, it learns again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.store.datasets import Dataset
from tasks.store.models import has_models, model_of
from tasks.store.runs import Run

MOST_CHANGE = 0.1


@dataclass(frozen=True)
class WarmStart:
    """The published model, how much changed before it since its student learnt, and since it in the sample."""

    model: Dataset
    before: float
    change: float

    def origin(self, sample: Dataset) -> dict[str, Any]:
        """Return what the settings of the model say of where it comes from."""
        return {"sample": sample.key, "change": self.before + self.change, "start": self.model.key}


def warm_start(run: Run, sample: Dataset, chosen: Mapping[str, Any]) -> WarmStart | None:
    """Return the published segmenter to go on from, trained with the settings `chosen`.

    None to learn anew: without one, where it is damaged, or where too much has changed.
    """
    store = run.store
    model = model_of(store, run.current().get("models", []), "segmenter")
    if model is None or not has_models(run.data, model):
        return None
    settings = json.loads(store.read(model, ["config"])["config"][0].as_py())
    origin = settings.pop("origin", None)
    if origin is None or settings != dict(chosen):
        return None
    if origin["sample"] == sample.key:
        return WarmStart(model, origin["change"], 0.0)
    held = [d for d in run.data.published_datasets("samples") if d.key == origin["sample"]]
    if not held:
        return None
    change = changed_share(*(pl.Series(store.read(d, ["text"])["text"]) for d in (held[0], sample)))
    return WarmStart(model, origin["change"], change) if origin["change"] + change <= MOST_CHANGE else None


def changed_share(old: pl.Series, new: pl.Series) -> float:
    """Return the characters of sentences that came and went, as a share of those of the old ones.

    >>> changed_share(pl.Series(["中国", "人民"]), pl.Series(["人民", "中"]))
    0.75
    """
    came, gone = new.filter(~new.is_in(old.implode())), old.filter(~old.is_in(new.implode()))
    changed, length = (sum(map(len, part)) for part in ([*came, *gone], old))
    return changed / max(length, 1)
