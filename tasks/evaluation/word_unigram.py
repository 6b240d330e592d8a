"""Words drawn one by one, as a distribution over documents: what a lexicon alone knows of a language.

A document is a sequence of tokens - words, white space, unknown characters - each drawn by itself, then the end:

    P(document) = sum over cuts prod_t p(t) * p(end)     the likeliest cut alone is a bound: it costs no less

The share of white space and ends among the tokens is that of the training text; an unknown character is the escape
of `Alphabet`. Words lie between white space, and any sequence of words may spell what stands there.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tasks.lm.alphabet import SCALAR_VALUES, Alphabet
from tasks.text.characters import CODE_POINTS, StringColumn, blocks, decode
from tasks.text.token_rules import SPACE, class_table
from tasks.text.trie import build_trie
from tasks.unigram.em import expected_counts, viterbi_bits
from tasks.unigram.lattice import build_lattice

_NONCHARACTERS = tuple(plane | low for plane in range(0, CODE_POINTS, 0x10000) for low in (0xFFFE, 0xFFFF))


@dataclass(frozen=True)
class WordUnigram:
    """Words string[n] and p(t) of each, float64[n]; ln p of white space by code point, and of the end.

    Probabilities are those of tokens that are no escape; they sum to one over words, white space and end.
    """

    alphabet: Alphabet
    words: pa.StringArray
    probabilities: np.ndarray
    spaces: np.ndarray
    end: float

    @classmethod
    def of(
        cls,
        alphabet: Alphabet,
        words: pa.StringArray,
        probabilities: np.ndarray,
        tokens: float,
        training: StringColumn,
    ) -> "WordUnigram":
        """Return the model of words of these probabilities, of which `training` text is expected to hold `tokens`.

        ValueError when a character of the alphabet is no word.
        """
        spaces = np.zeros(CODE_POINTS, np.int64)
        documents = 0
        for _, block in blocks(training):
            codes = decode(block).codes
            spaces += np.bincount(codes[class_table()[codes] == SPACE], minlength=CODE_POINTS)
            documents += len(block)
        total = tokens + int(spaces.sum()) + documents
        p = probabilities / probabilities.sum() * tokens / total
        return cls(alphabet, words, p, spaces / total, documents / total)

    def nats(self, texts: StringColumn) -> tuple[float, float]:
        """Return (cost of the likeliest cut, cost of all cuts summed) of documents, nats."""
        marker = next(c for c in _NONCHARACTERS if c not in self.alphabet.codes)
        plain, unknown = _marked(texts, self.alphabet, marker)
        known = 1 - self.alphabet.escape
        words = pa.concat_arrays([self.words, pa.array([chr(marker)], pa.string())])
        p = np.append(self.probabilities * known, self.alphabet.escape)
        lattice = build_lattice(plain, build_trie(words))
        codes = decode(plain).codes
        blank = codes[class_table()[codes] == SPACE]
        rest = unknown * np.log(SCALAR_VALUES - len(self.alphabet.codes))
        rest -= float(np.log(self.spaces[blank] * known).sum()) + len(plain) * np.log(self.end * known)
        likeliest = viterbi_bits(lattice, p) * max(lattice.characters, 1) * np.log(2)
        return likeliest + rest, rest - expected_counts(lattice, p)[1]


def _marked(texts: StringColumn, alphabet: Alphabet, marker: int) -> tuple[pa.StringArray, int]:
    """Return the texts with `marker` for each unknown character, and how many there are."""
    column = pa.concat_arrays([block for _, block in blocks(texts)])
    codes = decode(column).codes
    unknown = codes[~np.isin(codes, alphabet.codes)]
    if not len(unknown):
        return column, 0
    table = dict.fromkeys(np.unique(unknown).tolist(), marker)
    return pa.array([text.translate(table) for text in column.to_pylist()], pa.string()), len(unknown)
