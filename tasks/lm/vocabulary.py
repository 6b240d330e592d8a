"""Documents as tokens of a neural model: characters, or words of the lexicon with characters for everything else.

Token 0 is the edge of a document, 1..V are the characters of the alphabet, V + 1 is any unknown one - read but never
predicted, its cost is the alphabet's escape - and words follow. A text is cut into words the likeliest way, so what a
model of words says of one cut is an upper bound of what the text costs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tasks.lm.alphabet import EDGE, Alphabet, Symbols
from tasks.text.characters import StringColumn, blocks, decode
from tasks.text.token_rules import RAW, SPACE, class_table
from tasks.unigram.segmenter import UnigramSegmenter


@dataclass(frozen=True)
class Vocabulary:
    """An alphabet and words string[n] of two characters and more, with ln p of the characters, then of the words."""

    alphabet: Alphabet
    words: pa.StringArray
    log_p: np.ndarray

    @property
    def size(self) -> int:
        """Number of tokens."""
        return self.alphabet.unknown + 1 + len(self.words)

    @classmethod
    def of_characters(cls, alphabet: Alphabet) -> "Vocabulary":
        """Return the vocabulary without words."""
        return cls(alphabet, pa.array([], pa.string()), np.zeros(0))

    @classmethod
    def of_words(cls, alphabet: Alphabet, words: list[str], uses: np.ndarray, most: int) -> "Vocabulary":
        """Return the vocabulary of the `most` words used most, given all words with their uses int64[n].

        Characters may be among the words; one that is not used keeps half a use.
        """
        count = dict(zip(words, uses.tolist(), strict=True))
        longer = sorted((w for w in words if len(w) > 1), key=lambda word: (-count[word], word))[:most]
        known = [chr(code) for code in alphabet.codes.tolist()]
        used = np.array([max(count.get(w, 0), 0.5) for w in (*known, *longer)])
        return cls(alphabet, pa.array(longer, pa.string()), np.log(used / used.sum()))

    def encode(self, texts: StringColumn) -> Symbols:
        """Return documents as tokens, laid out as `Symbols` are."""
        if not len(self.words):
            return self.alphabet.symbols(texts)
        codes = self.alphabet.codes
        visible = np.flatnonzero(class_table()[codes] != SPACE)
        characters = [chr(code) for code in codes[visible].tolist()]
        log_p = np.concatenate([self.log_p[visible], self.log_p[len(codes) :]])
        segmenter = UnigramSegmenter([*characters, *self.words.to_pylist()], log_p, token_rules=RAW)
        number = np.concatenate([visible + 1, np.arange(len(self.words)) + self.alphabet.unknown + 1])
        pieces, sizes = [np.zeros(1, np.int32)], []
        for _, block in blocks(texts):
            piece, size = self._cut(block, segmenter, number)
            pieces.append(piece)
            sizes.append(size)
        lengths = np.concatenate(sizes) if sizes else np.zeros(0, np.int64)
        return Symbols(np.concatenate(pieces), np.concatenate([[1], 1 + np.cumsum(lengths)]).astype(np.int64))

    def _cut(
        self, block: pa.StringArray, segmenter: UnigramSegmenter, number: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        text = decode(block)
        found = segmenter.segment(block)
        # What no token covers is white space: each such character is a token of its own, as is each unknown one.
        plain = self.alphabet.symbols(block).symbol
        edges = np.flatnonzero(plain[1:] == EDGE) + 1
        token = np.delete(plain, edges)[1:].copy()
        begin = text.offsets[found.sentence_index] + found.start
        length = found.end - found.start
        named = found.word >= 0
        token[begin[named]] = number[found.word[named]]
        covered = np.zeros(len(token) + 1, np.int64)
        np.add.at(covered, begin + 1, length > 1)
        np.add.at(covered, begin + length, -(length > 1).astype(np.int64))
        stays = np.cumsum(covered)[:-1] == 0
        kept_before = np.concatenate([[0], np.cumsum(stays)])
        size = np.diff(kept_before[text.offsets]) + 1
        tokens = np.zeros(int(size.sum()), np.int32)
        row = np.repeat(np.arange(len(size)), size - 1)
        tokens[np.arange(int(stays.sum())) + row] = token[stays]
        return tokens, size

    def spell(self, tokens: np.ndarray) -> str:
        """Return the text of tokens."""
        first = self.alphabet.unknown + 1
        pieces = [
            self.alphabet.spell(np.array([token])) if token < first else self.words[token - first].as_py()
            for token in np.asarray(tokens).tolist()
        ]
        return "".join(pieces)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what `from_arrays` makes the vocabulary of again."""
        text = "\n".join(self.words.to_pylist()).encode()
        words = np.frombuffer(text, np.uint8) if text else np.zeros(0, np.uint8)
        return {**self.alphabet.to_arrays(), "words": words, "words_log_p": self.log_p}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Vocabulary":
        """Return the vocabulary that `to_arrays` took apart."""
        text = arrays["words"].tobytes().decode()
        words = pa.array(text.split("\n") if text else [], pa.string())
        return cls(Alphabet.from_arrays(arrays), words, arrays["words_log_p"])
