"""Count each batch once into its own shard, and compute the statistics of the corpus from the sum of its shards."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from tasks.checks.gate import Finding
from tasks.checks.task import judge, remembered
from tasks.corpus.batches import Text, chosen_documents, sentence_batches
from tasks.engines.memory import memory_limit
from tasks.engines.processes import worker_count
from tasks.engines.spark import cluster, uses_spark
from tasks.ngrams.identities import check_identities
from tasks.ngrams.measure import measure
from tasks.ngrams.on_cluster import count_on_cluster
from tasks.ngrams.rows import PARQUET_OPTIONS as SHARD_OPTIONS
from tasks.ngrams.shard import count_shard
from tasks.ngrams.statistics import PARQUET_OPTIONS as TABLE_OPTIONS
from tasks.progress.task import following
from tasks.recording import task
from tasks.settings import NgramSettings
from tasks.store.datasets import Dataset
from tasks.store.parts import TableWriter
from tasks.store.runs import Run, Stage, make

COUNT = Stage(name="count_ngrams", version=2, tables=("ngram_shards",), replaces=False)
MEASURE = Stage(name="measure_ngrams", version=2, tables=("ngrams",))


CHARACTERS_TRIED = 4_000_000
CHECK_VERSION = 1


@task()
def count_shards(run: Run, text: Text, settings: NgramSettings) -> list[tuple[Dataset, int]]:
    """Count each batch into its own shard; return (shard, weight) pairs whose weighted sum is the corpus.

    Texts that two batches share have a shard of their own, of weight -1.
    """
    shards = [(_count(run, batch.sentences, batch.duplicates, settings), 1) for batch in text.batches]
    if text.overlap.rows:
        shards += [
            (_count(run, batch.sentences, text.overlap, settings, only_duplicates=True), -1)
            for batch in text.batches
        ]
    run.set_current("ngram_shards", [shard for shard, _ in shards])
    return shards


@task()
def measure_ngrams(run: Run, shards: Sequence[tuple[Dataset, int]], settings: NgramSettings) -> Dataset:
    """Add the shards up and compute the statistics of every n-gram that occurs often enough."""
    store = run.store

    windows = sum(shard.rows for shard, _ in shards)

    def build(write: TableWriter) -> None:
        batches = measure(
            [(store.parts(shard), weight) for shard, weight in shards if shard.rows],
            settings,
            memory_limit(run.engine),
            worker_count(run.engine),
            str(store.corpus(run.corpus).scratch()),
        )
        followed = following(batches, "measuring n-grams", windows, lambda batch: batch.num_rows)
        write("ngrams", followed, **TABLE_OPTIONS)

    inputs = [shard for shard, _ in shards]
    weights = {"weights": [weight for _, weight in shards]}
    made = make(run, MEASURE, inputs, settings.model_dump(mode="json") | weights, build)["ngrams"]
    run.measure("measure_ngrams", "ngrams", made.rows, "n-grams")
    return made


@task()
def check_counts(
    run: Run, ngrams: Dataset, shards: Sequence[tuple[Dataset, int]], text: Text, settings: NgramSettings
) -> None:
    """Recount the table from its shards; CheckFailedError when an identity does not hold.

    In a corpus of more than `CHARACTERS_TRIED` characters only a share of the grams is recounted, chosen by their
    first character.
    """
    store = run.store

    def look() -> list[Finding]:
        batches = sentence_batches(store, text.datasets("sentences"), text.datasets("duplicates"), ("chars",))
        characters = sum(pc.sum(batch.column("chars")).as_py() for batch in batches)
        identities = check_identities(
            store.parts(ngrams),
            [(store.parts(shard), weight) for shard, weight in shards if shard.rows],
            settings,
            characters=characters,
            memory_bytes=memory_limit(run.engine),
            scratch=str(store.corpus(run.corpus).scratch()),
            sample=max(1, characters // CHARACTERS_TRIED),
        )
        return [Finding(i.name, "identity", "critical", i.passed, i.observed) for i in identities]

    counted = [ngrams, *(shard for shard, _ in shards)]
    found = remembered(run, ["counts", str(CHECK_VERSION)], counted, look)
    judge(run, "counts", [("ngrams", finding) for finding in found])


def _count(
    run: Run,
    sentences: Dataset,
    duplicates: Dataset,
    settings: NgramSettings,
    *,
    only_duplicates: bool = False,
) -> Dataset:
    store, scratch = run.store, run.data.scratch()

    def counted() -> Iterator[pa.RecordBatch]:
        if uses_spark(run.engine):
            documents = chosen_documents(store, [duplicates], only_duplicates=only_duplicates)
            paths, order = store.parts(sentences), settings.max_order
            with cluster(run.engine, scratch, run.corpus) as spark:
                yield from count_on_cluster(spark, paths, documents, order, run.engine, str(scratch))
            return
        batches = sentence_batches(store, [sentences], [duplicates], only_duplicates=only_duplicates)
        yield from count_shard(
            following(batches, "counting n-grams", sentences.rows, lambda batch: batch.num_rows),
            settings.max_order,
            memory_limit(run.engine),
            str(scratch),
            worker_count(run.engine),
        )

    def build(write: TableWriter) -> None:
        write("ngram_shards", counted(), **SHARD_OPTIONS)

    chosen = {"max_order": settings.max_order, "only_duplicates": only_duplicates}
    return make(run, COUNT, [sentences, duplicates], chosen, build)["ngram_shards"]
