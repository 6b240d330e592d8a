"""The rows of the `ngrams` table, one row group at a time, from the trie and the neighbours of its grams.

Each row group is computed by one thread, several at a time; no figure depends on the number of threads or on where
a group begins.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.engines.threads import ahead
from tasks.ngrams.formulas import autonomies, pair_figures
from tasks.ngrams.moments import Moments, moments, variations
from tasks.ngrams.neighbours import Neighbours, Side
from tasks.ngrams.splits import weakest_splits
from tasks.ngrams.trie import Trie
from tasks.store.parts import GROUP_ROWS
from tasks.tables import TABLES

# Compressing a column takes about as long as computing it. Figures hardly shrink and entropies repeat; of grams lz4
# would save half, a sixth of the file, and take as long as all figures to write. Readers skip by length and count.
PARQUET_OPTIONS: dict[str, Any] = {
    "compression": {
        name: "lz4" if name in ("length", "starts", "ends") else "none"
        for name in TABLES["ngrams"].schema.names
    },
    "column_encoding": {"count": "DELTA_BINARY_PACKED"},
    "use_dictionary": ["left_entropy", "right_entropy"],
    "write_statistics": ["length", "count"],
    "write_batch_size": GROUP_ROWS,
}


def table_rows(
    trie: Trie, neighbours: Neighbours, orders: int, min_count: int, threads: int
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of orders 1..`orders` in order: single characters, and grams that occur often enough.

    Batches end where a row group does or an order does.
    """
    parts = _parts(trie, neighbours, orders, min_count, threads)
    yield from ahead(threads, _rows, ((trie, neighbours, *part) for part in parts))


def _parts(
    trie: Trie, neighbours: Neighbours, orders: int, min_count: int, threads: int
) -> Iterator[tuple[int, np.ndarray, Moments]]:
    """Yield order, positions Int32[n] in its level, and the order's moments."""
    filled = 0
    for order, of_order in enumerate(moments(trie, neighbours, orders, threads), start=1):
        kept = np.arange(trie.size(order), dtype=np.int32)
        if order > 1:
            kept = kept[trie.count[trie.level(order)] >= min_count]
        begin = 0
        while begin < len(kept):
            end = min(begin + GROUP_ROWS - filled % GROUP_ROWS, len(kept))
            yield order, kept[begin:end], of_order
            filled += end - begin
            begin = end


def _rows(
    trie: Trie, neighbours: Neighbours, order: int, nodes: np.ndarray, of_order: Moments
) -> pa.RecordBatch:
    here = trie.level(order)
    size = len(nodes)
    whole = size == nodes[-1] - nodes[0] + 1
    at = slice(here.start + nodes[0], here.start + nodes[-1] + 1) if whole else here.start + nodes
    count, starts, ends = (column[at].astype(np.int64) for column in (trie.count, trie.starts, trie.ends))
    left, right = (_entropy_and_variation(side, at) for side in neighbours.sides(trie, order))
    autonomy = np.empty(size)
    autonomies(
        left[1], of_order.left_mean, of_order.left_deviation,
        right[1], of_order.right_mean, of_order.right_deviation, autonomy,
    )  # fmt: skip
    if order > 1:
        splits = weakest_splits(trie, neighbours, order, nodes)
        figures = pair_figures(count, splits.head, splits.tail, neighbours.total)
        gain = pa.array(figures.gain, mask=splits.equal)
        of_pairs = [pa.array(figures.pmi), pa.array(figures.npmi), gain, pa.array(figures.gain_bound)]
    else:
        of_pairs = [pa.nulls(size, pa.float64())] * 4
    columns = [
        trie.spell(order, nodes), np.full(size, order), count, starts, ends,
        *of_pairs, left[0], right[0], autonomy,
    ]  # fmt: skip
    arrays = [column if isinstance(column, pa.Array) else pa.array(column) for column in columns]
    return pa.RecordBatch.from_arrays(arrays, schema=TABLES["ngrams"].schema)


def _entropy_and_variation(side: Side, at: np.ndarray | slice) -> tuple[np.ndarray, np.ndarray]:
    entropy = side.entropy[at]
    variation = np.empty(len(entropy))
    variations(entropy, side.above[at], side.entropy_above, variation)
    return entropy, variation


def row_groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Join batches into row groups, whose limits no batch may cross; only the last is shorter."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows == GROUP_ROWS:
            yield _joined(held)
            held, rows = [], 0
    if held:
        yield _joined(held)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    # Arrow copies a single batch too.
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)
