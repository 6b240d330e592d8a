"""The CRF segmenter of a corpus: trained on gold, on silver or on both, and scored on gold."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from tasks.corpus.batches import Text
from tasks.corpus.task import sample_text
from tasks.crf.gold import Split, check_classes, normalised, split_documents
from tasks.crf.labels import Labelled, labelled_words
from tasks.crf.scores import COUNTS, SCORES, scores_of
from tasks.crf.segmenter import CrfSegmenter
from tasks.crf.silver import held_out_documents, silver_of
from tasks.crf.training import Unlabelled, train_tagger
from tasks.errors import InputError
from tasks.evaluation.gold import load_gold
from tasks.progress.task import progress
from tasks.recording import task
from tasks.self_training.segmenter import load_model
from tasks.settings import CrfSettings
from tasks.store.datasets import Dataset
from tasks.store.models import TABLES_OF_A_MODEL, Trained, load_trained, make_model, model_of
from tasks.store.parts import TableWriter
from tasks.store.runs import Run, Stage, make
from tasks.text.state import dictionary_in, token_rules_in
from tasks.training.checkpoint import Checkpoints
from tasks.unigram.segmenter import load_lexicon

TRAIN = Stage(name="train_crf", version=2, tables=TABLES_OF_A_MODEL)
EVALUATE = Stage(name="evaluate_crf", version=1, tables=SCORES)
_BAR = 1000


class _Silver(NamedTuple):
    train: Labelled
    held_out: Labelled


@task()
def train_crf_segmenter(run: Run, text: Text, settings: CrfSettings) -> Dataset:
    """Train the CRF on gold, on how the corpus was cut without labels, or on both."""
    store, current = run.store, run.current()
    with_silver = settings.gold is None if settings.silver is None else settings.silver
    if settings.gold is None and not with_silver:
        raise InputError("training needs gold or silver; give a gold file or leave silver on")
    gold = _split(settings) if settings.gold else None
    lexicon = current["lexicon"][0]
    segmenter = model_of(store, current.get("models", []), "segmenter") or lexicon
    inputs = [lexicon] if settings.lexicon else []
    inputs += [segmenter] if with_silver else []
    inputs += text.inputs if with_silver or settings.vector_chars else []

    def train(checkpoint: Path) -> Trained:
        silver = _silver(run, text, segmenter, settings) if with_silver else None
        held_out = labelled_words(gold.held_out if gold else [])
        validation = silver.held_out if silver and not gold else held_out
        words = store.read(lexicon, ["word"])["word"].to_pylist() if settings.lexicon else []
        learnt = labelled_words(gold.train) if gold else None
        raw = _raw(run, text, settings) if settings.vector_chars else None
        shown = 0
        with progress("training the CRF", _BAR) as show:

            def advance(steps: int, total: int) -> None:
                nonlocal shown
                shown += steps * _BAR
                show(shown // total)
                shown %= total

            trained = train_tagger(
                learnt, validation, Unlabelled(words, raw), settings,
                silver=silver.train if silver else None, checkpoints=Checkpoints(checkpoint), advance=advance,
            )  # fmt: skip
        segmenter_made = CrfSegmenter(trained.tagger, trained.vocabulary)
        characters = sum(len(part.text.codes) for part in (learnt, silver and silver.train) if part)
        return Trained(
            arrays=segmenter_made.to_arrays(),
            config=settings.model_dump(include={"encoder", "output", "members"}),
            characters=characters,
            curves=[(point.series, point.step, point.value) for point in trained.points],
        )

    made = make_model(
        run, TRAIN, "crf", inputs, _learnt_from(settings), train, files=_content_of(settings.gold)
    )
    run.measure("train_crf", "crf_characters", store.read(made)["characters"][0].as_py(), "characters")
    return made


@task()
def evaluate_crf(run: Run, model: Dataset, settings: CrfSettings) -> None:
    """Score the model on held-out gold and on the test file, and write down where it disagrees with them."""
    files = [*_content_of(settings.gold), *_content_of(settings.test)]
    model_id = run.store.read(model, ["model_id"])["model_id"][0].as_py()

    def build(write: TableWriter) -> None:
        segmenter = CrfSegmenter.from_arrays(*load_trained(run.store, model))
        gold = _split(settings) if settings.gold else Split([], [])
        known = {word for words in gold.train for word in words}
        texts = {"held-out": gold.held_out} if settings.gold else {}
        if settings.test:
            texts["test"] = normalised(load_gold(settings.test, settings.gold_format))
        rows: dict[str, list[dict]] = {table: [] for table in SCORES}
        for name, sentences in texts.items():
            about = {"model_id": model_id, "texts": name}
            for table, found in scores_of(segmenter, sentences, known).items():
                rows[table] += [about | row for row in found]
        for table, found in rows.items():
            write(table, found)

    chosen = _learnt_from(settings) | {"texts": [bool(settings.gold), bool(settings.test)]}
    made = make(run, EVALUATE, [model], chosen, build, files=files)
    for row in run.store.read(made["segmentation_scores"]).to_pylist():
        name = f"crf_{row['texts']}_{row['metric']}".replace("-", "_")
        run.measure("evaluate_crf", name, row["value"], "count" if row["metric"] in COUNTS else "share")


def _learnt_from(settings: CrfSettings) -> dict:
    """Return the settings that decide what is learnt; files count by their content."""
    return settings.model_dump(mode="json", exclude={"gold", "test"})


def _content_of(path: str | None) -> list[str]:
    if path is None:
        return []
    try:
        return [hashlib.sha256(Path(path).read_bytes()).hexdigest()]
    except OSError as error:
        raise InputError(f"cannot read gold {path!r}: {error.strerror}") from None


def _split(settings: CrfSettings) -> Split:
    lines = load_gold(str(settings.gold), settings.gold_format)
    check_classes(lines, str(settings.gold))
    training = settings.training
    return split_documents(normalised(lines), training.validation_share, training.seed)


def _raw(run: Run, text: Text, settings: CrfSettings) -> pa.StringArray:
    sample = sample_text(run, text, settings.vector_chars, settings.training.seed)
    return sample["text"].combine_chunks()


def _silver(run: Run, text: Text, segmenter: Dataset, settings: CrfSettings) -> _Silver:
    training = settings.training
    sample = sample_text(run, text, settings.silver_chars, training.seed)
    dictionary = dictionary_in(run)
    cutter = (
        load_model(run.store, segmenter, dictionary)
        if segmenter.table == "models"
        else load_lexicon(run.store, segmenter, token_rules_in(run), dictionary)
    )
    out = held_out_documents(sample["doc_id"].to_numpy(), training.validation_share, training.seed)
    if out.all():
        raise InputError("silver must come from 2 documents to hold one out; mine more text")
    texts = sample["text"].combine_chunks()
    parts = (texts.filter(pa.array(chosen)) for chosen in (~out, out))
    return _Silver(*(silver_of(cutter, part, settings.confidence) for part in parts))
