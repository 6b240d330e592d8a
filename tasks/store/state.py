"""Facts about a corpus that are not rows, published with its tables in `corpus.json`."""

from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from tasks.store.manifests import Dataset


class BatchState(BaseModel):
    """One batch of files: its id, the hashes of its files, and the datasets that tasks/corpus keeps of it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    batch_id: str
    content_hashes: tuple[str, ...]


class CorpusState(BaseModel):
    """Facts about a corpus; those that another version wrote are kept as they are.

    Values that a package above the store defines are kept as the JSON that the package reads and writes.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    batches: tuple[BatchState, ...] = ()
    overlap: Dataset | None = None
    """Documents that an earlier batch already has"""
    ingest: dict[str, Any] | None = None
    """Settings that the files were read with"""
    settings: dict[str, Any] | None = None
    """Settings of the last mining; None when the corpus was only read"""
    convention: dict[str, Any] | None = None
    """Token rules; None before a lexicon was made"""
    dictionary: dict[str, Any] = {}
    """The user dictionary"""
    known_words: tuple[str, ...] = ()
    made_from: str | None = None
    """Key of what the lexicon was made from (see tasks/store/unchanged.py)"""
    report: str | None = None
    """Page of the newest report, relative to the home"""
    withdrawn: tuple[Dataset, ...] = ()
    """Datasets to delete once they are no longer published"""

    @property
    def content_hashes(self) -> set[str]:
        """Hashes of the files that the corpus holds."""
        return {content_hash for batch in self.batches for content_hash in batch.content_hashes}

    def as_json(self) -> dict[str, Any]:
        """Return the facts that were set, as JSON values."""
        return self.model_dump(mode="json", exclude_unset=True)


class Published(NamedTuple):
    """The published runs of each table by their keys, and the state published with them."""

    tables: dict[str, list[str]]
    state: CorpusState
