"""The alphabet of a training text, and the two conventions that every model of the ladder shares.

A string is a document: its characters, white space among them, then one end symbol. A character that training has
not seen is written as an escape and then uniformly among the other code points:

    P(c | context) = escape / (1,112,064 - V)       c unseen
    P(s | context) = (1 - escape) p(s | context)    s one of the V characters seen or the end, sum_s p = 1

so that whatever p is, probabilities of all strings sum to one. The escape is Good and Turing's estimate of unseen
mass, escape = (n1 + 1/2) / (N + 1), at most 1/2: n1 of the N symbols of training are characters seen once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tasks.text.characters import CODE_POINTS, StringColumn, blocks, decode

SCALAR_VALUES = CODE_POINTS - 0x800
EDGE = 0


@dataclass(frozen=True)
class Symbols:
    """Documents as symbols int32[n]: an edge, and each document's characters with an edge after them.

    Document d is symbol[offsets[d] : offsets[d + 1]], its closing edge the last; 0 is the edge, 1..V are characters
    and V + 1 is any unknown one.
    """

    symbol: np.ndarray
    offsets: np.ndarray

    @property
    def documents(self) -> int:
        """Number of documents."""
        return len(self.offsets) - 1

    @property
    def characters(self) -> int:
        """Number of characters, edges excluded."""
        return len(self.symbol) - 1 - self.documents


@dataclass(frozen=True)
class Alphabet:
    """Code points int32[V] that training has seen, ascending, and the probability of an escape."""

    codes: np.ndarray
    escape: float

    @property
    def unknown(self) -> int:
        """The symbol of every character that training has not seen."""
        return len(self.codes) + 1

    @property
    def unseen_nats(self) -> float:
        """Cost of one unknown character: escape and choice."""
        return float(np.log(SCALAR_VALUES - len(self.codes)) - np.log(self.escape))

    @property
    def known_nats(self) -> float:
        """What every other symbol costs for not being an escape."""
        return float(-np.log1p(-self.escape))

    @classmethod
    def of(cls, texts: StringColumn) -> "Alphabet":
        """Return the alphabet of training documents; ValueError when they hold no character."""
        tally = np.zeros(CODE_POINTS, np.int64)
        documents = 0
        for _, block in blocks(texts):
            tally += np.bincount(decode(block).codes, minlength=CODE_POINTS)
            documents += len(block)
        codes = np.flatnonzero(tally).astype(np.int32)
        if not len(codes):
            raise ValueError("texts must hold at least one character to learn an alphabet from, got none")
        escape = (np.count_nonzero(tally == 1) + 0.5) / (tally.sum() + documents + 1)
        return cls(codes, min(0.5, float(escape)))

    def symbols(self, texts: StringColumn) -> Symbols:
        """Return documents as symbols."""
        table = np.full(CODE_POINTS, self.unknown, np.int32)
        table[self.codes] = np.arange(1, self.unknown, dtype=np.int32)
        pieces, lengths = [np.zeros(1, np.int32)], []
        for _, block in blocks(texts):
            text = decode(block)
            sizes = np.diff(text.offsets)
            piece = np.zeros(len(text.codes) + len(sizes), np.int32)
            at = np.arange(len(text.codes)) + np.repeat(np.arange(len(sizes)), sizes)
            piece[at] = table[text.codes]
            pieces.append(piece)
            lengths.append(sizes + 1)
        sizes = np.concatenate(lengths) if lengths else np.zeros(0, np.int64)
        return Symbols(np.concatenate(pieces), np.concatenate([[1], 1 + np.cumsum(sizes)]).astype(np.int64))

    def spell(self, symbols: np.ndarray) -> str:
        """Return the characters of symbols; the replacement character for an unknown one, nothing for an edge."""
        codes = np.append(self.codes, 0xFFFD)
        return "".join(map(chr, codes[symbols[symbols != EDGE] - 1].tolist()))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what `from_arrays` makes the alphabet of again."""
        return {"alphabet": self.codes, "escape": np.array([self.escape])}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Alphabet":
        """Return the alphabet that `to_arrays` took apart."""
        return cls(arrays["alphabet"], float(arrays["escape"][0]))


def nats_of(alphabet: Alphabet, text: Symbols, log_p: np.ndarray) -> float:
    """Return the cost of documents whose symbols have ln p float64[n - 1], escapes included."""
    unknown = text.symbol[1:] == alphabet.unknown
    escapes = int(np.count_nonzero(unknown))
    return float(
        -log_p[~unknown].sum()
        + (len(unknown) - escapes) * alphabet.known_nats
        + escapes * alphabet.unseen_nats
    )
