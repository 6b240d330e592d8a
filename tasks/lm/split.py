"""Split documents into training, validation and held-out ones, by key and seed alone.

A document's part does not change when others come or go, so a model trained earlier has not seen what measures it
later.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from tasks.corpus.sampling import unit_hash

TRAINING, VALIDATION, HELD_OUT = range(3)
_PART, _SAMPLE = 1, 2


def part_of(doc_id: np.ndarray, seed: int, *, held_out: float, validation: float = 0.0) -> np.ndarray:
    """Return the part of each document int64[n]: shares `held_out` of all, and `validation` of the rest; int8[n].

    Of two documents and more, one at least is held out and one is learnt from.
    """
    u = unit_hash(doc_id, np.full(len(doc_id), _PART), seed)
    parts = np.full(len(doc_id), TRAINING, np.int8)
    parts[u < held_out + validation * (1 - held_out)] = VALIDATION
    parts[u < held_out] = HELD_OUT
    if len(parts) > 1:
        parts[np.argmin(u)] = HELD_OUT
        parts[np.argmax(u)] = TRAINING
    return parts


def sample_documents(
    batches: Iterable[pa.RecordBatch], total: int, budget: int, seed: int
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of about `budget` of `total` characters, drawn by the key `doc_id`."""
    share = min(1.0, budget / max(total, 1))
    for batch in batches:
        if share < 1:
            doc_id = batch.column("doc_id").to_numpy()
            batch = batch.filter(pa.array(unit_hash(doc_id, np.full(len(doc_id), _SAMPLE), seed) < share))
        if batch.num_rows:
            yield batch
