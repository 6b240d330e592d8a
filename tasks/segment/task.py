"""The corpus cut into words, and the words counted."""

from collections.abc import Iterator
from functools import partial

import polars as pl
import pyarrow as pa

from tasks.corpus.batches import Text, chosen_documents, sentence_batches
from tasks.engines.processes import worker_count
from tasks.engines.spark import cluster, uses_spark
from tasks.engines.threads import map_threads
from tasks.lexicon.words import count_types, mark_words
from tasks.progress.task import following
from tasks.recording import task
from tasks.segment.tokens import COLUMNS, Recipe, cut_on_cluster, token_rows
from tasks.store.connection import connect_for
from tasks.store.datasets import Dataset
from tasks.store.parts import TableWriter
from tasks.store.runs import Run, Stage, make
from tasks.text.state import dictionary_in, token_rules_in

TOKENS = Stage(name="cut_sentences", version=2, tables=("tokens",))
WORDS = Stage(name="count_words", version=1, tables=("words",))


@task()
def cut_sentences(run: Run, text: Text, segmenter: Dataset) -> Dataset:
    """Cut every sentence of the corpus into words, by what a dataset of models, ngrams or lexicon makes."""
    store = run.store
    token_rules, dictionary = token_rules_in(run), dictionary_in(run)

    recipe = Recipe(run.home, segmenter, token_rules, dictionary)

    def tokens() -> Iterator[pa.RecordBatch | pa.Table]:
        sentences, duplicates = text.datasets("sentences"), text.datasets("duplicates")
        if uses_spark(run.engine):
            paths = [path for dataset in sentences for path in store.parts(dataset)]
            with cluster(run.engine, store.corpus(run.corpus).scratch(), run.corpus) as spark:
                yield from cut_on_cluster(spark, paths, chosen_documents(store, duplicates), recipe)
            return
        batches = sentence_batches(store, sentences, duplicates, COLUMNS)
        total = sum(dataset.rows for dataset in sentences)
        followed = following(batches, "cutting sentences", total, lambda batch: batch.num_rows)
        yield from map_threads(partial(token_rows, recipe.cutter()), followed, worker_count(run.engine))

    def build(write: TableWriter) -> None:
        write("tokens", tokens())

    chosen = token_rules.as_state() | dictionary.as_state()
    made = make(run, TOKENS, [segmenter, *text.inputs], chosen, build)["tokens"]
    run.measure("cut_sentences", "tokens", made.rows, "tokens")
    return made


@task()
def count_words(run: Run, tokens: Dataset, lexicon: Dataset) -> Dataset:
    """Count each token type and the documents it occurs in."""
    store = run.store

    def build(write: TableWriter) -> None:
        with connect_for(run) as duck:
            types = count_types(duck, store.parts(tokens))
        write("words", mark_words(types, pl.Series(store.read(lexicon, ["word"])["word"])))

    made = make(run, WORDS, [tokens, lexicon], {}, build)["words"]
    run.measure("count_words", "types", made.rows, "words")
    return made
