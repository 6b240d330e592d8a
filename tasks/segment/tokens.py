"""Sentences into rows of the table `tokens`, in this process or in the workers of a cluster."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import pyarrow as pa

from tasks.corpus.batches import Documents, with_document
from tasks.corpus.slices import Slice, read_slice, row_group_slices
from tasks.engines.spark import Cluster
from tasks.segment.segmenters import segmenter_from
from tasks.store.datasets import Dataset, Store
from tasks.tables import TABLES
from tasks.text.segmentation import Segmenter
from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import UserDictionary

COLUMNS = ("doc_id", "sentence_no", "text")


@dataclass(frozen=True)
class Recipe:
    """What a segmenter is made of; few bytes, so that a worker can make its own."""

    home: str
    dataset: Dataset
    token_rules: TokenRules
    dictionary: UserDictionary

    def cutter(self) -> Segmenter:
        """Return the segmenter, read from the home's files."""
        return segmenter_from(Store(self.home), self.dataset, self.token_rules, self.dictionary)


def cut_on_cluster(
    cluster: Cluster, paths: Sequence[str], documents: Documents, recipe: Recipe
) -> Iterator[pa.RecordBatch]:
    """Yield the tokens of the files of sentences in the order of the sentences."""
    schema = TABLES["tokens"].schema
    return cluster.map_rows(partial(cut_slice, recipe, documents), row_group_slices(paths), schema)


def cut_slice(recipe: Recipe, documents: Documents, part: Slice) -> Iterator[pa.RecordBatch]:
    """Yield the tokens of a slice of the table `sentences`."""
    cutter = _kept(recipe)
    for sentences in documents.choose(read_slice(part, with_document(COLUMNS)), COLUMNS):
        yield from token_rows(cutter, sentences).to_batches()


def token_rows(cutter: Segmenter, sentences: pa.RecordBatch) -> pa.Table:
    """Return the tokens of sentences (doc_id, sentence_no, text) as rows of the table `tokens`."""
    tokens = cutter.segment(sentences.column("text")).to_arrow()
    rows = tokens["row"].combine_chunks()
    return pa.table(
        {
            "doc_id": sentences.column("doc_id").take(rows),
            "sentence_no": sentences.column("sentence_no").take(rows),
            "start": tokens["start"],
            "word": tokens["word"],
        },
        schema=TABLES["tokens"].schema,
    )


@lru_cache(maxsize=1)
def _kept(recipe: Recipe) -> Segmenter:
    """Return the segmenter, made once a worker and not once a slice."""
    return recipe.cutter()
