"""The two steps that the benchmarks time, each up to written Parquet: text to shard, shards to `ngrams`."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.corpora import real_lines, zipf_markov
from tasks.ngrams.measure import measure
from tasks.ngrams.rows import PARQUET_OPTIONS, SHARD_SCHEMA
from tasks.ngrams.shard import count_shard
from tasks.ngrams.statistics import PARQUET_OPTIONS as TABLE_OPTIONS
from tasks.settings import NgramSettings
from tasks.tables import TABLES

SETTINGS = NgramSettings(max_order=6, min_count=2)
THREADS = 2


@dataclass(frozen=True, kw_only=True)
class Written:
    """A file that was written, and the seconds that making it took, on the wall and of all processors."""

    path: str
    seconds: float
    processor: float

    @property
    def digest(self) -> str:
        """Hash of the file's bytes."""
        with Path(self.path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def write_text(path: Path, megabytes: float, *, real: bool = True, seed: int = 1) -> int:
    """Write sentences of so many MB, real ones first, then generated ones; return their characters."""
    left = int(megabytes * 1e6)
    characters = 0
    with pq.ParquetWriter(path, pa.schema([("text", pa.string())]), compression="zstd") as writer:
        for column in _text(real, seed, left):
            if left <= 0:
                break
            sizes = [len(line.as_py().encode()) for line in column] if column.nbytes > left else []
            if sizes:
                total = kept = 0
                while kept < len(sizes) and total < left:
                    total += sizes[kept]
                    kept += 1
                column = column.slice(0, kept)
                left = 0
            else:
                left -= column.nbytes - 4 * len(column)
            characters += sum(map(len, column.to_pylist()))
            writer.write_table(pa.table({"text": column}))
    return characters


def _text(real: bool, seed: int, size: int) -> Iterator[pa.Array]:
    if real:
        lines = real_lines()
        for begin in range(0, len(lines), 20_000):
            yield pa.array(lines[begin : begin + 20_000])
    yield from zipf_markov(seed, size)


def shard(texts: list[Path], path: Path, memory_bytes: int) -> Written:
    """Count text files into one shard."""
    begin, used = time.perf_counter(), time.process_time()
    # Row group by row group: iter_batches would keep the whole file in memory.
    files = [pq.ParquetFile(text) for text in texts]
    groups = (file.read_row_group(k) for file in files for k in range(file.num_row_groups))
    batches = (batch for group in groups for batch in group.to_batches())
    with pq.ParquetWriter(path, SHARD_SCHEMA, **PARQUET_OPTIONS) as writer:
        for batch in count_shard(batches, SETTINGS.max_order, memory_bytes, str(path.parent), THREADS):
            writer.write_batch(batch)
    return _written(path, begin, used)


def table(shards: list[Written], path: Path, memory_bytes: int) -> Written:
    """Measure shards into one table."""
    begin, used = time.perf_counter(), time.process_time()
    weighted = [([one.path], 1) for one in shards]
    with pq.ParquetWriter(path, TABLES["ngrams"].schema, **TABLE_OPTIONS) as writer:
        for batch in measure(weighted, SETTINGS, memory_bytes, THREADS, str(path.parent)):
            writer.write_batch(batch)
    return _written(path, begin, used)


def _written(path: Path, begin: float, used: float) -> Written:
    return Written(path=str(path), seconds=time.perf_counter() - begin, processor=time.process_time() - used)


def warm_up(folder: Path) -> None:
    """Load what is compiled once, so that it is not timed."""
    text = folder / "warm.parquet"
    pq.write_table(pa.table({"text": ["人工智能", "人工智能好人工智能"] * 20}), text)
    table([shard([text], folder / "warm-shard.parquet", 1 << 28)], folder / "warm-table.parquet", 1 << 28)
