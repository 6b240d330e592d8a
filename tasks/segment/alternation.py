"""Words without labels: a student and a teacher that correct each other, started from branching entropy.

1. nVBE gives every gap a first label;
2. the student, small and cross-fitted, learns the labels from what surrounds a gap: it generalises over contexts;
3. the teacher, a word bigram, resamples the segmentation from the student's and gives every gap its posterior
   probability: it generalises over words. These are the labels of the next round.

A gap is a boundary when the mean of both probabilities exceeds one half. Rounds end when a round changes fewer
boundaries than STILL of all gaps, or no longer changes fewer than the one before.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tasks.segment.bigram import limit_length
from tasks.segment.gaps import GramStatistics, Scale, characters_around, gap_features
from tasks.segment.gibbs import sample_segmentations
from tasks.segment.grams import Grams, MinedRuns, number_grams
from tasks.segment.nvbe import autonomy, best_cover, branching_entropy
from tasks.segment.student import cross_fit, sigmoid

MAX_ROUNDS, SWEEPS, AVERAGED = 10, 6, 4
STILL = 0.005


@dataclass(frozen=True)
class Round:
    """What a round changed (share of gaps), and bits per character of the text, each run coded by the others."""

    changed: float
    bits: float


@dataclass(frozen=True)
class Alternation:
    """Boundaries of the mined runs: probability float64[n] that a word begins at each character, and the rounds.

    labels float64[gaps] are the teacher's last probabilities.
    """

    probability: np.ndarray
    labels: np.ndarray
    grams: Grams
    statistics: GramStatistics
    scale: Scale
    rounds: tuple[Round, ...]


def alternate(
    runs: MinedRuns,
    *,
    seed: int = 0,
    max_rounds: int = MAX_ROUNDS,
    workers: int = 2,
    watch: Callable[[np.ndarray, Round], None] | None = None,
) -> Alternation:
    """Find the words of mined runs; `watch` sees float64[n] and the figures of every round."""
    character, gaps = runs.character, runs.gaps
    size = len(runs.alphabet)
    scale = Scale.of(np.bincount(character[character >= 0], minlength=size))
    grams = number_grams(character, scale.max_length, 1 if scale.unit == 1 else 2)
    left, right = branching_entropy(character, grams)
    statistics = GramStatistics.of(grams, left, right, scale.unit)
    around = characters_around(character, gaps, scale.window, size)
    features = gap_features(character, grams.gram, gaps, statistics, scale.unit)
    run_of_gap = np.cumsum(character < 0)[gaps]
    first = (character >= 0) & (np.concatenate([[-1], character[:-1]]) < 0)

    labels = best_cover(grams.gram, autonomy(grams, left, right) * grams.length)[gaps].astype(np.float64)
    decided = labels > 0.5
    rounds: list[Round] = []
    for number in range(max_rounds + 1):
        logits = cross_fit(around, features, labels, run_of_gap, size, seed * 1000 + number, workers)
        if rounds:
            probability = (labels + sigmoid(logits)) / 2
            changed = float(np.mean((probability > 0.5) != decided)) if len(gaps) else 0.0
            decided = probability > 0.5
            rounds[-1] = Round(changed, rounds[-1].bits)
            if watch is not None:
                watch(_spread(first, gaps, probability), rounds[-1])
            if number == max_rounds or _settled(rounds):
                break
        begins = first.copy()
        begins[gaps[logits > 0]] = True
        begins = _numbered(character, grams.gram, limit_length(character, begins, scale.max_length))
        _, posterior, bits = sample_segmentations(
            character, grams.gram, begins, len(grams.count),
            sweeps=SWEEPS, averaged=AVERAGED, seed=seed * 1000 + number, workers=workers,
        )  # fmt: skip
        labels = posterior[gaps]
        rounds.append(Round(1.0, bits))
    return Alternation(
        _spread(first, gaps, probability), labels, grams, statistics, scale, tuple(rounds)
    )


def _settled(rounds: list[Round]) -> bool:
    return rounds[-1].changed < STILL or (len(rounds) > 2 and rounds[-1].changed >= rounds[-2].changed)


def _spread(first: np.ndarray, gaps: np.ndarray, probability: np.ndarray) -> np.ndarray:
    spread = first.astype(np.float64)
    spread[gaps] = probability
    return spread


def _numbered(character: np.ndarray, gram: np.ndarray, begins: np.ndarray) -> np.ndarray:
    # a word that is no numbered gram (too rare to be one) is cut into characters
    starts = np.flatnonzero(begins)
    inside = np.flatnonzero(character >= 0)
    owner = np.searchsorted(starts, inside, "right") - 1
    length = np.bincount(owner, minlength=len(starts))
    bad = gram[starts, length - 1] < 0
    result = begins.copy()
    result[inside[bad[owner]]] = True
    return result
