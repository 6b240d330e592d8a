"""Figures of whole and stable words: fragments, recall of long words, stability, calibration. Gold is only scored."""

from collections import Counter, defaultdict

import numpy as np

from bench.gold import Words, raw
from tasks.evaluation.spans import word_spans
from tasks.self_training.segmenter import SelfTrainedSegmenter
from tasks.text.characters import decode
from tasks.text.token_rules import HAN, MINED, TokenRules, class_table, runs

LONG, USES, BINS = 5, 5, 10


def fragments(cut: Words, rules: TokenRules) -> list[str]:
    """Return words of two mined characters and more, used five times and more, that are always continued alike.

    That is, on one side the neighbour is the same mined character in every use.
    """
    text = decode(raw(cut))
    places = runs(text, rules)
    neighbours: dict[str, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    uses: Counter[str] = Counter()
    for low, words in zip(text.offsets[:-1].tolist(), cut, strict=True):
        at = low
        for word in words:
            end = at + len(word)
            if (
                len(word) > 1
                and (places[at:end] <= MINED + 1).all()
                and (places[at + 1 : end] == MINED).all()
            ):
                uses[word] += 1
                before, after = neighbours[word]
                # what is no mined character of the run is a neighbour that never repeats
                before.add(int(text.codes[at - 1]) if places[at] == MINED else -uses[word])
                inside = end < len(places) and places[end] == MINED
                after.add(int(text.codes[end]) if inside else -uses[word])
            at = end
    return [
        word for word, count in uses.most_common() if count >= USES and min(map(len, neighbours[word])) == 1
    ]


def long_recall(gold: Words, cut: Words) -> float:
    """Return the recall of gold words of five and more Han characters."""
    hits = total = 0
    for truth, guess in zip(gold, cut, strict=True):
        spans = set(word_spans(guess))
        for word, span in zip(truth, word_spans(truth), strict=True):
            if len(word) >= LONG and (class_table()[[ord(c) for c in word]] == HAN).all():
                total += 1
                hits += span in spans
    return hits / max(total, 1)


def unchanged_share(before: Words, after: Words) -> float:
    """Return which share of the tokens of sentences are tokens in another cut of them."""
    same = sum(len(set(word_spans(b)) & set(word_spans(a))) for b, a in zip(before, after, strict=True))
    return same / max(sum(map(len, before)), 1)


def calibration(model: SelfTrainedSegmenter, gold: Words) -> tuple[float, list[tuple[float, float, int]]]:
    """Return the expected calibration error of boundary probabilities in mined runs, and its bins.

    A bin of equal width is (mean probability, share of gold boundaries, gaps).
    """
    texts = raw(gold)
    text = decode(texts)
    probability, _ = model.boundary_probabilities(texts)
    inside = runs(text, model.token_rules) == MINED
    truth = np.zeros(len(text.codes), np.bool_)
    for low, words in zip(text.offsets[:-1].tolist(), gold, strict=True):
        truth[[low + start for start, _ in word_spans(words)]] = True
    p, y = probability[inside].astype(np.float64), truth[inside]
    place = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    count = np.bincount(place, minlength=BINS)
    mean, share = (np.bincount(place, v, BINS) / np.maximum(count, 1) for v in (p, y))
    error = float((count * np.abs(mean - share)).sum() / max(count.sum(), 1))
    figures = zip(mean.tolist(), share.tolist(), count.tolist(), strict=True)
    bins = [(round(m, 3), round(s, 3), n) for m, s, n in figures]
    return error, bins
