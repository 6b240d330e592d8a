"""What is known of a gap between two characters: the characters around it and the grams that touch it.

Three grams of two units each are looked at: across the gap, up to it and from it. Of each, the pointwise
mutual information of its halves ln(N(xy) N / (N(x) N(y))), ln N(xy), its autonomy (see nvbe) and whether it
crosses the end of the run. Besides, there are frozen vectors (see tasks.ngrams.vectors) of the character before the
gap and after it, and of the pairs across it, before it and after it. A unit is one character, or as many as hold what a
Chinese character holds (9.65 bits, J. Su, kexue.fm 5476). A gram never seen before counts as if the text at hand were
its first occurrence.
"""

from dataclasses import dataclass, replace

import numpy as np

from tasks.ngrams.gram_keys import FIRST, GramVectors, numbers
from tasks.self_training.student import GapContexts
from tasks.text.grams import Grams

BITS_OF_A_UNIT = 9.65
FEATURES = 12


@dataclass(frozen=True)
class Scale:
    """Lengths in characters: of a unit, of the longest word (4 units), of the window beside a gap (3)."""

    unit: int
    max_length: int
    window: int

    @classmethod
    def of(cls, counts: np.ndarray) -> "Scale":
        """Choose by the entropy of the characters, given their counts int64[characters]."""
        used = counts[counts > 0]
        p = used / used.sum() if len(used) else np.ones(1)
        bits = max(-float(np.sum(p * np.log2(p))), 1.0)
        unit = min(max(BITS_OF_A_UNIT / bits, 1.0), 3.0)
        return cls(round(unit), round(4 * unit), round(3 * unit))

    def limited(self, max_length: int) -> "Scale":
        """Return the scale of words of at most `max_length` characters, or two units, which statistics need."""
        return replace(self, max_length=max(min(self.max_length, max_length), 2 * self.unit))


@dataclass(frozen=True)
class GramStatistics:
    """Counts and branching entropies in nats of grams up to two units long, float64[grams] each.

    variation float64[4]: mean and standard deviation, to the right and to the left, of the variation of
    branching entropy over grams of two units; total is the number of characters.
    """

    count: np.ndarray
    left: np.ndarray
    right: np.ndarray
    variation: np.ndarray
    total: float

    @classmethod
    def of(cls, grams: Grams, left: np.ndarray, right: np.ndarray, unit: int) -> "GramStatistics":
        """Collect from numbered grams and their entropies float64[grams]."""
        size = int(grams.offsets[2 * unit])
        of = slice(int(grams.offsets[2 * unit - 1]), size)
        at = grams.first[of]
        rows = []
        for entropy, shift in ((right, 0), (left, 1)):
            variation = entropy[of] - entropy[grams.gram[at + shift, 2 * unit - 2]]
            rows += [variation.mean(), variation.std()] if len(variation) else [0.0, 1.0]
        total = max(float(grams.count[: grams.offsets[1]].sum()), 1.0)
        return cls(grams.count[:size].astype(np.float64), left[:size], right[:size], np.array(rows), total)


@dataclass(frozen=True)
class GapEncoder:
    """Encodes the gaps of runs for a student: a scale, the size of the alphabet, statistics and vectors of grams."""

    scale: Scale
    size: int
    statistics: GramStatistics
    vectors: GramVectors

    def encode(
        self, character: np.ndarray, gram: np.ndarray, codes: np.ndarray, gaps: np.ndarray
    ) -> GapContexts:
        """Encode positions int64[gaps] in runs: character int32[n], gram int32[n, 2 * unit], codes uint32[n].

        Codes are the characters' code points, width folded; those between runs are not looked at.
        """
        return GapContexts(
            characters_around(character, gaps, self.scale.window, self.size),
            gap_features(character, gram, gaps, self.statistics, self.scale.unit),
            grams_around(np.where(character < 0, 0, codes.astype(np.int64)), gaps, self.vectors.keys),
        )

    @property
    def table(self) -> np.ndarray:
        """Vectors by the rows of `grams_around`, float32[rows, dimensions]: zeros for a gram without one."""
        table = np.zeros((FIRST + len(self.vectors.keys), self.vectors.values.shape[1]), np.float32)
        table[FIRST:] = self.vectors.values
        return table

    def standardised(self, grams: np.ndarray) -> "GapEncoder":
        """Return the encoder whose vectors have mean 0 and spread 1 over the occurrences int32[gaps, grams]."""
        rows = np.bincount(grams.ravel(), minlength=FIRST + len(self.vectors.keys))[FIRST:]
        values = self.vectors.values.astype(np.float32)
        share = rows / max(rows.sum(), 1)
        mean = share @ values
        spread = np.sqrt(np.maximum(share @ np.square(values - mean), 1e-6))
        scaled = ((values - mean) / spread).astype(np.float16)
        return replace(self, vectors=GramVectors(self.vectors.keys, scaled))


def grams_around(codes: np.ndarray, gaps: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return rows int32[gaps, 5] of the character before and after each gap, and of pairs across, before, after.

    codes int64[n], 0 between runs; keys int64[grams] as in GramVectors.
    """
    if not len(keys):
        return np.zeros((len(gaps), 0), np.int32)
    before = np.append(np.zeros(1, np.int64), codes[:-1])
    # a pair's row stands at its second character
    single = numbers(keys, codes)
    pair = numbers(keys, np.where((before > 0) & (codes > 0), before << 21 | codes, 0))
    last = len(codes) - 1
    after = np.where(gaps < last, pair[np.minimum(gaps + 1, last)], 0)
    return np.stack([single[gaps - 1], single[gaps], pair[gaps], pair[gaps - 1], after], axis=1)


def characters_around(character: np.ndarray, gaps: np.ndarray, window: int, size: int) -> np.ndarray:
    """Return the characters around each gap int32[gaps, 2 * window]; `size` stands between runs."""
    padded = np.pad(np.where(character < 0, size, character), window, constant_values=size).astype(np.int32)
    return padded[gaps[:, None] + np.arange(2 * window)]


def gap_features(
    character: np.ndarray, gram: np.ndarray, gaps: np.ndarray, statistics: GramStatistics, unit: int
) -> np.ndarray:
    """Return float32[gaps, 12] of positions int64[gaps] in runs int32[n]; gram int32[n, 2 * unit]."""
    n = len(character)
    edge = np.flatnonzero(character < 0)
    end = np.append(edge, n)[np.searchsorted(edge, np.arange(n))]
    features = np.empty((len(gaps), FEATURES), np.float32)
    for place, start in enumerate((gaps - unit, gaps - 2 * unit, gaps)):
        inside = start >= 0
        at = np.maximum(start, 0)
        inside &= (character[at] >= 0) & (end[at] >= at + 2 * unit)
        for column, values in enumerate(_of_grams(gram, at, inside, statistics, unit)):
            features[:, 4 * place + column] = values
    return features


def _of_grams(
    gram: np.ndarray, at: np.ndarray, inside: np.ndarray, statistics: GramStatistics, unit: int
) -> list[np.ndarray]:
    last = len(gram) - 1

    def look_up(values: np.ndarray, start: np.ndarray, length: int, missing: float) -> np.ndarray:
        number = gram[np.minimum(start, last), length - 1]
        if not len(values):
            return np.full(len(start), missing)
        return np.where(number >= 0, values[number], missing)

    count = look_up(statistics.count, at, 2 * unit, 1.0)
    halves = look_up(statistics.count, at, unit, 1.0) * look_up(statistics.count, at + unit, unit, 1.0)
    pmi = np.log(count * statistics.total / halves)
    score = np.zeros(len(at))
    mean_right, spread_right, mean_left, spread_left = statistics.variation
    for entropy, shift, mean, spread in (
        (statistics.right, 0, mean_right, spread_right),
        (statistics.left, 1, mean_left, spread_left),
    ):
        shorter = look_up(entropy, at + shift, 2 * unit - 1, 0.0)
        variation = look_up(entropy, at, 2 * unit, 0.0) - shorter
        score += (variation - mean) / spread if spread > 0 else 0.0
    return [
        np.where(inside, pmi, 0),
        np.where(inside, np.log(count), 0),
        np.where(inside, score, 0),
        ~inside * 1.0,
    ]
