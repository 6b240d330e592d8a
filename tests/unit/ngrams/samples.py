"""Texts and shards for the tests of counting."""

import math
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.ngrams.codes import Encoder
from tasks.ngrams.count import count_windows
from tasks.ngrams.measure import measure
from tasks.ngrams.rows import SHARD_SCHEMA
from tasks.ngrams.shard import count_shard
from tasks.settings import NgramSettings

ALPHABETS = ("a", "ab", "abc \u3000", "人工智能好", "😀🀄𠀀a", "".join(chr(0x4E00 + i) for i in range(2500)))
ABSOLUTE = {"autonomy": 1e-6, "gain": 1e-6, "gain_bound": 1e-6}


def random_sentences(seed, alphabet=None):
    draw = random.Random(seed)
    letters = alphabet or draw.choice(ALPHABETS)
    lengths = (0, 1, 1, 2, 5, 30)
    return ["".join(draw.choices(letters, k=draw.choice(lengths))) for _ in range(draw.choice((1, 7, 40)))]


def batches(sentences, size=1000):
    return pa.table({"text": pa.array(sentences, pa.string())}).to_batches(max_chunksize=size)


def encode(text, threads=1):
    encoder = Encoder(text.nbytes)
    encoder.add(text)
    return encoder.finish(threads)


def count_text(text, depth, threads=1):
    codes, alphabet = encode(text, threads)
    return count_windows(codes, depth, threads, alphabet)


def write_shard(folder, name, sentences, max_order, memory_bytes=1 << 30, threads=1):
    path = Path(folder) / f"{name}.parquet"
    table = pa.Table.from_batches(
        count_shard(batches(sentences), max_order, memory_bytes, str(folder), threads), SHARD_SCHEMA
    )
    pq.write_table(table, path, row_group_size=100)
    return str(path)


def measured(folder, shards, max_order, min_count=2, threads=1, memory_bytes=1 << 30):
    settings = NgramSettings(max_order=max_order, min_count=min_count)
    return pa.Table.from_batches(measure(shards, settings, memory_bytes, threads, str(folder)))


def assert_like(rows, expected):
    assert [row["gram"] for row in rows] == [row["gram"] for row in expected]
    for row, wanted in zip(rows, expected, strict=True):
        if wanted.pop("equal_parts", False):
            assert row["gain"] is None
            wanted["gain"] = None
        assert list(row) == list(wanted)
        for name, value in wanted.items():
            if isinstance(value, float):
                close = math.isclose(row[name], value, rel_tol=1e-7, abs_tol=ABSOLUTE.get(name, 1e-9))
                assert close, (name, row, wanted)
            else:
                assert row[name] == value, (name, row, wanted)
