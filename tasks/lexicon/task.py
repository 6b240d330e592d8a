"""The lexicon of a corpus, out of its n-grams and sentences."""

import logging
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
from prefect import task

from tasks.corpus.batches import Text, sentence_batches
from tasks.lexicon.counts import count_words, recount
from tasks.lexicon.four_step import build_lexicon, convention_of
from tasks.parts import PartWriter
from tasks.progress.task import following
from tasks.runs import Run, Stage, make
from tasks.segment.classes import Convention
from tasks.settings import LexiconSettings
from tasks.store import Dataset
from tasks.tables import TABLES

LEXICON = Stage(name="build_lexicon", version=1, tables=("lexicon", "lexicon_decisions"))
CHARACTERS = pl.col("length") == 1
PAIRS_AND_CHARACTERS = pl.col("length") <= 2

logger = logging.getLogger(__name__)


@task
def find_words(run: Run, ngrams: Dataset, text: Text, settings: LexiconSettings) -> Dataset:
    """Find the corpus's words and write down why each candidate was kept or dropped."""
    store = run.store

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
        found = build_lexicon(frame, sentences("finding words"), settings)
        fitted = count_words(found.lexicon, sentences("fitting the lexicon"), found.convention)
        lexicon = recount(fitted, sentences("counting words"), found.convention)
        for table, rows in {"lexicon": lexicon, "lexicon_decisions": found.decisions}.items():
            schema = TABLES[table].schema
            with PartWriter(folders[table] / "part-00000.parquet", schema) as writer:
                writer.write(rows.select(schema.names).to_arrow().cast(schema))

    made = make(run, LEXICON, [ngrams, *text.inputs], settings.model_dump(mode="json"), build)
    for table, dataset in made.items():
        run.set_current(table, [dataset])
    convention = convention_of(pl.scan_parquet(store.parts(ngrams)).filter(CHARACTERS).collect())
    run.set_state(convention=convention.as_state())
    run.measure("build_lexicon", "candidates", made["lexicon_decisions"].rows, "words")
    run.measure("build_lexicon", "words", made["lexicon"].rows, "words")
    logger.info("corpus %s: %d words kept", run.corpus, made["lexicon"].rows)
    return made["lexicon"]


def convention_in(run: Run) -> Convention:
    """Return the convention that the run's lexicon was found under."""
    return Convention(**run.state()["convention"])
