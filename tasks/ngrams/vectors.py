"""Vectors of characters and of pairs of them, learnt from raw text by what stands beside them.

A gram g is a character or two; a context c is a character, a piece's edge or anything rare at offset -2, -1, +1 or +2
from the gram's ends, each offset for itself. Of their counts N(g, c),

    PMI(g, c) = ln (N(g, c) / N(g)) - ln (N(c)^0.75 / sum of N(c')^0.75 over all c')
    M = max(PMI, 0) ~ U S V'        truncated singular value decomposition
    vector of g = its row of U S^(1/2), all of them scaled to a mean square of 1

(Levy and Goldberg 2014; the power of contexts and of S: Levy, Goldberg and Dagan 2015.) So a pair that labelled text
does not hold stands close to those it is used like, which labelled text does hold.
"""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds
from threadpoolctl import threadpool_limits

from tasks.ngrams.gram_keys import EDGE, FIRST, GramVectors, frequent, numbers, packed_grams
from tasks.ngrams.spans import Pieces

OFFSETS = (-2, -1, 1, 2)
POWER_OF_CONTEXTS = 0.75
LEAST_CONTEXT = 5


def gram_vectors(pieces: Pieces, dimensions: int, least: int) -> GramVectors:
    """Return vectors of the grams that pieces hold `least` times or more; fewer dimensions where text is too short."""
    pairs = packed_grams(pieces)[0][:-1]
    # A pair's key stands at its second character; what is beyond an edge is no pair.
    grams = np.concatenate(
        [frequent(pieces.codes.astype(np.int64), least), frequent(pairs[pairs > 0], least)]
    )
    if not len(grams):
        return GramVectors.none()
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
    """Return M as float32[grams, offsets * contexts], counted an offset at a time."""
    characters = pieces.codes.astype(np.int64)
    known = frequent(characters, LEAST_CONTEXT)
    context, width = numbers(known, characters), FIRST + len(known)
    counted = [
        _counts(of, _shifted(context, pieces, offset if offset > 0 else offset - length + 1), place * width)
        for of, length in ((numbers(grams, characters), 1), (numbers(grams, pairs), 2))
        for place, offset in enumerate(OFFSETS)
    ]
    shape = (len(grams), len(OFFSETS) * width)
    of_gram = np.sum([np.bincount(row, times, shape[0]) for row, _, times in counted], axis=0)
    of_context = (
        sum(np.bincount(column, times, shape[1]) for _, column, times in counted) ** POWER_OF_CONTEXTS
    )
    of_context /= of_context.sum()
    kept = []
    while counted:
        row, column, times = counted.pop()
        pmi = np.log(times / of_gram[row] / of_context[column]).astype(np.float32)
        kept.append((pmi[pmi > 0], row[pmi > 0], column[pmi > 0]))
    data, rows, columns = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    return csr_matrix((data, (rows, columns)), shape=shape)


def _shifted(context: np.ndarray, pieces: Pieces, by: int) -> np.ndarray:
    """Return the contexts int32[n] that stand `by` characters further, EDGE where that is another piece."""
    piece = np.repeat(np.arange(len(pieces.offsets) - 1, dtype=np.int32), np.diff(pieces.offsets))
    here, there = (slice(None, -by), slice(by, None)) if by > 0 else (slice(-by, None), slice(None, by))
    shifted = np.full(len(context), EDGE, np.int32)
    shifted[here] = np.where(piece[here] == piece[there], context[there], EDGE)
    return shifted


def _counts(of: np.ndarray, context: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows int32[m], columns int32[m] counted from `first`, and how often each gram has each context."""
    keys = (of.astype(np.int64) - FIRST << 32) + first + context
    keys = keys[of >= FIRST]
    keys.sort()
    begins = np.flatnonzero(np.diff(keys, prepend=-1))
    times = np.diff(begins, append=len(keys)).astype(np.int32)
    keys = keys[begins]
    return (keys >> 32).astype(np.int32), keys.astype(np.int32), times
