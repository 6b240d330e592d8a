"""Segmenters within DuckDB: `register(connection, segmenter)` gives SQL `segment(text) -> varchar[]`."""

from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from minlex.segmenter import Segmenter


def register(connection: duckdb.DuckDBPyConnection, segmenter: "Segmenter", name: str = "segment") -> None:
    """Give a connection the function `name`, the words of a text as a list of strings; null for null."""

    def words(texts: pa.ChunkedArray) -> pa.Array:
        found = segmenter.cut_many(pc.fill_null(texts, ""), workers=1).combine_chunks()
        there = pc.is_valid(texts)
        return pc.if_else(
            there.combine_chunks() if isinstance(there, pa.ChunkedArray) else there, found, None
        )

    text = duckdb.sqltypes.VARCHAR
    options: dict[str, Any] = {"type": "arrow", "null_handling": "special"}
    connection.create_function(name, words, [text], duckdb.list_type(text), **options)
