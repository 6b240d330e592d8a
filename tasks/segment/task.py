"""The corpus cut into words, and the words counted."""

from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
from prefect import task

from tasks.corpus.batches import Text, sentence_batches
from tasks.engines.duck import connect_for
from tasks.engines.processes import map_threads, worker_count
from tasks.lexicon.task import convention_in, dictionary_in
from tasks.parts import PartWriter
from tasks.progress.task import following
from tasks.runs import Run, Stage, make
from tasks.segment.loading import Cutter, segmenter_from
from tasks.segment.token_types import count_types, write_words
from tasks.store import Dataset
from tasks.tables import TABLES

TOKENS = Stage(name="cut_sentences", version=1, tables=("tokens",))
WORDS = Stage(name="count_words", version=1, tables=("words",))


@task
def cut_sentences(run: Run, text: Text, segmenter: Dataset) -> Dataset:
    """Cut every sentence of the corpus into words, by what a dataset of models, ngrams or lexicon makes."""
    store = run.store
    convention, dictionary = convention_in(run), dictionary_in(run)

    def build(folders: dict[str, Path]) -> None:
        cutter = segmenter_from(store, segmenter, convention, dictionary)
        sentences = text.datasets("sentences")
        batches = sentence_batches(
            store, sentences, text.datasets("duplicates"), ("doc_id", "sentence_no", "text")
        )
        total = sum(dataset.rows for dataset in sentences)
        followed = following(batches, "cutting sentences", total, lambda batch: batch.num_rows)
        cut = map_threads(partial(token_rows, cutter), followed, worker_count(run.engine))
        with PartWriter(folders["tokens"] / "part-00000.parquet", TABLES["tokens"].schema) as writer:
            for rows in cut:
                writer.write(rows)

    made = make(run, TOKENS, [segmenter, *text.inputs], convention.as_state() | dictionary.as_state(), build)[
        "tokens"
    ]
    run.set_current("tokens", [made])
    run.measure("cut_sentences", "tokens", made.rows, "tokens")
    return made


def token_rows(cutter: Cutter, sentences: pa.RecordBatch) -> pa.Table:
    """Return the tokens of sentences (doc_id, sentence_no, text) as rows of the table `tokens`."""
    tokens = cutter.segment(sentences.column("text")).to_arrow()
    rows = tokens["row"]
    return pa.table(
        {
            "doc_id": sentences.column("doc_id").take(rows.combine_chunks()),
            "sentence_no": sentences.column("sentence_no").take(rows.combine_chunks()),
            "start": tokens["start"],
            "word": tokens["word"],
        },
        schema=TABLES["tokens"].schema,
    )


@task
def count_words(run: Run, tokens: Dataset, lexicon: Dataset) -> Dataset:
    """Count each token type and the documents it occurs in."""
    store = run.store

    def build(folders: dict[str, Path]) -> None:
        with connect_for(run) as duck:
            types = count_types(duck, store.parts(tokens))
        write_words(folders["words"], types, pl.Series(store.read(lexicon, ["word"])["word"]))

    made = make(run, WORDS, [tokens, lexicon], {}, build)["words"]
    run.set_current("words", [made])
    run.measure("count_words", "types", made.rows, "words")
    return made
