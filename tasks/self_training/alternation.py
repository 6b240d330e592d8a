"""Words without labels: a student and a teacher that correct each other, started from branching entropy.

1. nVBE gives every gap a first label;
2. the student, small and cross-fitted, learns the labels from what surrounds a gap: it generalises over
   contexts;
3. the teacher, a word bigram, resamples the segmentation from the student's and gives every gap its posterior
   probability: it generalises over words. These are the labels of the next round.

A gap is a boundary when the mean of both probabilities, averaged over the last rounds, exceeds one half.
Rounds end when one changes fewer boundaries than STILL of all gaps. In the end words that their parts explain
are cut (see redundant).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tasks.ngrams.gram_keys import GramVectors
from tasks.ngrams.spans import fold
from tasks.self_training.bigram import limit_length
from tasks.self_training.features import GapEncoder, GramStatistics, Scale
from tasks.self_training.gibbs import sample_segmentations
from tasks.self_training.nvbe import branching_entropy, segment_by_entropy
from tasks.self_training.redundancy import split_redundant
from tasks.self_training.student import GapContexts, cross_fit, sigmoid, standardise
from tasks.text.grams import Grams, MinedRuns, number_grams, numbered_words

MAX_ROUNDS, RECENT = 14, 2
STILL = 0.004
MAX_LENGTH = 16
CHARACTERS_A_ROUND = 10_000_000
MIN_SWEEPS, MAX_SWEEPS = 6, 40


@dataclass(frozen=True)
class Round:
    """What a round changed, as a share of gaps, and bits per character, each run coded by the others."""

    changed: float
    bits: float


@dataclass(frozen=True)
class Alternation:
    """The words of mined runs: begins bool[n] where one begins, probability float64[n] that one does.

    labels float64[gaps] are what a student of the whole text should learn, from contexts whose features were scaled by
    mean and spread; rounds are what changed on the way.
    """

    begins: np.ndarray
    probability: np.ndarray
    labels: np.ndarray
    grams: Grams
    contexts: GapContexts
    scaling: tuple[np.ndarray, np.ndarray]
    encoder: GapEncoder
    rounds: tuple[Round, ...]


def alternate(
    runs: MinedRuns,
    *,
    vectors: GramVectors | None = None,
    seed: int = 0,
    max_rounds: int = MAX_ROUNDS,
    max_length: int = MAX_LENGTH,
    workers: int = 2,
    watch: Callable[[np.ndarray, Round], None] | None = None,
    time_is_up: Callable[[], bool] = lambda: False,
) -> Alternation:
    """Find the words of mined runs; `watch` sees float64[n] and the figures of every round.

    `vectors` of characters and pairs, folded to half width, are what the student sees besides; no word is longer than
    `max_length`.
    No round begins once `time_is_up` after a finished one.
    """
    character, gaps = runs.character, runs.gaps
    size = len(runs.alphabet)
    scale = Scale.of(np.bincount(character[character >= 0], minlength=size)).limited(max_length)
    grams = number_grams(character, scale.max_length, 1 if scale.unit == 1 else 2)
    left, right = branching_entropy(character, grams)
    statistics = GramStatistics.of(grams, left, right, scale.unit)
    encoder = GapEncoder(scale, size, statistics, vectors or GramVectors.none())
    codes = np.append(fold(runs.alphabet), np.uint32(0))[character]
    contexts = encoder.encode(character, grams.gram, codes, gaps)
    encoder = encoder.standardised(contexts.grams)
    features, mean, spread = standardise(contexts.features)
    contexts, table = contexts._replace(features=features), encoder.table
    run_of_gap = np.cumsum(character < 0)[gaps]
    first = (character >= 0) & (np.concatenate([[-1], character[:-1]]) < 0)

    sweeps = min(max(CHARACTERS_A_ROUND // max(runs.characters, 1), MIN_SWEEPS), MAX_SWEEPS)
    labels = segment_by_entropy(grams, left, right)[gaps].astype(np.float64)
    probability, decided = labels, labels > 0.5
    recent: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=RECENT)
    rounds: list[Round] = []
    bits = 0.0
    for number in range(max_rounds + 1):
        logits = cross_fit(contexts, table, labels, run_of_gap, size, seed * 1000 + number, workers)
        if number > 0:
            recent.append((labels, (labels + sigmoid(logits)) / 2))
            probability = np.mean([p for _, p in recent], axis=0)
            changed = float(np.mean((probability > 0.5) != decided)) if len(gaps) else 0.0
            decided = probability > 0.5
            rounds.append(Round(changed, bits))
            if watch is not None:
                watch(_spread(first, gaps, probability), rounds[-1])
            if number == max_rounds or changed < STILL or time_is_up():
                break
        begins = _words(grams, _spread(first, gaps, logits > 0))
        begins, posterior, bits = sample_segmentations(
            character, grams.gram, begins, len(grams.count),
            sweeps=sweeps, averaged=sweeps * 3 // 4, seed=seed * 1000 + number, workers=workers,
        )  # fmt: skip
        labels = posterior[gaps]
    begins = _words(grams, _spread(first, gaps, decided))
    final = split_redundant(runs, grams, begins)
    cut = (final & ~begins)[gaps]
    labels = np.where(cut, 1.0, np.mean([teacher for teacher, _ in recent], axis=0))
    probability = _spread(first, gaps, np.where(cut, 1.0, probability))
    return Alternation(final, probability, labels, grams, contexts, (mean, spread), encoder, tuple(rounds))


def _words(grams: Grams, begins: np.ndarray) -> np.ndarray:
    return numbered_words(grams, limit_length(grams.gram[:, 0], begins, grams.max_length))


def _spread(first: np.ndarray, gaps: np.ndarray, values: np.ndarray) -> np.ndarray:
    spread = first.astype(values.dtype)
    spread[gaps] = values
    return spread
