"""The formats that a lexicon can be written as, by the names the command gives them."""

from enum import StrEnum


class Format(StrEnum):
    """What the lexicon can be written as."""

    JIEBA = "jieba"
    HANLP = "hanlp"
    SENTENCEPIECE = "sentencepiece"
    HF = "hf"
    CSV = "csv"
    TXT = "txt"
