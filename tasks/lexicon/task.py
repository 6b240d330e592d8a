"""The words of a corpus: read off the corpus cut without labels, or found by merging or the four steps."""

import logging
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from prefect import task

from tasks.corpus.batches import Text, sentence_batches
from tasks.engines.duck import connect_for, file_list
from tasks.engines.processes import worker_count
from tasks.lexicon.counts import count_words, recount
from tasks.lexicon.four_step import build_lexicon, convention_of
from tasks.lexicon.merge_lexicon import merge_lexicon
from tasks.lexicon.minlex import fit_probabilities, read_off, train_model
from tasks.lexicon.sampling import in_key_order, sample_sentences
from tasks.models import TABLES_OF_A_MODEL, Trained, make_model, set_model
from tasks.parts import PartWriter
from tasks.progress.task import following, progress
from tasks.runs import Run, Stage, make
from tasks.segment.classes import Convention
from tasks.settings import LexiconSettings
from tasks.store import Dataset
from tasks.tables import TABLES

TRAIN = Stage(name="train_segmenter", version=2, tables=TABLES_OF_A_MODEL)
READ_OFF = Stage(name="read_lexicon", version=1, tables=("lexicon", "lexicon_decisions"))
MERGE = Stage(name="merge_words", version=1, tables=("lexicon", "lexicon_decisions"))
FOUR_STEP = Stage(name="build_lexicon", version=1, tables=("lexicon", "lexicon_decisions"))
SAMPLE_COLUMNS = ("doc_id", "sentence_no", "text")

logger = logging.getLogger(__name__)


@task
def prepare_segmenter(run: Run, ngrams: Dataset, text: Text, settings: LexiconSettings) -> Dataset:
    """Return what the corpus is to be cut with: a segmenter trained on it, or its n-grams for nVBE."""
    if settings.method == "minlex":
        return train_segmenter(run, ngrams, text, settings)
    _set_convention(run, ngrams, settings)
    set_model(run, "segmenter", None)
    return ngrams


def train_segmenter(run: Run, ngrams: Dataset, text: Text, settings: LexiconSettings) -> Dataset:
    """Train a segmenter on a sample of the corpus's sentences, without labels."""
    convention = _set_convention(run, ngrams, settings)
    chosen = {
        name: value
        for name, value in settings.model_dump(mode="json").items()
        if name in {"seed", "train_chars", "max_rounds"}
    } | {"convention": convention.as_state()}

    def train(checkpoint: Path) -> Trained:
        with progress("training the segmenter", 1):
            sample = sample_text(run, text, settings.train_chars, settings.seed)["text"]
            model = train_model(
                sample,
                convention,
                seed=settings.seed,
                max_rounds=settings.max_rounds,
                workers=worker_count(run.engine),
            )
        characters = pc.sum(pc.utf8_length(sample)).as_py() or 0
        return Trained(arrays=model.to_arrays(), config={}, characters=characters)

    made = make_model(run, TRAIN, "segmenter", text.inputs, chosen, train)
    run.measure("train_segmenter", "characters", run.store.read(made)["characters"][0].as_py(), "characters")
    return made


@task
def read_lexicon(
    run: Run, tokens: Dataset, ngrams: Dataset, text: Text, settings: LexiconSettings
) -> Dataset:
    """Judge the words that the corpus was cut into, and write down why each was kept or dropped."""
    store, convention = run.store, convention_in(run)
    query = (
        f"select word, count(*) as count from read_parquet({file_list(store.parts(tokens))}) group by word"
    )

    def build(folders: dict[str, Path]) -> None:
        with connect_for(run) as duck:
            counts = pl.DataFrame(duck.execute(query).to_arrow_table()).sort("word")
        words = counts.lazy().select(pl.col("word").alias("gram"))
        known = pl.scan_parquet(store.parts(ngrams))
        longer = known.filter(pl.col("length") > 1).join(words, on="gram", how="semi")
        evidence = pl.concat(
            [known.filter(pl.col("length") == 1).collect(), longer.collect(engine="streaming")]
        )
        found = read_off(evidence, counts, convention)
        fitted = fit_probabilities(
            found.lexicon, sample_text(run, text, settings.train_chars, settings.seed)["text"], convention
        )
        uses = fitted.select("word").join(counts, on="word", how="left", maintain_order="left")["count"]
        lexicon = fitted.with_columns(count=uses.fill_null(0)).sort("count", "word", descending=[True, False])
        _write(folders, lexicon, found.decisions)

    chosen = {"seed": settings.seed, "train_chars": settings.train_chars} | convention.as_state()
    made = make(run, READ_OFF, [tokens, ngrams, *text.inputs], chosen, build)
    return _tell(run, made)


@task
def find_words(run: Run, ngrams: Dataset, text: Text, settings: LexiconSettings) -> Dataset:
    """Find the corpus's words by merging or by the four steps, and write down why each was kept or dropped."""
    store = run.store
    convention = _set_convention(run, ngrams, settings)

    def sentences(what: str) -> Iterator[pa.Array]:
        """Yield the corpus's sentences, a batch at a time, showing how far they have come."""
        datasets = text.datasets("sentences")
        batches = sentence_batches(store, datasets, text.datasets("duplicates"))
        total = sum(dataset.rows for dataset in datasets)
        for batch in following(batches, what, total, lambda batch: batch.num_rows):
            yield batch.column("text")

    def build(folders: dict[str, Path]) -> None:
        grams = pl.scan_parquet(store.parts(ngrams))
        frame = grams.filter(pl.col("length") <= settings.max_length).collect()
        if settings.method == "merge":
            found = merge_lexicon(
                frame,
                sample_text(run, text, settings.train_chars, settings.seed)["text"],
                settings,
                convention,
            )
        else:
            found = build_lexicon(frame, sentences("finding words"), settings, convention)
        fitted = count_words(found.lexicon, sentences("fitting the lexicon"), convention)
        _write(folders, recount(fitted, sentences("counting words"), convention), found.decisions)

    stage = MERGE if settings.method == "merge" else FOUR_STEP
    made = make(run, stage, [ngrams, *text.inputs], settings.model_dump(mode="json"), build)
    set_model(run, "segmenter", None)
    return _tell(run, made)


def convention_in(run: Run) -> Convention:
    """Return the convention that the run's words are found under."""
    return Convention(**run.state()["convention"])


def _set_convention(run: Run, ngrams: Dataset, settings: LexiconSettings) -> Convention:
    characters = pl.scan_parquet(run.store.parts(ngrams)).filter(pl.col("length") == 1).collect()
    convention = convention_of(characters, settings)
    run.set_state(convention=convention.as_state())
    return convention


def sample_text(run: Run, text: Text, chars: int, seed: int) -> pa.Table:
    """Return a seeded sample of about `chars` characters of the corpus: doc_id, sentence_no, text, in order."""

    def batches(columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
        return sentence_batches(run.store, text.datasets("sentences"), text.datasets("duplicates"), columns)

    total = sum(pc.sum(batch.column("chars")).as_py() for batch in batches(("chars",)))
    drawn = sample_sentences(batches(SAMPLE_COLUMNS), total, chars, seed)
    schema = pa.schema([TABLES["sentences"].schema.field(name) for name in SAMPLE_COLUMNS])
    return in_key_order(drawn, schema)


def _write(folders: dict[str, Path], lexicon: pl.DataFrame, decisions: pl.DataFrame) -> None:
    for table, rows in {"lexicon": lexicon, "lexicon_decisions": decisions}.items():
        schema = TABLES[table].schema
        with PartWriter(folders[table] / "part-00000.parquet", schema) as writer:
            writer.write(rows.select(schema.names).to_arrow().cast(schema))


def _tell(run: Run, made: dict[str, Dataset]) -> Dataset:
    for table, dataset in made.items():
        run.set_current(table, [dataset])
    run.measure("build_lexicon", "candidates", made["lexicon_decisions"].rows, "words")
    run.measure("build_lexicon", "words", made["lexicon"].rows, "words")
    logger.info("corpus %s: %d words kept", run.corpus, made["lexicon"].rows)
    return made["lexicon"]
