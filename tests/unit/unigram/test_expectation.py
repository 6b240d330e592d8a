"""The E-step of blocks adds up to that of the whole text, and to the same bits whoever computes the blocks."""

import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.corpus.slices import even_slices
from tasks.unigram import expectation
from tasks.unigram.em import expected_counts
from tasks.unigram.expectation import Vocabulary, expect_block, expect_here, expect_on_cluster

WORDS = pa.array(["a", "b", "c", "ab", "bc", "abc", "cc"])


class HereInDisorder:
    """Stands for a cluster: items one by one in this process, in disorder, their rows folded as Spark is told to."""

    def __init__(self, seed):
        self.draw = random.Random(seed)

    def fold_rows(self, work, items, schema, key, order, value):
        rows = [
            row for item in self.draw.sample(items, len(items)) for b in work(item) for row in b.to_pylist()
        ]
        self.draw.shuffle(rows)
        sums = {}
        for row in sorted(rows, key=lambda row: row[order]):
            sums[row[key]] = sums.get(row[key], 0.0) + row[value]
        return pa.table({key: pa.array(sums, pa.int64()), value: pa.array(sums.values(), pa.float64())})


@pytest.fixture
def texts(monkeypatch):
    monkeypatch.setattr(expectation, "BLOCK_ROWS", 7)
    draw = random.Random(1)
    return pa.array(["".join(draw.choices("abc ", k=draw.randint(0, 20))) for _ in range(100)])


@pytest.fixture
def path(texts, tmp_path):
    pq.write_table(pa.table({"text": texts}), tmp_path / "text.parquet", row_group_size=10)
    return str(tmp_path / "text.parquet")


def start(seed=0):
    p = np.random.default_rng(seed).random(len(WORDS))
    return p / p.sum()


def test_blocks_add_up_to_the_text_in_one_piece(texts):
    vocabulary = Vocabulary(WORDS)
    expected, nats = expect_here(texts, vocabulary)(start())
    whole, whole_nats = expected_counts(vocabulary.lattice(texts), start())
    np.testing.assert_allclose(expected, whole, rtol=1e-12)
    assert nats == pytest.approx(whole_nats, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_blocks_computed_elsewhere_give_the_same_bits(texts, path, seed):
    vocabulary = Vocabulary(WORDS)
    here = expect_here(texts, vocabulary)
    there = expect_on_cluster(HereInDisorder(seed), path, vocabulary)
    for p in (start(seed), start(seed + 100)):
        expected, nats = there(p)
        assert expected.tobytes() == here(p)[0].tobytes()
        assert nats == here(p)[1]


def test_a_worker_matches_words_once_for_all_iterations(path, texts, monkeypatch):
    made = []
    monkeypatch.setattr(Vocabulary, "lattice", lambda self, texts: made.append(texts) or lattice(self, texts))
    expectation._kept.cache_clear()
    blocks = list(enumerate(even_slices([path], 7)))[:3]
    for seed in (1, 2):
        for block in blocks:
            # what Spark hands to a worker is a copy each time
            list(expect_block(Vocabulary(pa.array(WORDS.to_pylist())), start(seed), block))
    assert len(made) == 3
    list(expect_block(Vocabulary(WORDS.slice(0, 3)), start()[:3], blocks[0]))
    assert len(made) == 4


def test_a_text_without_sentences_expects_nothing(texts):
    expected, nats = expect_here(texts.slice(0, 0), Vocabulary(WORDS))(start())
    assert (expected.tolist(), nats) == ([0.0] * len(WORDS), 0.0)


lattice = Vocabulary.lattice
