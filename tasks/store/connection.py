"""DuckDB connections within the limits of a run."""

import duckdb

from tasks.engines.duck import connect
from tasks.engines.memory import memory_limit
from tasks.engines.processes import worker_count
from tasks.store.runs import Run


def connect_for(run: Run) -> duckdb.DuckDBPyConnection:
    """Open an in-memory connection with the run's memory limit and threads, spilling to the corpus's scratch folder."""
    return connect(
        memory_bytes=memory_limit(run.engine),
        threads=worker_count(run.engine),
        scratch=str(run.data.scratch()),
    )
