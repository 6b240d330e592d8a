"""The home folder: its corpora, the catalog, and the rows of datasets.

Only this package knows paths; the layout of a corpus is in `tasks/store/corpora.py`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.store.corpora import Corpus
from tasks.store.manifests import Dataset, parts_in
from tasks.store.names import is_corpus_name
from tasks.tables import TABLES

__all__ = ["Corpus", "Dataset", "Store"]


class Store:
    """Corpora and their datasets below one home folder."""

    def __init__(self, home: str | Path):
        self.home = Path(home).expanduser().resolve()

    @property
    def catalog(self) -> Path:
        """The DuckDB file of views."""
        return self.home / "catalog.duckdb"

    def corpus(self, name: str) -> Corpus:
        """Return the corpus called `name`, whether or not it holds anything; InputError for a bad name."""
        return Corpus(self, name)

    def corpora(self) -> list[str]:
        """Return the names of the corpora that have published anything; other folders are ignored."""
        found = (path.parent.name for path in (self.home / "lake").glob("*/corpus.json"))
        return sorted(name for name in found if is_corpus_name(name))

    def parts(self, dataset: Dataset) -> list[str]:
        """Return the absolute paths of the Parquet files of a run, in order."""
        folder = self.corpus(dataset.corpus).run_folder(dataset.table, dataset.key)
        return [str(path) for path in parts_in(folder)]

    def batches(self, dataset: Dataset, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a run, at most 65,536 at a time."""
        for part in self.parts(dataset):
            with pq.ParquetFile(part) as file:
                yield from file.iter_batches(batch_size=1 << 16, columns=columns)

    def read(self, dataset: Dataset, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a whole run as one Arrow table; for tables no larger than a lexicon."""
        schema = TABLES[dataset.table].schema
        if columns is not None:
            schema = pa.schema([schema.field(name) for name in columns])
        return pa.Table.from_batches(list(self.batches(dataset, columns)), schema=schema)
