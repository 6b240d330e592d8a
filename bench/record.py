"""Run a benchmark and write its rows into docs/benchmarks.jsonl: `python -m bench.record NAME [options of NAME]`.

A row takes its figures from the JSON object that the benchmark prints last, and names what a user calls to get it. A
benchmark without rows here, or one that lacks its data, is run and nothing is written.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "benchmarks.jsonl"


class Row(NamedTuple):
    """A figure of the page: `ours` and `peers` are keys of the benchmark's figures, `call` is what a user calls."""

    what: str
    unit: str
    better: str
    ours: str
    peers: Mapping[str, str]
    call: str
    source: str


ROWS: Mapping[str, Sequence[Row]] = {
    "startup": (
        Row("writing the list of commands, CPU, multiples of importing numpy, pyarrow, polars, duckdb and numba", "",
            "less", "help", {}, "minlex --help", "small-work"),
        Row("mining 100 lines into a new home, the same multiples", "",
            "less", "mine_100_lines", {}, "minlex mine", "small-work"),
        Row("mining again with nothing new, the same multiples", "",
            "less", "nothing_new", {}, "minlex mine", "small-work"),
        Row("cutting one line, the same multiples", "",
            "less", "segment_line", {"jieba": "jieba_line"}, "minlex segment", "small-work"),
    ),
    "ngrams": (
        Row("n-grams of orders 1 to 4 of 48M characters counted, Parquet written, CPU", "s",
            "less", "counting_s", {"Polars, order 4 alone, in memory": "polars_s"}, "minlex mine", "counting-speed"),
        Row("statistics of these n-grams, Parquet written, CPU", "s",
            "less", "statistics_s", {}, "minlex mine", "counting-speed"),
    ),
    "em": (
        Row("a character of unseen lines, exported pieces, 16,000 with bytes and special tokens", "bits",
            "less", "bits", {"SentencePiece": "sentencepiece_bits", "tokenizers": "tokenizers_bits"},
            "minlex export --format sentencepiece --size", "unigram-and-segmenter-speed"),
        Row("fitting and writing these pieces on nine tenths of the newspaper month, CPU", "s",
            "less", "seconds", {"SentencePiece": "sentencepiece_s", "tokenizers": "tokenizers_s"},
            "minlex export --format sentencepiece --size", "unigram-and-segmenter-speed"),
    ),
    "lm": (
        Row("a character of unseen documents, by words after the word before", "bits",
            "less", "word_bigram_marginal_bits", {"words of the four steps": "four_step_bits"},
            "minlex sql @entropy_ladder", "entropy-ladder"),
        Row("a character of unseen documents, after the five characters before it", "bits",
            "less", "kn6_bits", {}, "minlex train lm", "entropy-ladder"),
    ),
    "lexicon": (
        Row("words of the newspaper month, method nvbe, counting and EM included; the peer as many pieces", "s",
            "less", "nvbe_s", {"SentencePiece": "sentencepiece_s"}, "minlex mine --method nvbe", "lexicon-time"),
        Row("65 MB of modern prose, default method, end to end", "s",
            "less", "modern_s", {}, "minlex mine", "lexicon-time"),
    ),
    "segment_speed": (
        Row("text segmented by the lexicon, one thread, Arrow column to Arrow table, CPU", "MB/s",
            "more", "mb_s", {"SentencePiece, piece numbers": "sentencepiece_mb_s", "rjieba": "rjieba_mb_s",
                             "jieba": "jieba_mb_s"},
            "minlex.Segmenter.cut_many", "unigram-and-segmenter-speed"),
        Row("a file of 100 MB segmented by the lexicon, whole command, CPU", "MB/s",
            "more", "cli_mb_s", {}, "minlex segment --model lexicon", "unigram-and-segmenter-speed"),
        Row("a file segmented by the trained segmenter, whole command, CPU", "MB/s",
            "more", "cli_trained_mb_s", {}, "minlex segment", "unigram-and-segmenter-speed"),
    ),
    "library": (
        Row("texts of 20 characters segmented one by one by the lexicon", "texts/s",
            "more", "lcut_lexicon_per_s", {"jieba": "jieba_per_s"}, "minlex.Segmenter.lcut", "library"),
        Row("texts of 20 characters segmented one by one by the trained segmenter", "texts/s",
            "more", "lcut_trained_per_s", {"jieba": "jieba_per_s"}, "minlex.Segmenter.lcut", "library"),
    ),
    "segmentation": (
        Row("F1 on the PKU test text without labels, median of three seeds", "", "more", "pku_f1",
            {"nVBE": "nvbe_f1", "four steps": "four_step_f1", "merging": "merge_f1", "jieba": "jieba_f1"},
            "minlex mine", "segmentation-without-labels"),
    ),
    "crf": (
        Row("F1 on the PKU test text, trained on the newspaper month, vectors and words from raw text", "", "more",
            "pku_f1", {"python-crfsuite, averaged perceptron": "perceptron_f1", "SnowNLP": "snownlp_f1"},
            "minlex train crf --gold", "crf"),
    ),
    "crf_kernels": (
        Row("loss and gradients, 128 sentences of 64 characters", "ms", "less", "loss_ms_full",
            {"pytorch-crf": "loss_peer_ms_full"}, "minlex train crf", "crf"),
        Row("best paths, 128 sentences of 64 characters", "ms", "less", "decode_ms_full",
            {"pytorch-crf": "decode_peer_ms_full"}, "minlex segment --model crf", "crf"),
    ),
    "text_vae": (
        Row("a character of unseen couplets, bound by 100 samples", "bits", "less", "iwae_bits",
            {"the same decoder without z": "twin_bits"}, "minlex train text-vae", "text-vae"),
    ),
}  # fmt: skip


def figures_of(name: str, options: Sequence[str]) -> dict[str, Any] | None:
    """Run a benchmark, showing what it prints; return its figures, None where it printed none."""
    command = [sys.executable, "-m", f"bench.{name}", *options]
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line
    if process.returncode != 0:
        raise SystemExit(process.returncode)
    try:
        figures = json.loads(last)
    except ValueError:
        return None
    return figures if isinstance(figures, dict) else None


def rows_of(name: str, figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows that the figures fill."""
    load = figures.get("load", os.getloadavg()[0])
    return [
        {
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "bench": name,
            "what": row.what,
            "unit": row.unit,
            "better": row.better,
            "ours": _figure(figures[row.ours]),
            "peers": {
                peer: _figure(figures[key]) for peer, key in row.peers.items() if figures.get(key) is not None
            },
            "load": f"{load:.1f}",
            "call": row.call,
            "source": row.source,
        }
        for row in ROWS.get(name, ())
        if figures.get(row.ours) is not None
    ]


def _figure(found: Any) -> float:
    """Return a figure, of those of growing work the first."""
    return round(float(found[0] if isinstance(found, list) else found), 4)


def main() -> None:
    """Run the benchmark named first among the arguments and put its rows in place of those it had."""
    name, *options = sys.argv[1:]
    figures = figures_of(name, options)
    rows = rows_of(name, figures) if figures else []
    if not rows:
        return
    kept = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    new = {row["what"] for row in rows}
    kept = [row for row in kept if not (row["bench"] == name and row["what"] in new)]
    order = list(ROWS)
    lines = sorted(
        [*kept, *rows], key=lambda row: order.index(row["bench"]) if row["bench"] in order else len(order)
    )
    FILE.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lines), encoding="utf-8")
    subprocess.run([sys.executable, "docs/generate.py"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
