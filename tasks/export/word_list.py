"""Words alone, one a line."""

import polars as pl


def word_list(lexicon: pl.DataFrame) -> tuple[str, int]:
    """Return the words of a lexicon (column word) a line each, and how many it cannot hold."""
    held = lexicon.filter(~pl.col("word").str.contains(r"[\r\n]"))
    return "".join(f"{word}\n" for word in held["word"]), lexicon.height - held.height
