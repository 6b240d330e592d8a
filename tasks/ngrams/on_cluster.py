"""Count a batch of text on a cluster: each row group into rows of a shard, the counts of equal windows added.

A shard is the sum of the shards of any parts of its text, so it has the rows of one counted in one piece.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import pyarrow as pa

from tasks.corpus.batches import Documents, with_document
from tasks.corpus.slices import Slice, read_slice, row_group_slices
from tasks.engines.memory import memory_limit
from tasks.engines.processes import worker_count
from tasks.engines.spark import Cluster
from tasks.ngrams.rows import SHARD_SCHEMA
from tasks.ngrams.shard import count_shard
from tasks.settings import EngineSettings
from tasks.tables import TABLES


def count_on_cluster(
    cluster: Cluster,
    paths: Sequence[str],
    documents: Documents,
    max_order: int,
    engine: EngineSettings,
    scratch: str,
) -> Iterator[pa.RecordBatch]:
    """Yield the `ngram_shards` rows of the files of sentences, as `count_shard` does."""
    count = partial(count_slice, documents, max_order, engine, scratch)
    return cluster.sum_rows(count, row_group_slices(paths), SHARD_SCHEMA, TABLES["ngram_shards"].key)


def count_slice(
    documents: Documents, max_order: int, engine: EngineSettings, scratch: str, part: Slice
) -> Iterator[pa.RecordBatch]:
    """Yield the `ngram_shards` rows of one slice, within one worker's share of its machine's memory."""
    batches = documents.choose(read_slice(part, with_document(["text"])), ["text"])
    return count_shard(batches, max_order, memory_limit(engine) // worker_count(engine), scratch)
