"""The segmenter without labels, trained on a sample of the corpus."""

import time
from pathlib import Path

import pyarrow.compute as pc

from tasks.engines.processes import worker_count
from tasks.progress.task import progress
from tasks.recording import task
from tasks.self_training.completion import Completion
from tasks.self_training.segmenter import load_model
from tasks.self_training.train import VectorSize, train_model
from tasks.self_training.update import updated
from tasks.self_training.warm_start import warm_start
from tasks.settings import LexiconSettings
from tasks.store.datasets import Dataset
from tasks.store.models import TABLES_OF_A_MODEL, Trained, make_model, set_model
from tasks.store.runs import Run, Stage
from tasks.text.choose_rules import set_token_rules
from tasks.text.user_dictionary import NOTHING

TRAIN = Stage(name="train_segmenter", version=4, tables=TABLES_OF_A_MODEL)
_SETTINGS = {
    "seed", "max_rounds", "max_minutes", "max_length", "min_freedom", "vector_dimensions", "min_vectors",
}  # fmt: skip


@task()
def prepare_segmenter(run: Run, ngrams: Dataset, sample: Dataset, settings: LexiconSettings) -> Dataset:
    """Return what the corpus is to be cut with: a segmenter trained on it, or its n-grams for nVBE."""
    if settings.method == "minlex":
        return train_segmenter(run, ngrams, sample, settings)
    set_token_rules(run, ngrams, settings)
    set_model(run, "segmenter", None)
    return ngrams


def train_segmenter(run: Run, ngrams: Dataset, sample: Dataset, settings: LexiconSettings) -> Dataset:
    """Train a segmenter on the sample, without labels, or bring the published one up to date with it."""
    token_rules = set_token_rules(run, ngrams, settings)
    chosen = {name: value for name, value in settings.model_dump(mode="json").items() if name in _SETTINGS}
    chosen |= {"convention": token_rules.as_state(), "version": TRAIN.version}
    start = warm_start(run, sample, chosen) if settings.warm_start else None
    if start is not None and start.change == 0:
        return start.model
    completion = Completion(settings.max_length, settings.min_freedom)

    def train(checkpoint: Path) -> Trained:
        sentences = run.store.read(sample, ["text"])["text"]
        characters = pc.sum(pc.utf8_length(sentences)).as_py() or 0
        if start is not None:
            with progress("bringing the segmenter up to date", 1) as advance:
                model = updated(load_model(run.store, start.model, NOTHING), sentences, completion)
                advance(1)
            return Trained(arrays=model.to_arrays(), config={}, characters=characters)
        began, limit = time.monotonic(), settings.max_minutes
        with progress("training the segmenter", settings.max_rounds) as advance:
            model = train_model(
                sentences,
                token_rules,
                seed=settings.seed,
                max_rounds=settings.max_rounds,
                completion=completion,
                vectors=VectorSize(settings.vector_dimensions, settings.min_vectors),
                workers=worker_count(run.engine),
                time_is_up=lambda: limit is not None and time.monotonic() - began > 60 * limit,
                round_ended=lambda: advance(1),
            )
        return Trained(arrays=model.to_arrays(), config={}, characters=characters)

    origin = {"sample": sample.key, "change": 0.0} if start is None else start.origin(sample)
    made = make_model(run, TRAIN, "segmenter", [sample], chosen | {"origin": origin}, train)
    run.measure("train_segmenter", "characters", run.store.read(made)["characters"][0].as_py(), "characters")
    return made
