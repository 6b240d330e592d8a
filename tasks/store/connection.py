"""DuckDB within the memory, threads and scratch folder of a run."""

import duckdb

from tasks.engines.duck import connect
from tasks.engines.memory import memory_limit
from tasks.engines.processes import worker_count
from tasks.store.runs import Run


def connect_for(run: Run) -> duckdb.DuckDBPyConnection:
    """Open a connection in memory within the bounds of a run, spilling to its corpus's scratch folder."""
    return connect(
        memory_bytes=memory_limit(run.engine),
        threads=worker_count(run.engine),
        scratch=str(run.store.scratch(run.corpus)),
    )
