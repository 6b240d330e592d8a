"""Segmentation by branching entropy alone: nVBE (Magistry & Sagot 2012).

The right branching entropy of a gram is the entropy of the character that follows it,

    h(x) = ln N(x) - sum_c N(xc) ln N(xc) / N(x),

the end of a run counting as a neighbour that never repeats. Its variation h(x_1..n) - h(x_1..n-1), for n = 1
taken from the entropy of characters, standardised over the gram types of a length, is how far x ends where a
word ends; likewise to the left. Their sum is the autonomy of x, and the segmentation maximises
sum_w |w| autonomy(w). Entropies are in nats.
"""

import numpy as np
from numba import njit

from tasks.text.grams import Grams, number_grams

_ROUNDING = 1e-9


def branching_entropy(character: np.ndarray, grams: Grams) -> tuple[np.ndarray, np.ndarray]:
    """Return (left, right) float64[grams], nats, of the grams of runs int32[n]."""
    size = len(grams.count)
    left, right = np.zeros(size), np.zeros(size)
    extended = number_grams(character, grams.max_length + 1)
    longer = np.arange(extended.offsets[1], len(extended.count))
    length = extended.length[longer]
    at = extended.first[longer]
    weight = extended.count[longer] * np.log(extended.count[longer])
    for side, start in ((right, at), (left, at + 1)):
        parent = grams.gram[start, length - 2]
        known = parent >= 0
        side += np.bincount(parent[known], weight[known], size)
        side[:] = np.log(grams.count) - side / grams.count
    return left, right


def autonomy(grams: Grams, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the standardised variation of branching entropy, left plus right, float64[grams]."""
    share = grams.count[: grams.offsets[1]] / grams.count[: grams.offsets[1]].sum()
    base = -float(np.sum(share * np.log(share)))
    score = np.zeros(len(grams.count))
    for k in range(grams.max_length):
        of = slice(int(grams.offsets[k]), int(grams.offsets[k + 1]))
        at = grams.first[of]
        for entropy, shift in ((right, 0), (left, 1)):
            shorter = base if k == 0 else entropy[grams.gram[at + shift, k - 1]]
            variation = entropy[of] - shorter
            spread = variation.std() if len(variation) else 0.0
            score[of] += (variation - variation.mean()) / spread if spread > _ROUNDING else 0.0
    return score


def best_cover(gram: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return bool[n], where words begin in the cover of each run by grams with the largest sum of scores.

    gram int32[n, max_length]; score float64[grams].
    """
    begins = np.zeros(len(gram), np.bool_)
    _best_cover(gram, score, begins)
    return begins


def segment_by_entropy(grams: Grams, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return bool[n], true where a word begins by nVBE, from the grams' branching entropies float64[grams]."""
    return best_cover(grams.gram, autonomy(grams, left, right) * grams.length)


@njit(cache=True, nogil=True)
def _best_cover(gram, score, begins):
    n, longest = gram.shape
    best = np.zeros(n + 1)
    reach = np.ones(n, np.int64)
    for i in range(n - 1, -1, -1):
        if gram[i, 0] < 0:
            best[i] = 0.0
            continue
        best[i] = -np.inf
        for k in range(longest):
            if gram[i, k] >= 0 and score[gram[i, k]] + best[i + k + 1] > best[i]:
                best[i] = score[gram[i, k]] + best[i + k + 1]
                reach[i] = k + 1
    i = 0
    while i < n:
        if gram[i, 0] >= 0:
            begins[i] = True
        i += reach[i]
