"""Vectors of characters and of pairs of them, learnt from raw text by what stands beside them.

A gram g is a character or two; a context c is a character, a piece's edge or anything rare at offset -2, -1, +1 or +2
from the gram's ends, each offset for itself. Of their counts N(g, c),

    PMI(g, c) = ln (N(g, c) / N(g)) - ln (N(c)^0.75 / sum of N(c')^0.75 over all c')
    M = max(PMI, 0) ~ U S V'        truncated singular value decomposition
    vector of g = its row of U S^(1/2), all of them scaled to a mean square of 1

(Levy and Goldberg 2014; the power of contexts and of S: Levy, Goldberg and Dagan 2015.) So a pair that labelled text
does not hold stands close to those it is used like, which labelled text does hold.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds
from threadpoolctl import threadpool_limits

from tasks.crf.grams import FIRST, frequent, numbers, packed_grams
from tasks.crf.pieces import Pieces

OFFSETS = (-2, -1, 1, 2)
POWER_OF_CONTEXTS = 0.75
LEAST_CONTEXT = 5


@dataclass(frozen=True)
class GramVectors:
    """keys int64[grams], packed and sorted, so characters come first; values float16[grams, dimensions]."""

    keys: np.ndarray
    values: np.ndarray

    @classmethod
    def none(cls) -> "GramVectors":
        """Return vectors of nothing, which have no dimension."""
        return cls(np.zeros(0, np.int64), np.zeros((0, 0), np.float16))


def gram_vectors(pieces: Pieces, dimensions: int, least: int) -> GramVectors:
    """Return vectors of the grams that pieces hold `least` times or more; fewer dimensions where text is too short."""
    pairs = packed_grams(pieces)[0][:-1]
    # A pair's key stands at its second character; what is beyond an edge is no pair.
    grams = np.concatenate(
        [frequent(pieces.codes.astype(np.int64), least), frequent(pairs[pairs > 0], least)]
    )
    matrix = _association(pieces, pairs, grams)
    wanted = min(dimensions, min(matrix.shape) - 1)
    if wanted < 1 or matrix.nnz == 0:
        return GramVectors.none()
    with threadpool_limits(1, "blas"):
        left, values, _ = svds(
            matrix, wanted, v0=np.ones(min(matrix.shape), np.float32), return_singular_vectors="u"
        )
    vectors = left * np.sqrt(np.maximum(values, 0))
    return GramVectors(grams, (vectors / np.sqrt(np.mean(np.square(vectors)))).astype(np.float16))


def _association(pieces: Pieces, pairs: np.ndarray, grams: np.ndarray) -> csr_matrix:
    """Return M as float32[grams, offsets * contexts]."""
    n, piece = len(pieces.codes), np.repeat(np.arange(len(pieces.offsets) - 1), np.diff(pieces.offsets))
    known = frequent(pieces.codes.astype(np.int64), LEAST_CONTEXT)
    context = numbers(known, pieces.codes.astype(np.int64))
    width = FIRST + len(known)
    found: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    for of, length in ((numbers(grams, pieces.codes.astype(np.int64)), 1), (numbers(grams, pairs), 2)):
        at = np.flatnonzero(of >= FIRST)
        row = of[at].astype(np.int64) - FIRST
        for place, offset in enumerate(OFFSETS):
            beside = at + (offset if offset > 0 else offset - length + 1)
            inside = (beside >= 0) & (beside < n)
            inside &= piece[np.where(inside, beside, at)] == piece[at]
            column = place * width + np.where(inside, context[np.where(inside, beside, at)], 0)
            keys, times = np.unique(row * (len(OFFSETS) * width) + column, return_counts=True)
            found.append(keys)
            counts.append(times)
    row, column = np.divmod(np.concatenate(found), len(OFFSETS) * width)
    times = np.concatenate(counts).astype(np.float64)
    of_gram = np.bincount(row, times)
    of_context = np.bincount(column, times) ** POWER_OF_CONTEXTS
    pmi = np.log(times / of_gram[row]) - np.log(of_context[column] / of_context.sum())
    positive = pmi > 0
    shape = (len(grams), len(OFFSETS) * width)
    return csr_matrix((pmi[positive].astype(np.float32), (row[positive], column[positive])), shape=shape)
