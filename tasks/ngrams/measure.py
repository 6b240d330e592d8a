"""From shards to the `ngrams` table: merge, count every order, link, compute the statistics.

Only grams that occur at least min(2, min_count) times are held: rarer ones add nothing to the entropy of the grams
that they extend, and their share in the moments of autonomy follows from their number.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from tasks.engines.residence import Residence, give_back, room_below
from tasks.engines.storage import Storage
from tasks.ngrams.merge import merge_shards
from tasks.ngrams.neighbours import find_neighbours
from tasks.ngrams.statistics import row_groups, table_rows
from tasks.ngrams.trie import Trie
from tasks.ngrams.trie_builder import TrieBuilder
from tasks.settings import NgramSettings

Shards = Sequence[tuple[Sequence[str], int]]

# The joined columns of a trie, its links and entropies take more than the columns again.
_TRIE_SHARE = 5


def build_trie(
    shards: Shards, settings: NgramSettings, memory_bytes: int, scratch: str, storage: Storage | None = None
) -> Trie:
    """Return the needed grams of orders 1..max_order + 1, from the sum of the shards."""
    depth = settings.max_order + 1
    storage = storage or Storage()

    def build(counts: type) -> Trie:
        builder = TrieBuilder(depth=depth, floor=min(2, settings.min_count), storage=storage, counts=counts)
        for rows in merge_shards(shards, depth, memory_bytes // 4, scratch):
            builder.extend(rows.words, rows.count, rows.starts)
        return builder.finish()

    try:
        return build(np.int32)
    except OverflowError:
        # A character that occurs 2^31 times is rare enough to begin anew for it.
        storage.forget()
        return build(np.int64)


def measure(
    shards: Shards, settings: NgramSettings, memory_bytes: int, threads: int, scratch: str
) -> Iterator[pa.RecordBatch]:
    """Yield the `ngrams` table of the sum of shards (paths, weight) by length, then in code point order.

    ValueError when a weighted count is negative, for example when a batch is removed that was never added.
    """
    Path(scratch).mkdir(parents=True, exist_ok=True)
    room = room_below(memory_bytes)
    with TemporaryDirectory(dir=scratch, prefix="measure-") as folder:
        storage = Storage(folder, room // _TRIE_SHARE)
        with Residence(storage.trim, lambda: storage.mapped, room // 3):
            trie = build_trie(shards, settings, room, folder, storage)
            if storage.mapped:
                give_back()
            neighbours = find_neighbours(trie, threads, storage)
            for batch in row_groups(
                table_rows(trie, neighbours, settings.max_order, settings.min_count, threads)
            ):
                yield batch
                if storage.mapped:
                    give_back()
