"""The token types of a cut corpus: how often each occurs, and in how many documents."""

import duckdb
import polars as pl

from tasks.engines.duck import file_list


def count_types(duck: duckdb.DuckDBPyConnection, tokens: list[str]) -> pl.DataFrame:
    """Return (word, length, count, documents) of the token types in parts of the table `tokens`."""
    query = f"""
        select word, length(word) as length, count(*) as count, count(distinct doc_id) as documents
        from read_parquet({file_list(tokens)}) group by word order by count desc, word
    """
    return pl.DataFrame(duck.execute(query).to_arrow_table())


def mark_words(types: pl.DataFrame, lexicon: pl.Series) -> pl.DataFrame:
    """Add to counted token types whether the lexicon holds them: the rows of the table `words`."""
    return types.with_columns(in_lexicon=pl.col("word").is_in(lexicon.implode()))
