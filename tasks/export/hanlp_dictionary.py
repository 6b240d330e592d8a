"""A custom dictionary for HanLP: `word nz freq`, one a line (nz: a proper name of no other kind).

freq is the count in the corpus. HanLP parts the fields at white space and knows no way to write one inside a
word, so such words are left out. Source: https://github.com/hankcs/HanLP/tree/1.x#7-用户自定义词典
"""

import polars as pl

NATURE = "nz"


def hanlp_dictionary(lexicon: pl.DataFrame) -> tuple[str, int]:
    """Return the dictionary of a lexicon (columns word, count) and how many words it cannot hold."""
    held = lexicon.filter(pl.col("word").str.len_chars() > 0, ~pl.col("word").str.contains(r"\s"))
    lines = [f"{word} {NATURE} {max(count, 1)}\n" for word, count in held.select("word", "count").iter_rows()]
    return "".join(lines), lexicon.height - held.height
