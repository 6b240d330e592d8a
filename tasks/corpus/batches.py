"""What a corpus is made of: batches of files, each ingested once, and the texts that two of them share."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from tasks.errors import InputError
from tasks.store.datasets import Dataset, Store
from tasks.store.runs import Run

TEXT_TABLES = ("sources", "rejects", "documents", "duplicates", "sentences")


class Batch(BaseModel):
    """One request's new files: named by their content, and what was made of them."""

    model_config = ConfigDict(frozen=True)

    batch_id: str
    content_hashes: tuple[str, ...]
    sources: Dataset
    documents: Dataset
    sentences: Dataset
    rejects: Dataset
    duplicates: Dataset

    @property
    def datasets(self) -> list[Dataset]:
        """Everything the batch's files became."""
        return [getattr(self, table) for table in TEXT_TABLES]


class Text(BaseModel):
    """Every batch of a corpus, in the order they came, and documents that an earlier batch holds already."""

    model_config = ConfigDict(frozen=True)

    batches: tuple[Batch, ...]
    overlap: Dataset

    def datasets(self, table: str) -> list[Dataset]:
        """The runs of one of the tables that ingestion writes."""
        found = [getattr(batch, table) for batch in self.batches]
        return [*found, self.overlap] if table == "duplicates" else found

    @property
    def inputs(self) -> list[Dataset]:
        """The datasets that decide which sentences the corpus has."""
        return [*self.datasets("sentences"), *self.datasets("duplicates")]


def known_batches(run: Run) -> tuple[Batch, ...]:
    """Return the batches that the corpus of `run` has so far."""
    return tuple(Batch.model_validate(batch.model_dump()) for batch in run.state().batches)


def choose_batch(batches: Sequence[Batch], batch_id: str) -> tuple[Batch, list[Batch]]:
    """Return the batch called `batch_id` and the others; InputError when either is missing."""
    named = [batch for batch in batches if batch.batch_id == batch_id]
    if not named:
        raise InputError(f"batch must be one of {', '.join(b.batch_id for b in batches)}; got {batch_id!r}")
    if len(batches) == 1:
        raise InputError(f"batch {batch_id!r} is all there is, and a corpus cannot be empty")
    return named[0], [batch for batch in batches if batch.batch_id != batch_id]


def current_text(run: Run) -> Text:
    """Return the corpus as `run` sees it; InputError when a part of it is missing or damaged."""
    run.current().refuse_damaged(*TEXT_TABLES)
    return Text(batches=known_batches(run), overlap=Dataset.model_validate(run.state().overlap))


@dataclass(frozen=True, kw_only=True)
class Documents:
    """Which documents are read: those that are not listed, or only those that are."""

    listed: np.ndarray
    """Int64[n], in ascending order"""
    only_listed: bool

    def choose(self, batches: Iterable[pa.RecordBatch], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of these documents, of batches that have `columns` and doc_id."""
        for batch in batches:
            if len(self.listed) or self.only_listed:
                keep = np.isin(batch.column("doc_id").to_numpy(), self.listed, invert=not self.only_listed)
                batch = batch.filter(pa.array(keep))
            if batch.num_rows:
                yield batch.select(list(columns))


def chosen_documents(
    store: Store, duplicates: Sequence[Dataset], *, only_duplicates: bool = False
) -> Documents:
    """Return the documents that are not duplicates, or only those."""
    named = [store.read(dataset, ["doc_id"])["doc_id"].to_numpy() for dataset in duplicates if dataset.rows]
    listed = np.sort(np.concatenate(named)) if named else np.zeros(0, np.int64)
    return Documents(listed=listed, only_listed=only_duplicates)


def with_document(columns: Sequence[str]) -> list[str]:
    """Return `columns` and what tells the document, each once."""
    return list(dict.fromkeys(["doc_id", *columns]))


def sentence_batches(
    store: Store,
    sentences: Sequence[Dataset],
    duplicates: Sequence[Dataset],
    columns: Sequence[str] = ("text",),
    *,
    only_duplicates: bool = False,
) -> Iterator[pa.RecordBatch]:
    """Yield the sentences of documents that are not duplicates, or only those, as batches of `columns`."""
    documents = chosen_documents(store, duplicates, only_duplicates=only_duplicates)
    if only_duplicates and not len(documents.listed):
        return
    for dataset in sentences:
        yield from documents.choose(store.batches(dataset, with_document(columns)), columns)
