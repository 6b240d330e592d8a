"""Documents with the same text, within a batch or across batches, by DuckDB within its memory."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import pyarrow as pa

from tasks.engines.duck import connect
from tasks.engines.memory import memory_limit
from tasks.settings import EngineSettings

QUERY = files(__package__).joinpath("duplicates.sql").read_text(encoding="utf-8")


def find_duplicates(
    documents: Sequence[tuple[str, list[str]]], within: bool, engine: EngineSettings, scratch: Path
) -> Iterator[pa.RecordBatch]:
    """Yield the duplicates among `documents`: (batch_id, Parquet parts), the earliest of which stays."""
    parameters = {
        "files": [part for _, parts in documents for part in parts],
        "batches": [batch for batch, _ in documents],
        "within": within,
    }
    with connect(memory_bytes=memory_limit(engine), threads=engine.workers, scratch=str(scratch)) as duck:
        yield from duck.execute(QUERY, parameters).to_arrow_reader(1 << 16)
