"""A user dictionary for jieba: `word freq`, one a line, for jieba.load_userdict.

jieba takes the path of highest product of freq / T, T = 60,101,967 in the dictionary it brings, whose most
frequent word has m = 883,634 (version 0.42.1). Two parts or more have at most (m / T)^2, so that

    freq = min(m, floor(m^2 / T) + 1 + round(p T))

is always above them: each word on its own is cut whole, and the likelier of two that overlap still wins.
Single characters need no entry. jieba looks only at runs of Han in U+4E00-U+9FD5, Latin letters, digits and
`+#&._%-`; words with other characters could never be cut and are left out.
"""

import re

import polars as pl

DICTIONARY_TOTAL = 60_101_967
HIGHEST = 883_634
LEAST = HIGHEST * HIGHEST // DICTIONARY_TOTAL + 1

_CUT_BY_JIEBA = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%-]{2,}")


def jieba_dictionary(lexicon: pl.DataFrame) -> tuple[str, int]:
    """Return the dictionary of a lexicon (columns word, probability) and how many words it cannot hold."""
    words = lexicon.filter(pl.col("word").str.len_chars() > 1)
    lines = [
        f"{word} {min(HIGHEST, LEAST + round(probability * DICTIONARY_TOTAL))}\n"
        for word, probability in words.select("word", "probability").iter_rows()
        if _CUT_BY_JIEBA.fullmatch(word)
    ]
    return "".join(lines), words.height - len(lines)
