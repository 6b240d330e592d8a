"""The fourth step: remove words that their parts explain (J. Su, kexue.fm 5476).

Longest first: without the word, the rest spells it in the likeliest way; it comes back only if

    ln p_word - sum ln p_parts > 1,     p = count / sum of counts

and otherwise gives its count to each of its parts. Words of one length cannot be parts of each other, so a
length is decided at once, by the counts that longer words left behind. A character that is never a piece by
itself costs as if it were one once.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tasks.lexicon.gain import gain_of_kept
from tasks.text.ragged import Ragged
from tasks.unigram.segmenter import unit_costs
from tasks.unigram.spelling import BARRED, cheapest_parts, distinct, spelling_lattice

MIN_ADVANTAGE = 1.0
_NEVER_ALONE = 1.0


@dataclass(frozen=True)
class Verdict:
    """Redundancy of every word: kept bool[n], its count when considered and in the end, advantage in nats.

    gain is in bits of the corpus; a single character is kept, with itself as its part.
    """

    kept: np.ndarray
    considered: np.ndarray
    count: np.ndarray
    advantage: np.ndarray
    gain: np.ndarray
    parts: Ragged


def log_probabilities(counts: np.ndarray) -> np.ndarray:
    """Return ln p float64[n], p = count / sum; a count of 0 costs like 1."""
    used = np.maximum(np.asarray(counts, np.float64), _NEVER_ALONE)
    return np.minimum(np.log(used / used.sum()), 0.0)


def remove_redundant(
    words: pa.StringArray, lengths: np.ndarray, counts: np.ndarray, fixed: np.ndarray
) -> Verdict:
    """Decide every word longer than a character; `fixed` ones (bool[n]) stay whatever their parts say.

    words [n] with lengths and counts int64[n]; all their characters must be among them.
    """
    n = len(words)
    count = np.asarray(counts, np.int64).copy()
    kept = np.ones(n, np.bool_)
    advantage, gain = np.zeros(n), np.zeros(n)
    considered = count.copy()
    spelled: list[np.ndarray] = [np.full(1, i) for i in range(n)]
    lattice = spelling_lattice(words)
    for length in sorted(set(lengths[lengths > 1].tolist()), reverse=True):
        level = np.flatnonzero(lengths == length)
        considered[level] = count[level]
        log_p = log_probabilities(count)
        parts = cheapest_parts(lattice, np.where(kept, unit_costs(log_p), BARRED), level)
        cost = np.add.reduceat(log_p[parts.values], parts.offsets[:-1])
        advantage[level] = log_p[level] - cost
        held, times = distinct(parts)
        gain[level] = gain_of_kept(count[level], count[held.values], held.offsets, float(count.sum()), times)
        for k, i in enumerate(level):
            spelled[i] = parts.row(k)
        out = (advantage[level] <= MIN_ADVANTAGE) & ~fixed[level]
        given = out[parts.owners]
        np.add.at(count, parts.values[given], count[level][parts.owners][given])
        kept[level[out]] = False
        count[level[out]] = 0
    return Verdict(kept, considered, count, advantage, gain, Ragged.of(spelled))
