"""Labels of the gaps of texts: all from gold words, the sure ones from a segmenter without labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tasks.crf.tags import BEGINS, OPEN, WITHIN
from tasks.text.characters import Characters, decode


@dataclass(frozen=True)
class Labelled:
    """Texts as code points, and for each character uint8[n] whether a word begins: WITHIN, BEGINS or OPEN."""

    text: Characters
    begins: np.ndarray


def labelled_words(sentences: Sequence[Sequence[str]]) -> Labelled:
    """Return sentences given as lists of words, every gap known; ValueError for an empty word."""
    text = decode(pa.array(["".join(words) for words in sentences], pa.string()))
    lengths = np.array([len(word) for words in sentences for word in words], np.int64)
    if len(lengths) and lengths.min() < 1:
        raise ValueError("words must have a character, got an empty one")
    begins = np.full(len(text.codes), WITHIN, np.uint8)
    begins[np.cumsum(lengths) - lengths] = BEGINS
    return Labelled(text, begins)


def labelled_surely(texts: pa.StringArray, probability: np.ndarray, confidence: float) -> Labelled:
    """Return texts with the gaps known that have a probability float[n] of at least `confidence` either way."""
    begins = np.full(len(probability), OPEN, np.uint8)
    begins[probability >= confidence] = BEGINS
    begins[probability <= 1 - confidence] = WITHIN
    return Labelled(decode(texts), begins)
