"""Over a real standalone master and two workers the stages give what they give here, one worker killed or not."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.corpus.batches import Documents
from tasks.engines.spark import Cluster, cluster
from tasks.ngrams.on_cluster import count_on_cluster
from tasks.ngrams.rows import PARQUET_OPTIONS, SHARD_SCHEMA
from tasks.ngrams.shard import count_shard
from tasks.segment.tokens import COLUMNS, Recipe, cut_on_cluster, token_rows
from tasks.settings import EngineSettings
from tasks.store.parts import PartWriter
from tasks.tables import TABLES
from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import NOTHING
from tasks.unigram.expectation import Vocabulary, expect_here, expect_on_cluster
from tests.spark_cluster import kill_tree, python_at_work, require_spark, standalone

pytestmark = pytest.mark.slow

DOCUMENTS = Documents(listed=np.arange(0, 40_000, 7), only_listed=False)


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draw = random.Random(1)
    texts = ["".join(draw.choices("中外科学名著 。", k=draw.randint(1, 30))) for _ in range(40_000)]
    columns = {"doc_id": range(len(texts)), "sentence_no": [0] * len(texts), "text": texts}
    path = tmp_path_factory.mktemp("text") / "part-00000.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=4_000)
    return path


@pytest.fixture
def recipe(published_home, store):
    [lexicon] = store.corpus("tiny").published_datasets("lexicon")
    return Recipe(str(published_home), lexicon, TokenRules(), NOTHING)


def batches(sentences: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(sentences) as file:
        yield from DOCUMENTS.choose(file.iter_batches(), COLUMNS)


def written(path: Path, schema: pa.Schema, rows, **options) -> bytes:
    with PartWriter(path, schema, **options) as writer:
        for batch in rows:
            writer.write(batch)
    assert writer.rows > 1000
    return path.read_bytes()


def shard(rows, folder: Path) -> bytes:
    return written(folder / "shard.parquet", SHARD_SCHEMA, rows, **PARQUET_OPTIONS)


def counted_here(sentences: Path, folder: Path) -> bytes:
    return shard(
        count_shard((b.select(["text"]) for b in batches(sentences)), 6, 1 << 28, str(folder)), folder
    )


def counted_there(spark: Cluster, engine: EngineSettings, sentences: Path, folder: Path) -> bytes:
    return shard(count_on_cluster(spark, [str(sentences)], DOCUMENTS, 6, engine, str(folder)), folder)


def test_two_workers_give_the_bytes_of_one_process(tmp_path, sentences, recipe):
    require_spark()
    vocabulary = Vocabulary(pa.array(["中", "外", "科", "学", "名", "著", "。", "科学", "中外", "名著"]))
    start = np.full(10, 0.1)
    expected, nats = expect_here(pq.read_table(sentences)["text"], vocabulary)(start)
    cut = (token_rows(recipe.cutter(), batch) for batch in batches(sentences))
    tokens = written(tmp_path / "tokens.parquet", TABLES["tokens"].schema, cut)
    with standalone(tmp_path, workers=2) as (master, _):
        engine = EngineSettings(master=master, workers=2, memory_mb=1024)
        with cluster(engine, tmp_path, "test") as spark:
            assert counted_there(spark, engine, sentences, tmp_path) == counted_here(sentences, tmp_path)
            rows = cut_on_cluster(spark, [str(sentences)], DOCUMENTS, recipe)
            assert written(tmp_path / "tokens.parquet", TABLES["tokens"].schema, rows) == tokens
            there, there_nats = expect_on_cluster(spark, str(sentences), vocabulary)(start)
    assert (there.tobytes(), there_nats) == (expected.tobytes(), nats)
    assert not list(tmp_path.glob("spark-*"))


def test_a_worker_killed_in_the_middle_changes_nothing(tmp_path, sentences):
    require_spark()
    with standalone(tmp_path, workers=2) as (master, workers), ThreadPoolExecutor(1) as watch:
        engine = EngineSettings(master=master, workers=2, memory_mb=1024)
        with cluster(engine, tmp_path, "test") as spark:

            def kill_one() -> float:
                kill_tree(python_at_work(workers))
                return time.monotonic()

            killed = watch.submit(kill_one)
            counted = counted_there(spark, engine, sentences, tmp_path)
            assert killed.result() < time.monotonic()
            assert sum(worker.is_running() for worker in workers) == 1
    assert counted == counted_here(sentences, tmp_path)
