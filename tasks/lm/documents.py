"""The documents that language models learn from and are measured on: a sample of the corpus, split by document."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.corpus.batches import Text, sentence_batches
from tasks.engines.duck import file_list
from tasks.lm.split import HELD_OUT, TRAINING, part_of, sample_documents
from tasks.settings import EvaluationSettings
from tasks.store.connection import connect_for
from tasks.store.datasets import Dataset
from tasks.store.runs import Run
from tasks.tables import TABLES

_COLUMNS = ("doc_id", "text")


@dataclass(frozen=True)
class Documents:
    """Documents in the order of their keys: doc_id int64[n], text string[n] and part int8[n]."""

    doc_id: np.ndarray
    text: pa.StringArray
    part: np.ndarray

    def of(self, *parts: int) -> pa.StringArray:
        """Return the texts of some parts."""
        return self.text.filter(pa.array(np.isin(self.part, parts)))


def documents_of(text: Text) -> list[Dataset]:
    """Return the datasets that decide which documents the corpus has."""
    return [*text.datasets("documents"), *text.datasets("duplicates")]


def drawn_documents(
    run: Run, text: Text, budget: int, settings: EvaluationSettings, validation: float = 0.0
) -> Documents:
    """Return about `budget` characters of documents, duplicates left out, and the part each belongs to."""

    def batches(*columns: str) -> Iterator[pa.RecordBatch]:
        return sentence_batches(run.store, text.datasets("documents"), text.datasets("duplicates"), columns)

    total = sum(pc.sum(batch.column("chars")).as_py() for batch in batches("chars"))
    drawn = list(sample_documents(batches(*_COLUMNS), total, budget, settings.seed))
    schema = pa.schema([TABLES["documents"].schema.field(name) for name in _COLUMNS])
    table = pa.Table.from_batches(drawn, schema).sort_by("doc_id").combine_chunks()
    doc_id = table["doc_id"].to_numpy()
    part = part_of(doc_id, settings.seed, held_out=settings.held_out_share, validation=validation)
    texts = table["text"].chunks
    return Documents(doc_id, texts[0] if texts else pa.array([], pa.string()), part)


def held_out_chars(documents: Documents) -> int:
    """Return the characters of the documents that measure."""
    return pc.sum(pc.utf8_length(documents.of(HELD_OUT))).as_py() or 0


def words_of(run: Run, tokens: Dataset, documents: Documents) -> pa.ChunkedArray:
    """Return all words of the documents to learn from, in order, as they are cut; string[n]."""
    learnt = pa.table({"doc_id": documents.doc_id[documents.part == TRAINING]})
    query = f"""
        select word from read_parquet({file_list(run.store.parts(tokens))})
        semi join learnt using (doc_id) order by doc_id, sentence_no, start
    """
    with connect_for(run) as duck:
        duck.register("learnt", learnt)
        return duck.execute(query).to_arrow_table()["word"]
