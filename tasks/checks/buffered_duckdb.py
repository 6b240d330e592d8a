"""DuckDB for SQLAlchemy, with results fetched as soon as they are there.

Great Expectations reads rows after the connection has gone back to the pool, when DuckDB has dropped them.
"""

from typing import Any
from urllib.parse import unquote

import duckdb_engine
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy


class BufferedContext(duckdb_engine.Dialect.execution_ctx_cls):  # type: ignore[misc, valid-type]
    """Execution context that keeps the rows of a result itself."""

    def post_exec(self) -> None:
        """Fetch every row before the connection can be returned."""
        super().post_exec()
        if self.cursor is not None and self.cursor.description:
            rows = self.cursor.fetchall()
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                self.cursor, self.cursor.description, rows
            )


class BufferedDuckDB(duckdb_engine.Dialect):
    """The dialect of `duckdb://` addresses in this process."""

    supports_statement_cache = False
    execution_ctx_cls = BufferedContext

    def connect(self, *arguments: Any, **options: Any) -> Any:
        """Open the quoted path `database`, spilling to the quoted path `temp_directory`."""
        config = options["config"] | {"temp_directory": unquote(options["config"]["temp_directory"])}
        return super().connect(
            *arguments, **options | {"database": unquote(options["database"]), "config": config}
        )


registry.register("duckdb", __name__, "BufferedDuckDB")
