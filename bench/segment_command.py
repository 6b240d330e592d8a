"""The command `minlex segment` beside the library that it calls, for bench.segment_speed.

    rate  = megabytes of text / CPU seconds of the whole process tree, its start and end included
    share = rate of `python -m flows segment FILE --workers 1` / rate of the library on one thread

The library is given the same lines as Arrow columns in memory and returns an Arrow table of words; both cut with what
one `mine` of the People's Daily at default settings, and a short `train crf`, left in a home. Rounds are interleaved.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import pyarrow as pa

from flows.commands.segment_lines import published_segmenter

ROOT = Path(__file__).parents[1]
CORPUS = "paper"
SHORT_CRF = "[crf]\nsilver_chars = 50000\n[crf.training]\nepochs = 1\n"


class Case(NamedTuple):
    """A model, the text it is given, in megabytes, and how often."""

    model: Literal["lexicon", "trained", "crf"]
    megabytes: int
    rounds: int


CASES = (Case("lexicon", 100, 5), Case("trained", 10, 3), Case("crf", 2, 3))


def command_figures(texts: Sequence[str], folder: Path) -> dict[str, object]:
    """Return the figures of each model's command, the corpus being made of the lines first."""
    home = folder / "home"
    _make_corpus(texts, folder, home)
    figures: dict[str, object] = {}
    for case in CASES:
        prefix = "cli" if case.model == "lexicon" else f"cli_{case.model}"
        figures |= {
            f"{prefix}_{name}": figure for name, figure in _compare(case, texts, folder, home).items()
        }
    return figures


def _make_corpus(texts: Sequence[str], folder: Path, home: Path) -> None:
    text, settings = folder / "paper.txt", folder / "crf.toml"
    text.write_text("".join(f"{line}\n" for line in texts), encoding="utf-8")
    settings.write_text(SHORT_CRF, encoding="utf-8")
    _run(home, "mine", str(text), "--corpus", CORPUS, "--quiet")
    _run(home, "train", "crf", "--corpus", CORPUS, "--settings", str(settings), "--quiet")


def _compare(case: Case, texts: Sequence[str], folder: Path, home: Path) -> dict[str, float]:
    columns = _columns(texts, case.megabytes * 1_000_000)
    file, written = folder / "text.txt", folder / "cut.txt"
    with file.open("w", encoding="utf-8") as lines:
        for column in columns:
            lines.writelines(f"{line}\n" for line in column.to_pylist())
    arguments = ("segment", str(file), "--corpus", CORPUS, "--model", case.model)
    segmenter = published_segmenter(CORPUS, str(home), case.model)
    command, library, wall = [], [], []
    for _ in range(case.rounds):
        command.append(_run(home, *arguments, "--workers", "1", out=written))
        begun = time.process_time()
        for column in columns:
            segmenter.segment(column).to_arrow()
        library.append(time.process_time() - begun)
        waiting = time.perf_counter()
        _run(home, *arguments, out=written)
        wall.append(time.perf_counter() - waiting)
    megabytes = file.stat().st_size / 1e6
    if written.read_bytes().replace(b" ", b"") != file.read_bytes().replace(b" ", b""):
        raise SystemExit(f"the command with --model {case.model} wrote another text than it was given")
    rates = {"mb_s": command, "library_mb_s": library, "wall_mb_s": wall}
    share = round(statistics.median(library) / statistics.median(command), 3)
    return {name: round(megabytes / statistics.median(times), 2) for name, times in rates.items()} | {
        "share": share
    }


def _columns(texts: Sequence[str], size: int) -> list[pa.StringArray]:
    """Return the lines as often as they make up so many bytes, a column each time."""
    whole, columns = pa.array(texts, pa.string()), []
    ends = whole.buffers()[1]
    offsets = memoryview(ends).cast("i")
    while size > 0:
        fits = next((row for row in range(len(whole)) if offsets[row] + row >= size), len(whole))
        columns.append(whole.slice(0, fits))
        size -= offsets[fits] + fits
    return columns


def _run(home: Path, *arguments: str, out: Path | None = None) -> float:
    """Run the command, return the CPU seconds of it and of all that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"MINLEX_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with (out or Path(os.devnull)).open("wb") as sink:
        command = [sys.executable, "-m", "flows", *arguments]
        subprocess.run(command, stdout=sink, env=environment, cwd=ROOT, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
