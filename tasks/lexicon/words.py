"""The token types of a cut corpus: how often each occurs, and in how many documents."""

from pathlib import Path

import duckdb
import polars as pl

from tasks.engines.duck import file_list
from tasks.store.parts import PartWriter
from tasks.tables import TABLES


def count_types(duck: duckdb.DuckDBPyConnection, tokens: list[str]) -> pl.DataFrame:
    """Return (word, length, count, documents) of the token types in parts of the table `tokens`."""
    query = f"""
        select word, length(word) as length, count(*) as count, count(distinct doc_id) as documents
        from read_parquet({file_list(tokens)}) group by word order by count desc, word
    """
    return pl.DataFrame(duck.execute(query).to_arrow_table())


def write_words(folder: Path, types: pl.DataFrame, lexicon: pl.Series) -> None:
    """Write counted token types as the table `words` into a staging folder."""
    schema = TABLES["words"].schema
    rows = types.with_columns(in_lexicon=pl.col("word").is_in(lexicon.implode()))
    with PartWriter(folder / "part-00000.parquet", schema) as writer:
        writer.write(rows.select(schema.names).to_arrow().cast(schema))
