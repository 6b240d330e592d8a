"""The VAE of a corpus's sentences: trained beside its twin without z, put on the ladder, and made to write."""

import logging
from pathlib import Path

import numpy as np

from tasks.checks.gate import Finding
from tasks.checks.task import judge
from tasks.corpus.batches import Text
from tasks.errors import InputError
from tasks.lm.alphabet import Alphabet
from tasks.lm.documents import Documents, documents_of, drawn_documents, held_out_chars, words_of
from tasks.lm.rungs import Rung, rungs_beside
from tasks.lm.split import HELD_OUT, TRAINING, VALIDATION
from tasks.lm.tokens import uses_of
from tasks.lm.vocabulary import Vocabulary
from tasks.progress.task import progress
from tasks.recording import task
from tasks.settings import EvaluationSettings, TextVaeSettings
from tasks.store.datasets import Dataset
from tasks.store.models import TABLES_OF_A_MODEL, Trained, load_trained, make_model
from tasks.store.parts import TableWriter
from tasks.store.runs import Run, Stage, make
from tasks.text_vae.describe import describe, sentences_of, written
from tasks.text_vae.model import TextVae, steps_of, train_text_vae
from tasks.text_vae.sequences import Pieces
from tasks.training.checkpoint import Checkpoints

TRAIN = Stage(name="train_text_vae", version=1, tables=TABLES_OF_A_MODEL)
MEASURE = Stage(name="measure_text_vae", version=1, tables=("entropy_ladder",), replaces=False)
DESCRIBE = Stage(name="describe_text_vae", version=1, tables=("vae_texts",))
RUNG = "text_vae"
# Sentences of unseen documents that figures are taken of; the bound is that of all the documents.
LOOKED_AT = 2_000
_UNITS = {
    "kl": "nats",
    "mutual_information": "nats",
    "active_units": "dimensions",
    "reconstruction_accuracy": "share",
    "iwae_bits": "bits",
    "twin_bits": "bits",
}

logger = logging.getLogger(__name__)


@task()
def train_text_model(
    run: Run, text: Text, evaluation: EvaluationSettings, settings: TextVaeSettings
) -> Dataset:
    """Train the VAE and its twin on sentences that are not held out, and measure both on those that are."""
    tokens = run.current()["tokens"][0]
    seed, threads = settings.training.seed, settings.training.threads

    def train(checkpoint: Path) -> Trained:
        drawn = drawn_documents(
            run, text, evaluation.ladder_chars, evaluation, settings.training.validation_share
        )
        learnt, validation = _sentences(run, drawn, settings)
        vocabulary = _vocabulary(run, tokens, drawn, settings)
        steps = 2 * settings.training.epochs * steps_of(learnt, settings)
        twin = TextVae.untrained(vocabulary, settings, with_z=False)
        model = TextVae.untrained(vocabulary, settings)
        twins = Checkpoints(checkpoint.with_name(f"twin-{checkpoint.name}"))
        with progress("training the text VAE", steps) as advance:
            of_twin = train_text_vae(twin, learnt, validation, settings, twins, advance)
            points = train_text_vae(model, learnt, validation, settings, Checkpoints(checkpoint), advance)
        unseen = drawn.of(HELD_OUT)
        chars = held_out_chars(drawn)
        sentences = sentences_of(unseen, settings.longest, LOOKED_AT, seed)
        figures = describe(model, sentences, seed=seed, threads=threads).figures
        for name, of, draws in (("iwae", model, settings.draws), ("twin", twin, 1)):
            figures[f"{name}_bits"] = of.nats(unseen, draws, seed=seed, threads=threads) / np.log(2) / chars
        twins.clear()
        curves = [(p.series, p.step, p.value) for p in points]
        curves += [(f"twin_{p.series}", p.step, p.value) for p in of_twin if p.series.endswith("loss")]
        return Trained(
            arrays=model.to_arrays(),
            config={"figures": figures, "chars": chars},
            characters=sum(map(len, learnt.text.to_pylist())),
            curves=curves,
        )

    inputs = [*documents_of(text), *([tokens] if settings.unit == "words" else [])]
    chosen = {"text_vae": settings.model_dump(mode="json", exclude={"shown"})}
    chosen |= evaluation.model_dump(mode="json", exclude={"gold"})
    made = make_model(run, TRAIN, "text-vae", inputs, chosen, train)
    figures = load_trained(run.store, made)[1]["figures"]
    for name, value in figures.items():
        run.measure("train_text_vae", f"text_vae_{name}", value, _UNITS[name])
    judge(run, "text-vae", [("models", _in_use(figures))])
    return made


@task()
def measure_text_vae(run: Run, model: Dataset) -> Dataset:
    """Put the VAE on the entropy ladder, measured on the documents that the other rungs are measured on."""
    kept = rungs_beside(run, {RUNG})

    def build(write: TableWriter) -> None:
        config = load_trained(run.store, model)[1]
        rung = Rung(rung=RUNG, bits_per_char=config["figures"]["iwae_bits"], chars=config["chars"])
        write("entropy_ladder", [rung.row])

    made = make(run, MEASURE, [kept[0], model], {}, build)["entropy_ladder"]
    run.set_current("entropy_ladder", [*kept, made])
    return made


@task()
def describe_text_vae(
    run: Run, text: Text, evaluation: EvaluationSettings, model: Dataset, settings: TextVaeSettings
) -> Dataset:
    """Write what the VAE writes: samples, lines between sentences, and held-out sentences written again."""
    seed, threads = settings.training.seed, settings.training.threads

    def build(write: TableWriter) -> None:
        arrays, _ = load_trained(run.store, model)
        fitted = TextVae.from_arrays(arrays, settings)
        drawn = drawn_documents(run, text, evaluation.ladder_chars, evaluation)
        held_out = drawn.doc_id[drawn.part == HELD_OUT]
        sentences = sentences_of(drawn.of(HELD_OUT), settings.longest, LOOKED_AT, seed)
        # Sentences are in the order of their documents; those shown come from anywhere.
        shuffled = sentences.take(np.random.default_rng(seed).permutation(len(sentences.text)))
        model_id = run.store.read(model, ["model_id"])["model_id"][0].as_py()
        rows = [
            {
                "model_id": model_id,
                "kind": one.kind,
                "number": one.number,
                "place": one.place,
                "doc_id": None if one.document is None else int(held_out[one.document]),
                "source": one.source,
                "text": one.text,
            }
            for one in written(fitted, shuffled, settings.shown, seed=seed, threads=threads)
        ]
        write("vae_texts", rows)

    chosen = {"shown": settings.shown}
    made = make(run, DESCRIBE, [model, *documents_of(text)], chosen, build)["vae_texts"]
    logger.info("corpus %s: the text VAE wrote %d texts", run.corpus, made.rows)
    return made


def _sentences(run: Run, drawn: Documents, settings: TextVaeSettings) -> tuple[Pieces, Pieces]:
    share, seed = settings.training.validation_share, settings.training.seed
    validated = max(1, round(share * settings.sentences))
    learnt = sentences_of(drawn.of(TRAINING), settings.longest, settings.sentences - validated, seed)
    validation = sentences_of(drawn.of(VALIDATION), settings.longest, validated, seed)
    if not len(learnt.text) or not len(validation.text) or not held_out_chars(drawn):
        raise InputError(
            f"corpus {run.corpus!r} must have three documents and more to train a text VAE on; "
            f"it has {len(drawn.doc_id)} in the sample"
        )
    return learnt, validation


def _vocabulary(run: Run, tokens: Dataset, drawn: Documents, settings: TextVaeSettings) -> Vocabulary:
    vocabulary = Vocabulary.of_characters(Alphabet.of(drawn.of(TRAINING, VALIDATION)))
    if settings.unit == "characters":
        return vocabulary
    uses = uses_of(words_of(run, tokens, drawn))
    words = uses["word"].to_list(), uses["count"].to_numpy()
    return Vocabulary.of_words(vocabulary.alphabet, *words, settings.words)


def _in_use(figures: dict[str, float]) -> Finding:
    return Finding(
        name="z tells of the text",
        kind="identity",
        severity="warning",
        passed=figures["active_units"] >= 1,
        observed=f"{figures['active_units']:.0f} active dimensions, {figures['kl']:.2f} nats",
    )
