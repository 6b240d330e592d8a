"""Documents as bags of words, and the division into those that teach, validate and are held out."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.topics.plsa import Counts


def bags_of(rows: pa.Table, vocabulary: pa.Array) -> tuple[np.ndarray, Counts]:
    """Return the documents int64[n] and their counts, of rows (doc_id, word, count) sorted by document.

    Rows of words that the vocabulary lacks are left out, and so are documents with no other rows.
    """
    number = pc.index_in(rows["word"].combine_chunks(), vocabulary)
    known = rows.append_column("number", number).filter(pc.is_valid(number))
    of_document = known["doc_id"].to_numpy()
    documents, first = np.unique(of_document, return_index=True)
    return documents, Counts(
        np.append(first, len(of_document)).astype(np.int64),
        known["number"].to_numpy().astype(np.int32),
        known["count"].to_numpy().astype(np.float64),
        len(vocabulary),
    )


def long_enough(counts: Counts, tokens: int) -> np.ndarray:
    """Return the documents int64[n] that have at least so many tokens."""
    row = np.repeat(np.arange(counts.documents), np.diff(counts.first))
    sizes = np.bincount(row, weights=counts.counts, minlength=counts.documents)
    return np.flatnonzero(sizes >= tokens)


def divide(documents: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return documents drawn at random, all but about `share` of them and the rest, both in order."""
    held = np.random.default_rng(seed).random(len(documents)) < share
    return documents[~held], documents[held]
