"""The formats that a lexicon can be written as and where words come from, by the names the command gives them."""

from enum import StrEnum


class Format(StrEnum):
    """What the lexicon can be written as."""

    JIEBA = "jieba"
    HANLP = "hanlp"
    SENTENCEPIECE = "sentencepiece"
    HF = "hf"
    CSV = "csv"
    TXT = "txt"


class Source(StrEnum):
    """Where the words of a model come from."""

    CORPUS = "corpus"
    LEXICON = "lexicon"


# A month of newspapers has 1.9 million. Candidates and their places in the text take about 150 MB a million.
SAMPLE_CHARS = 4_000_000
