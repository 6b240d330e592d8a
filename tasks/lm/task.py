"""Language models trained on a corpus, measured on its held-out documents, and made to write."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tasks.corpus.batches import Text
from tasks.engines.processes import worker_count
from tasks.errors import InputError
from tasks.lm.alphabet import Alphabet, nats_of
from tasks.lm.documents import Documents, documents_of, drawn_documents, held_out_chars, words_of
from tasks.lm.grams import count_grams
from tasks.lm.kneser_ney import KneserNey
from tasks.lm.networks import NETWORKS, need_gpt2
from tasks.lm.rungs import Rung, rungs_beside
from tasks.lm.split import HELD_OUT, TRAINING, VALIDATION
from tasks.lm.tokens import uses_of
from tasks.lm.vocabulary import Vocabulary
from tasks.progress.task import progress
from tasks.recording import task
from tasks.settings import EvaluationSettings, LanguageModelSettings
from tasks.store.datasets import Dataset
from tasks.store.models import TABLES_OF_A_MODEL, Trained, load_trained, make_model
from tasks.store.parts import TableWriter
from tasks.store.runs import Run, Stage, make
from tasks.training.checkpoint import Checkpoints

NGRAMS = Stage(name="train_ngram_model", version=1, tables=TABLES_OF_A_MODEL)
NETWORK = Stage(name="train_gpt2", version=1, tables=TABLES_OF_A_MODEL)
MEASURE = Stage(name="measure_networks", version=1, tables=("entropy_ladder",), replaces=False)

logger = logging.getLogger(__name__)


@task()
def train_ngram_model(
    run: Run, text: Text, evaluation: EvaluationSettings, settings: LanguageModelSettings
) -> Dataset:
    """Estimate the character n-gram model of the documents that are not held out."""

    def train(checkpoint: Path) -> Trained:
        learnt = _drawn(run, text, evaluation).of(TRAINING)
        alphabet = Alphabet.of(learnt)
        symbols = alphabet.symbols(learnt)
        model = KneserNey.of(
            alphabet, count_grams(symbols, settings.order, worker_count(run.engine)), settings.order
        )
        return Trained(arrays=model.to_arrays(), config={}, characters=symbols.characters)

    chosen = {"order": settings.order} | _split(evaluation)
    return make_model(run, NGRAMS, "ngram-lm", documents_of(text), chosen, train)


@task()
def train_networks(
    run: Run, text: Text, evaluation: EvaluationSettings, settings: LanguageModelSettings
) -> list[tuple[str, Dataset]]:
    """Train GPT-2 on characters, words or both; return each rung with its run of `models`.

    InputError when there is one to train and torch or transformers is missing.
    """
    if NETWORKS[settings.gpt2]:
        need_gpt2()
    return [(rung, _train(run, text, evaluation, settings, rung)) for rung in NETWORKS[settings.gpt2]]


@task()
def measure_networks(
    run: Run, text: Text, evaluation: EvaluationSettings, networks: Sequence[tuple[str, Dataset]]
) -> None:
    """Put networks on the ladder, measured on the documents that its other rungs are measured on."""
    ladder, *others = rungs_beside(run, set(NETWORKS["both"]))
    store = run.store

    def build(write: TableWriter) -> None:
        drawn = drawn_documents(run, text, evaluation.ladder_chars, evaluation)
        rungs = [_measured(run, drawn, rung, model).row for rung, model in networks if held_out_chars(drawn)]
        write("entropy_ladder", rungs)

    inputs = [ladder, *(model for _, model in networks)]
    made = make(run, MEASURE, inputs, {"rungs": [rung for rung, _ in networks]}, build)["entropy_ladder"]
    run.set_current("entropy_ladder", [ladder, *others, made])
    for row in store.read(made).to_pylist():
        run.measure("measure_networks", f"bits_per_char_{row['rung']}", row["bits_per_char"], "bits")


def _train(
    run: Run, text: Text, evaluation: EvaluationSettings, settings: LanguageModelSettings, rung: str
) -> Dataset:
    tokens = run.current()["tokens"][0]
    lm = settings.model_dump(mode="json", exclude={"order", "gpt2"})

    def train(checkpoint: Path) -> Trained:
        from tasks.lm.gpt2 import steps_of, train_gpt2  # needs torch; the n-grams do without

        drawn = _drawn(run, text, evaluation, settings.training.validation_share)
        if not len(drawn.of(VALIDATION)):
            raise InputError(
                f"corpus {run.corpus!r} must have three documents and more to train GPT-2 on; "
                f"it has {len(drawn.doc_id)} in the sample"
            )
        learnt = drawn.of(TRAINING)
        vocabulary = Vocabulary.of_characters(Alphabet.of(drawn.of(TRAINING, VALIDATION)))
        if rung == "gpt2_word":
            uses = uses_of(words_of(run, tokens, drawn))
            words = uses["word"].to_list(), uses["count"].to_numpy()
            vocabulary = Vocabulary.of_words(vocabulary.alphabet, *words, settings.words)
        training, validation = vocabulary.encode(learnt), vocabulary.encode(drawn.of(VALIDATION))
        with progress(f"training {rung}", settings.training.epochs * steps_of(training, settings)) as advance:
            model, points = train_gpt2(
                vocabulary, training, validation, settings, Checkpoints(checkpoint), advance
            )
        return Trained(
            arrays=model.to_arrays(),
            config={},
            characters=vocabulary.alphabet.symbols(learnt).characters,
            curves=[(point.series, point.step, point.value) for point in points],
        )

    kind = rung.replace("_", "-")
    inputs = [*documents_of(text), *([tokens] if rung == "gpt2_word" else [])]
    return make_model(run, NETWORK, kind, inputs, {"rung": rung, "lm": lm} | _split(evaluation), train)


def _measured(run: Run, drawn: Documents, rung: str, dataset: Dataset) -> Rung:
    from tasks.lm.gpt2 import Gpt2  # needs torch; the n-grams do without

    arrays, config = load_trained(run.store, dataset)
    settings = LanguageModelSettings.model_validate(config["settings"]["lm"])
    model = Gpt2.from_arrays(arrays, settings)
    tokens = model.vocabulary.encode(drawn.of(HELD_OUT))
    alphabet = model.vocabulary.alphabet
    nats = nats_of(alphabet, tokens, model.log_probabilities(tokens, settings.training.threads))
    chars = held_out_chars(drawn)
    return Rung(rung=rung, bits_per_char=float(nats / np.log(2) / chars), chars=chars)


def _drawn(run: Run, text: Text, evaluation: EvaluationSettings, validation: float = 0.0) -> Documents:
    drawn = drawn_documents(run, text, evaluation.ladder_chars, evaluation, validation)
    if not len(drawn.of(TRAINING)):
        raise InputError(f"corpus {run.corpus!r} must have a document to learn from besides those held out")
    return drawn


def _split(evaluation: EvaluationSettings) -> dict[str, Any]:
    return evaluation.model_dump(mode="json", exclude={"gold"})
