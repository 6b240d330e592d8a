"""Features of each character for the encoder: numbers of the character and the n-grams it is in, class, words, vectors.

Numbers come from a vocabulary of what training text holds often enough (see grams); those of vectors from what raw text
does (see vectors). Words of a lexicon that cover the character are encoded as bits: for lengths 2, 3, 4 and 5 or more,
whether one begins here, ends here, or has the character inside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit

from tasks.ngrams.gram_keys import EDGE, FIRST, UNKNOWN, frequent, numbers, packed_grams
from tasks.ngrams.spans import Pieces, fold
from tasks.ngrams.vectors import GramVectors
from tasks.text.characters import CODE_POINTS, decode, strings
from tasks.text.grams import find_grams
from tasks.text.token_rules import class_table
from tasks.text.trie import build_trie

CLASSES = 12
LONGEST_WORD = 6
WORD_LENGTHS = 4  # 2, 3, 4, 5 or more
WORD_BITS = 3 * WORD_LENGTHS
VECTORS = 3  # of the character and of the pairs on its left and on its right
COLUMNS = (
    *("character", "left", "right", "around", "kind", "words"),
    *("character_vector", "left_vector", "right_vector"),
)


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Sorted code points uint32 and packed n-grams int64, 21 bits a character; lexicon words as code points, flat;
    the grams that have a vector int64[grams] and their vectors float16[grams, dimensions].
    """

    characters: np.ndarray
    bigrams: np.ndarray
    trigrams: np.ndarray
    word_codes: np.ndarray
    word_offsets: np.ndarray
    vector_keys: np.ndarray
    vectors: np.ndarray

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays by name."""
        return {name: np.ascontiguousarray(array) for name, array in vars(self).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Vocabulary":
        """Make a vocabulary of the arrays of another."""
        return cls(**arrays)


def vocabulary_of(
    pieces: Pieces,
    words: Sequence[str],
    vectors: GramVectors,
    *,
    min_characters: int,
    min_ngrams: int,
) -> Vocabulary:
    """Collect the characters and n-grams that pieces hold at least so often, and the words of 2 to 6 characters."""
    chosen = [word for word in words if 2 <= len(word) <= LONGEST_WORD]
    text = decode(pa.array(chosen, pa.string()))
    folded = fold(text.codes)
    distinct = sorted(set(strings(folded, text.offsets).to_pylist()))
    spelled = decode(pa.array(distinct, pa.string()))
    left, around = packed_grams(pieces)
    return Vocabulary(
        characters=frequent(pieces.codes, min_characters),
        bigrams=frequent(left[left > 0], min_ngrams),
        trigrams=frequent(around[around > 0], min_ngrams),
        word_codes=spelled.codes,
        word_offsets=spelled.offsets,
        vector_keys=vectors.keys,
        vectors=vectors.values,
    )


class Features:
    """Turns pieces into int32[n, 9], a column each of COLUMNS."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._number = np.full(CODE_POINTS, UNKNOWN, np.int32)
        self._number[vocabulary.characters] = np.arange(FIRST, FIRST + len(vocabulary.characters))
        words = strings(vocabulary.word_codes, vocabulary.word_offsets)
        self._trie = build_trie(words) if len(words) else None

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Numbers of characters, of bigrams and of trigrams, EDGE and UNKNOWN included."""
        v = self.vocabulary
        return FIRST + len(v.characters), FIRST + len(v.bigrams), FIRST + len(v.trigrams)

    def of(self, pieces: Pieces) -> np.ndarray:
        """Return the features of every character, int32[n, 9]."""
        features = np.empty((len(pieces.codes), len(COLUMNS)), np.int32)
        left, around = packed_grams(pieces)
        bigram = numbers(self.vocabulary.bigrams, left)
        features[:, 0] = self._number[pieces.codes]
        features[:, 1] = bigram[:-1]
        features[:, 2] = bigram[1:]
        last = pieces.offsets[1:] - 1
        features[last, 2] = EDGE
        features[:, 3] = numbers(self.vocabulary.trigrams, around)
        features[:, 4] = class_table()[pieces.codes]
        features[:, 5] = self._words(pieces)
        beside = numbers(self.vocabulary.vector_keys, left)
        features[:, 6] = numbers(self.vocabulary.vector_keys, pieces.codes.astype(np.int64))
        features[:, 7] = beside[:-1]
        features[:, 8] = beside[1:]
        features[last, 8] = EDGE
        return features

    def _words(self, pieces: Pieces) -> np.ndarray:
        bits = np.zeros(len(pieces.codes), np.int32)
        if self._trie is None or not len(bits):
            return bits
        piece = np.repeat(np.arange(len(pieces.offsets) - 1), np.diff(pieces.offsets))
        at = np.arange(len(pieces.codes)) + piece
        run = np.full(len(pieces.codes) + len(pieces.offsets), -1, np.int32)
        codes = np.zeros(len(run), np.uint32)
        run[at], codes[at] = 0, pieces.codes
        found = find_grams(codes, run, self._trie, LONGEST_WORD, -1)[at]
        _mark_words(found, bits)
        return bits


@njit(cache=True, nogil=True)
def _mark_words(found, bits):
    for i in range(len(found)):
        for k in range(1, found.shape[1]):
            if found[i, k] >= 0:
                length = min(k - 1, WORD_LENGTHS - 1)
                bits[i] |= 1 << length
                bits[i + k] |= 1 << (WORD_LENGTHS + length)
                for j in range(i + 1, i + k):
                    bits[j] |= 1 << (2 * WORD_LENGTHS + length)
