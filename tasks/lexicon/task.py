"""The words of a corpus: read off the corpus cut without labels, or found by merging or the four steps."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import pyarrow as pa

from tasks.corpus.batches import Text, sentence_batches
from tasks.engines.spark import cluster, uses_spark
from tasks.lexicon.apart import left_apart, neighbours
from tasks.lexicon.counts import count_words, recount
from tasks.lexicon.four_step import build_lexicon
from tasks.lexicon.from_tokens import read_off
from tasks.lexicon.merge_lexicon import merge_lexicon
from tasks.lexicon.user_decisions import decided_by_user
from tasks.lexicon.user_words import load_dictionary
from tasks.lexicon.words import count_types, mark_words
from tasks.progress.task import following
from tasks.recording import task
from tasks.settings import LexiconSettings, MineSettings
from tasks.store.connection import connect_for
from tasks.store.datasets import Dataset
from tasks.store.files import content_key
from tasks.store.models import set_model
from tasks.store.parts import TableWriter
from tasks.store.runs import Run, Stage, make
from tasks.store.unchanged import made_from
from tasks.text.characters import string_array
from tasks.text.choose_rules import set_token_rules
from tasks.text.state import dictionary_in, token_rules_in
from tasks.unigram.em import Expect, fit_probabilities
from tasks.unigram.expectation import Vocabulary, expect_here, expect_on_cluster

READ_OFF = Stage(name="read_lexicon", version=4, tables=("lexicon", "lexicon_decisions", "words"))
MERGE = Stage(name="merge_words", version=2, tables=("lexicon", "lexicon_decisions"))
FOUR_STEP = Stage(name="build_lexicon", version=2, tables=("lexicon", "lexicon_decisions"))
_OF_THE_USER = {"force", "forbid", "known", "stop_characters"}

logger = logging.getLogger(__name__)


@task()
def read_user_words(run: Run, settings: MineSettings) -> None:
    """Note which words the user forces, forbids and knows, the stop characters, and what the lexicon is made from."""
    dictionary, known = load_dictionary(settings.lexicon, settings.ingest)
    run.set_state(
        dictionary=dictionary.as_state(),
        known_words=sorted(known),
        made_from=made_from(settings, run.state()),
    )


@task()
def read_lexicon(
    run: Run, tokens: Dataset, ngrams: Dataset, sample: Dataset, settings: LexiconSettings
) -> Dataset:
    """Count the words that the corpus was cut into, judge them, and write down why each was kept or dropped."""
    store, token_rules, dictionary = run.store, token_rules_in(run), dictionary_in(run)
    bounds = {"max_length": settings.max_length, "min_freedom": settings.min_freedom}

    @contextmanager
    def expectation(vocabulary: Vocabulary) -> Iterator[Expect]:
        if uses_spark(run.engine):
            [path] = store.parts(sample)
            with cluster(run.engine, store.corpus(run.corpus).scratch(), run.corpus) as spark:
                yield expect_on_cluster(spark, path, vocabulary)
        else:
            yield expect_here(store.read(sample, ["text"])["text"], vocabulary)

    def build(write: TableWriter) -> None:
        with connect_for(run) as duck:
            words = count_types(duck, store.parts(tokens))
            met = neighbours(duck, store.parts(tokens))
        counts = words.select("word", "count").sort("word")
        apart = left_apart(met, counts, token_rules, settings.max_length, settings.min_freedom)
        listed = pl.Series([*dictionary.force, *dictionary.forbid], dtype=pl.String)
        listed = pl.concat([counts["word"], apart["candidate"], listed])
        grams = pl.LazyFrame({"gram": listed.unique(maintain_order=True)})
        known = pl.scan_parquet(store.parts(ngrams))
        longer = known.filter(pl.col("length") > 1).join(grams, on="gram", how="semi")
        evidence = pl.concat(
            [known.filter(pl.col("length") == 1).collect(), longer.collect(engine="streaming")]
        )
        found = decided_by_user(read_off(evidence, counts, token_rules, apart), evidence, dictionary, counts)
        with expectation(Vocabulary(string_array(found.lexicon["word"]), token_rules, dictionary)) as expect:
            fitted = fit_probabilities(found.lexicon, expect)
        uses = fitted.select("word").join(counts, on="word", how="left", maintain_order="left")["count"]
        lexicon = fitted.with_columns(count=uses.fill_null(0)).sort("count", "word", descending=[True, False])
        _write(run, write, lexicon, found.decisions)
        write("words", mark_words(words, lexicon["word"]))

    chosen = _of_the_user(run) | token_rules.as_state() | bounds
    made = make(run, READ_OFF, [tokens, ngrams, sample], chosen, build)
    return _tell(run, made)


@task()
def find_words(run: Run, ngrams: Dataset, text: Text, sample: Dataset, settings: LexiconSettings) -> Dataset:
    """Find the corpus's words by merging or by the four steps, and write down why each was kept or dropped."""
    store = run.store
    token_rules, dictionary = set_token_rules(run, ngrams, settings), dictionary_in(run)

    def sentences(what: str) -> Iterator[pa.Array]:
        """Yield the corpus's sentences, a batch at a time, showing how far they have come."""
        datasets = text.datasets("sentences")
        batches = sentence_batches(store, datasets, text.datasets("duplicates"))
        total = sum(dataset.rows for dataset in datasets)
        for batch in following(batches, what, total, lambda batch: batch.num_rows):
            yield batch.column("text")

    def build(write: TableWriter) -> None:
        grams = pl.scan_parquet(store.parts(ngrams))
        frame = grams.filter(pl.col("length") <= settings.max_length).collect()
        if settings.method == "merge":
            found = merge_lexicon(frame, store.read(sample, ["text"])["text"], settings, token_rules)
        else:
            found = build_lexicon(frame, sentences("finding words"), settings, token_rules)
        found = decided_by_user(found, frame, dictionary)
        fitted = count_words(found.lexicon, sentences("fitting the lexicon"), token_rules, dictionary)
        lexicon = recount(fitted, sentences("counting words"), token_rules, dictionary)
        _write(run, write, lexicon, found.decisions)

    stage = MERGE if settings.method == "merge" else FOUR_STEP
    chosen = settings.model_dump(mode="json", exclude=_OF_THE_USER) | _of_the_user(run)
    made = make(run, stage, [ngrams, sample, *text.inputs], chosen, build)
    set_model(run, "segmenter", None)
    return _tell(run, made)


def _of_the_user(run: Run) -> dict[str, str]:
    state = run.state()
    return {"user": content_key(state.dictionary, state.known_words)}


def _write(run: Run, write: TableWriter, lexicon: pl.DataFrame, decisions: pl.DataFrame) -> None:
    known = run.state().known_words
    write("lexicon", lexicon.with_columns(known=pl.col("word").is_in(known)))
    write("lexicon_decisions", decisions)


def _tell(run: Run, made: dict[str, Dataset]) -> Dataset:
    run.measure("build_lexicon", "candidates", made["lexicon_decisions"].rows, "words")
    run.measure("build_lexicon", "words", made["lexicon"].rows, "words")
    if "words" in made:
        run.measure("count_words", "types", made["words"].rows, "words")
    logger.info("corpus %s: %d words kept", run.corpus, made["lexicon"].rows)
    return made["lexicon"]
