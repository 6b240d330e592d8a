"""The counts of any slices of the text add up to the counts of the whole text."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.corpus.batches import Documents
from tasks.corpus.slices import even_slices, row_group_slices
from tasks.ngrams.on_cluster import count_slice
from tasks.ngrams.shard import count_shard
from tasks.settings import EngineSettings
from tests.unit.ngrams.samples import batches, random_sentences

ENGINE = EngineSettings(memory_mb=256, workers=2)


def rows(counted):
    return [tuple(row.values()) for batch in counted for row in batch.to_pylist()]


@pytest.fixture
def file(tmp_path):
    texts = [text for seed in range(40) for text in random_sentences(seed)]
    path = tmp_path / "part-00000.parquet"
    pq.write_table(pa.table({"doc_id": range(len(texts)), "text": texts}), path, row_group_size=13)
    return path, texts


@pytest.mark.parametrize("only_listed", [False, True])
@pytest.mark.parametrize("cut", [row_group_slices, lambda paths: even_slices(paths, 7)])
def test_slices_add_up_to_the_whole(tmp_path, file, cut, only_listed):
    path, texts = file
    listed = np.arange(0, len(texts), 3)
    documents = Documents(listed=listed, only_listed=only_listed)
    slices = cut([str(path)])
    assert len(slices) > 5
    total = Counter()
    for part in slices:
        for *key, count, starts in rows(count_slice(documents, 6, ENGINE, str(tmp_path), part)):
            total[tuple(key)] += count + 1j * starts
    chosen = [text for number, text in enumerate(texts) if (number in set(listed)) == only_listed]
    whole = rows(count_shard(batches(chosen), 6, 1 << 28, str(tmp_path)))
    assert len(whole) > 100
    assert [(*key, int(both.real), int(both.imag)) for key, both in sorted(total.items())] == whole
