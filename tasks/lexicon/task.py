"""The words of a corpus: read off the corpus cut without labels, or found by merging or the four steps."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from tasks.corpus.batches import Text, sentence_batches
from tasks.engines.duck import connect_for
from tasks.engines.processes import worker_count
from tasks.engines.spark import cluster, uses_spark
from tasks.lexicon.counts import count_words, recount, string_array
from tasks.lexicon.decided import decided_by_user
from tasks.lexicon.four_step import build_lexicon, convention_of
from tasks.lexicon.merge_lexicon import merge_lexicon
from tasks.lexicon.minlex import fit_probabilities, read_off, train_model
from tasks.lexicon.sampling import draw_sentences
from tasks.lexicon.user_words import load_dictionary
from tasks.models import TABLES_OF_A_MODEL, Trained, make_model, set_model
from tasks.parts import PartWriter
from tasks.progress.task import following, progress
from tasks.recording import task
from tasks.runs import Run, Stage, make
from tasks.segment.classes import Convention
from tasks.segment.dictionary import UserDictionary
from tasks.segment.em import Expect
from tasks.segment.expectation import Vocabulary, expect_here, expect_on_cluster
from tasks.segment.loading import dictionary_of
from tasks.segment.token_types import count_types, write_words
from tasks.settings import LexiconSettings, MineSettings
from tasks.store import Dataset, content_key
from tasks.tables import TABLES
from tasks.unchanged import MADE_FROM, made_from

SAMPLE = Stage(name="draw_sample", version=1, tables=("samples",))
TRAIN = Stage(name="train_segmenter", version=3, tables=TABLES_OF_A_MODEL)
READ_OFF = Stage(name="read_lexicon", version=3, tables=("lexicon", "lexicon_decisions", "words"))
MERGE = Stage(name="merge_words", version=2, tables=("lexicon", "lexicon_decisions"))
FOUR_STEP = Stage(name="build_lexicon", version=2, tables=("lexicon", "lexicon_decisions"))
_OF_THE_USER = {"force", "forbid", "known", "stop_characters"}

logger = logging.getLogger(__name__)


@task()
def read_user_words(run: Run, settings: MineSettings) -> None:
    """Note which words the user forces, forbids and knows, the stop characters, and what the lexicon is made from."""
    dictionary, known = load_dictionary(settings.lexicon, settings.ingest)
    noted = {"dictionary": dictionary.as_state(), "known_words": sorted(known)}
    run.set_state(**noted, **{MADE_FROM: made_from(settings, run.state())})


@task()
def draw_sample(run: Run, text: Text, settings: LexiconSettings) -> Dataset:
    """Draw the sentences that stand for the corpus where reading all of it would take too long."""

    def build(folders: dict[str, Path]) -> None:
        with PartWriter(folders["samples"] / "part-00000.parquet", TABLES["samples"].schema) as writer:
            writer.write(sample_text(run, text, settings.train_chars, settings.seed))

    chosen = {"seed": settings.seed, "train_chars": settings.train_chars}
    made = make(run, SAMPLE, text.inputs, chosen, build)["samples"]
    run.set_current("samples", [made])
    return made


@task()
def prepare_segmenter(run: Run, ngrams: Dataset, sample: Dataset, settings: LexiconSettings) -> Dataset:
    """Return what the corpus is to be cut with: a segmenter trained on it, or its n-grams for nVBE."""
    if settings.method == "minlex":
        return train_segmenter(run, ngrams, sample, settings)
    _set_convention(run, ngrams, settings)
    set_model(run, "segmenter", None)
    return ngrams


def train_segmenter(run: Run, ngrams: Dataset, sample: Dataset, settings: LexiconSettings) -> Dataset:
    """Train a segmenter on the sample, without labels."""
    convention = _set_convention(run, ngrams, settings)
    chosen = {
        name: value
        for name, value in settings.model_dump(mode="json").items()
        if name in {"seed", "max_rounds", "max_minutes"}
    } | {"convention": convention.as_state()}

    def train(checkpoint: Path) -> Trained:
        began, limit = time.monotonic(), settings.max_minutes
        with progress("training the segmenter", settings.max_rounds) as advance:
            sentences = run.store.read(sample, ["text"])["text"]
            model = train_model(
                sentences,
                convention,
                seed=settings.seed,
                max_rounds=settings.max_rounds,
                workers=worker_count(run.engine),
                time_is_up=lambda: limit is not None and time.monotonic() - began > 60 * limit,
                round_ended=lambda: advance(1),
            )
        characters = pc.sum(pc.utf8_length(sentences)).as_py() or 0
        return Trained(arrays=model.to_arrays(), config={}, characters=characters)

    made = make_model(run, TRAIN, "segmenter", [sample], chosen, train)
    run.measure("train_segmenter", "characters", run.store.read(made)["characters"][0].as_py(), "characters")
    return made


@task()
def read_lexicon(run: Run, tokens: Dataset, ngrams: Dataset, sample: Dataset) -> Dataset:
    """Count the words that the corpus was cut into, judge them, and write down why each was kept or dropped."""
    store, convention, dictionary = run.store, convention_in(run), dictionary_in(run)

    @contextmanager
    def expectation(vocabulary: Vocabulary) -> Iterator[Expect]:
        if uses_spark(run.engine):
            [path] = store.parts(sample)
            with cluster(run.engine, store.scratch(run.corpus), run.corpus) as spark:
                yield expect_on_cluster(spark, path, vocabulary)
        else:
            yield expect_here(store.read(sample, ["text"])["text"], vocabulary)

    def build(folders: dict[str, Path]) -> None:
        with connect_for(run) as duck:
            words = count_types(duck, store.parts(tokens))
        counts = words.select("word", "count").sort("word")
        listed = pl.Series([*dictionary.force, *dictionary.forbid], dtype=pl.String)
        grams = pl.LazyFrame({"gram": pl.concat([counts["word"], listed]).unique(maintain_order=True)})
        known = pl.scan_parquet(store.parts(ngrams))
        longer = known.filter(pl.col("length") > 1).join(grams, on="gram", how="semi")
        evidence = pl.concat(
            [known.filter(pl.col("length") == 1).collect(), longer.collect(engine="streaming")]
        )
        found = decided_by_user(read_off(evidence, counts, convention), evidence, dictionary, counts)
        with expectation(Vocabulary(string_array(found.lexicon["word"]), convention, dictionary)) as expect:
            fitted = fit_probabilities(found.lexicon, expect)
        uses = fitted.select("word").join(counts, on="word", how="left", maintain_order="left")["count"]
        lexicon = fitted.with_columns(count=uses.fill_null(0)).sort("count", "word", descending=[True, False])
        _write(run, folders, lexicon, found.decisions)
        write_words(folders["words"], words, lexicon["word"])

    made = make(run, READ_OFF, [tokens, ngrams, sample], _of_the_user(run) | convention.as_state(), build)
    return _tell(run, made)


@task()
def find_words(run: Run, ngrams: Dataset, text: Text, sample: Dataset, settings: LexiconSettings) -> Dataset:
    """Find the corpus's words by merging or by the four steps, and write down why each was kept or dropped."""
    store = run.store
    convention, dictionary = _set_convention(run, ngrams, settings), dictionary_in(run)

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
            found = merge_lexicon(frame, store.read(sample, ["text"])["text"], settings, convention)
        else:
            found = build_lexicon(frame, sentences("finding words"), settings, convention)
        found = decided_by_user(found, frame, dictionary)
        fitted = count_words(found.lexicon, sentences("fitting the lexicon"), convention, dictionary)
        lexicon = recount(fitted, sentences("counting words"), convention, dictionary)
        _write(run, folders, lexicon, found.decisions)

    stage = MERGE if settings.method == "merge" else FOUR_STEP
    chosen = settings.model_dump(mode="json", exclude=_OF_THE_USER) | _of_the_user(run)
    made = make(run, stage, [ngrams, sample, *text.inputs], chosen, build)
    set_model(run, "segmenter", None)
    return _tell(run, made)


def sample_text(run: Run, text: Text, chars: int, seed: int) -> pa.Table:
    """Return a seeded sample of about `chars` characters of the corpus: doc_id, sentence_no, text, in order."""
    read = partial(sentence_batches, run.store, text.datasets("sentences"), text.datasets("duplicates"))
    return draw_sentences(read, TABLES["samples"].schema, chars, seed)


def convention_in(run: Run) -> Convention:
    """Return the convention that the run's words are found under."""
    return Convention(**run.state()["convention"])


def dictionary_in(run: Run) -> UserDictionary:
    """Return what the user decided about words of the run's corpus."""
    return dictionary_of(run.state())


def _of_the_user(run: Run) -> dict[str, str]:
    state = run.state()
    return {"user": content_key(state.get("dictionary", {}), state.get("known_words", []))}


def _set_convention(run: Run, ngrams: Dataset, settings: LexiconSettings) -> Convention:
    characters = pl.scan_parquet(run.store.parts(ngrams)).filter(pl.col("length") == 1).collect()
    convention = convention_of(characters, settings)
    run.set_state(convention=convention.as_state())
    return convention


def _write(run: Run, folders: dict[str, Path], lexicon: pl.DataFrame, decisions: pl.DataFrame) -> None:
    known = run.state().get("known_words", [])
    lexicon = lexicon.with_columns(known=pl.col("word").is_in(known))
    for table, rows in {"lexicon": lexicon, "lexicon_decisions": decisions}.items():
        schema = TABLES[table].schema
        with PartWriter(folders[table] / "part-00000.parquet", schema) as writer:
            writer.write(rows.select(schema.names).to_arrow().cast(schema))


def _tell(run: Run, made: dict[str, Dataset]) -> Dataset:
    for table, dataset in made.items():
        run.set_current(table, [dataset])
    run.measure("build_lexicon", "candidates", made["lexicon_decisions"].rows, "words")
    run.measure("build_lexicon", "words", made["lexicon"].rows, "words")
    if "words" in made:
        run.measure("count_words", "types", made["words"].rows, "words")
    logger.info("corpus %s: %d words kept", run.corpus, made["lexicon"].rows)
    return made["lexicon"]
