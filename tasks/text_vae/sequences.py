"""Documents as the sequences of a text VAE: sentences, each with a z of its own.

A document is cut where its sentences begin, and a sentence where it has `longest` characters, so that the pieces
joined are the document. A piece that is not its document's last says so with a symbol of its own before its end:

    -ln P(document) <= sum over pieces of -ln P(piece)

for of all the ways to cut a document this is one.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import torch

from tasks.corpus.sentences import cut_sentences
from tasks.lm.alphabet import EDGE
from tasks.lm.vocabulary import Vocabulary
from tasks.text_vae.sequence_vae import END, FIRST_SYMBOL, HIDDEN, padded

GOES_ON = FIRST_SYMBOL


@dataclass(frozen=True)
class Pieces:
    """Pieces of documents in order: text string[n], the document of each int64[n], whether it goes on bool[n]."""

    text: pa.StringArray
    document: np.ndarray
    goes_on: np.ndarray

    def take(self, rows: np.ndarray) -> "Pieces":
        """Return the pieces at `rows`."""
        return Pieces(self.text.take(pa.array(rows)), self.document[rows], self.goes_on[rows])


def cut_documents(texts: pa.StringArray, longest: int) -> Pieces:
    """Return the pieces of documents, none longer than `longest` characters and none without one.

    >>> cut_documents(pa.array(["一二。 三四五六"]), 3).text.to_pylist()
    ['一二。', ' ', '三四五', '六']
    """
    pieces: list[str] = []
    document: list[int] = []
    goes_on: list[bool] = []
    for number, text in enumerate(texts.to_pylist()):
        begins = [0, *(sentence.start for sentence in cut_sentences(text, longest)), len(text)]
        spans = [
            (at, min(at + longest, end))
            for start, end in pairwise(begins)
            for at in range(start, end, longest)
        ]
        pieces += [text[start:end] for start, end in spans]
        document += [number] * len(spans)
        goes_on += [place + 1 < len(spans) for place in range(len(spans))]
    return Pieces(pa.array(pieces, pa.string()), np.array(document, np.int64), np.array(goes_on, bool))


def symbols_of(vocabulary: Vocabulary) -> int:
    """Return how many symbols a VAE of the vocabulary's tokens has."""
    return FIRST_SYMBOL + vocabulary.size - 1


def encode(pieces: Pieces, vocabulary: Vocabulary) -> torch.Tensor:
    """Return pieces as symbols int (pieces, longest + 1), as `padded` has them; unknown characters are hidden ones."""
    text = vocabulary.encode(pieces.text)
    symbol = symbol_of_token(vocabulary)[text.symbol]
    spans = zip(text.offsets[:-1].tolist(), text.offsets[1:].tolist(), pieces.goes_on.tolist(), strict=True)
    return padded([symbol[first : last - 1].tolist() + [GOES_ON] * more for first, last, more in spans])


def decode(symbols: torch.Tensor, vocabulary: Vocabulary) -> list[str]:
    """Return the texts of rows of symbols (pieces, length), each up to its first end."""
    token_of_symbol = np.full(symbols_of(vocabulary), EDGE)
    forth = symbol_of_token(vocabulary)
    token_of_symbol[forth] = np.arange(vocabulary.size)
    # The unknown token shares the hidden symbol, which is never written.
    token_of_symbol[GOES_ON] = EDGE
    texts = []
    for row in symbols.tolist():
        whole = row[: row.index(END)] if END in row else row
        texts.append(vocabulary.spell(token_of_symbol[[s for s in whole if s > GOES_ON]]))
    return texts


def symbol_of_token(vocabulary: Vocabulary) -> np.ndarray:
    """Return the symbol of each token int64[size]; the place of the edge, which ends no piece here, is GOES_ON's."""
    unknown = vocabulary.alphabet.unknown
    symbol = np.arange(vocabulary.size) + FIRST_SYMBOL
    symbol[unknown + 1 :] -= 1
    symbol[unknown] = HIDDEN
    return symbol
