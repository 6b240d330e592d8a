"""From sorted keys back to characters: words of 63 bits (rows.py), unit by unit.

Units are spelled by groups of three characters, which are words already; at its place in the window a group is
shifted into one word or two. Where units overlap they agree, so their characters are joined by or.
"""

import numpy as np
from numba import njit

from tasks.ngrams.layout import Layout
from tasks.ngrams.rows import CHARS_PER_WORD, words_for
from tasks.ngrams.units import Spelling

_WORD = (1 << 63) - 1


@njit(cache=True, nogil=True)
def _place_first(keys, bounds, base, bucket_shift, shift, spelled, out):
    mask = (np.uint64(1) << np.uint64(bucket_shift)) - np.uint64(1)
    # A first unit that the bucket says whole has no bits in the key, and its shift may be all 64.
    shift = np.uint64(shift if bucket_shift else 0)
    for bucket in range(len(bounds) - 1):
        high = np.uint64(base + bucket) << np.uint64(bucket_shift)
        for i in range(bounds[bucket], bounds[bucket + 1]):
            out[i] = spelled[high | keys[i] >> shift & mask]


@njit(cache=True, nogil=True)
def _place(keys, bits, shift, spelled, right, out):
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    shift = np.uint64(shift)
    for i in range(len(keys)):
        out[i] |= spelled[keys[i] >> shift & mask] >> right


@njit(cache=True, nogil=True)
def _place_rest(keys, bits, shift, spelled, left, out):
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    shift = np.uint64(shift)
    for i in range(len(keys)):
        out[i] |= spelled[keys[i] >> shift & mask] << left & _WORD


def spell(plan: Layout, keys: np.ndarray, bounds: np.ndarray, base: int) -> np.ndarray:
    """Return the windows of keys as words Int64[words, keys]; bounds[0] is that of bucket `base`."""
    words = np.empty((words_for(plan.depth), len(keys)), dtype=np.int64)
    groups = plan.wide.words
    for group, spelled in enumerate(groups):
        _place_first(keys, bounds, base, plan.bucket_shift, plan.shift(0), spelled, words[group])
    words[len(groups) :] = 0
    for unit in range(1, plan.units):
        _add(keys, plan.wide, plan.shift(unit), plan.offset(unit), words)
    if plan.tail:
        _add(keys, plan.single, int(plan.flag), plan.depth - 1, words)
    return words


def _add(keys: np.ndarray, spelling: Spelling, shift: int, offset: int, words: np.ndarray) -> None:
    """Put the unit whose rank is `shift` bits up in the keys to the character `offset` of the windows."""
    for group, spelled in enumerate(spelling.words):
        word, at = divmod(offset + group * CHARS_PER_WORD, CHARS_PER_WORD)
        _place(keys, spelling.bits, shift, spelled, 21 * at, words[word])
        if at + min(CHARS_PER_WORD, spelling.width - group * CHARS_PER_WORD) > CHARS_PER_WORD:
            _place_rest(keys, spelling.bits, shift, spelled, 63 - 21 * at, words[word + 1])
