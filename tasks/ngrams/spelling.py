"""From sorted keys back to characters: words of 63 bits (rows.py), unit by unit.

Units are spelled by groups of three characters, which are words already; at its place in the window a group is
shifted into one word or two. Where units overlap they agree, so their characters are joined by or.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.ngrams.alphabet import Spelling
from tasks.ngrams.layout import Layout
from tasks.ngrams.rows import CHARS_PER_WORD, words_for

_WORD = (1 << 63) - 1


class _Letters(NamedTuple):
    """Where the keys hold the up to three characters of one word: shifts and masks UInt64[3], masks 0 past the last.

    The first character of a window also has the number of the bucket, times `step`, in its rank; `step` is 0 for all
    other words. `spelled` Int64[ranks] are the words of single characters.
    """

    spelled: np.ndarray
    shifts: np.ndarray
    masks: np.ndarray
    step: int


@njit(cache=True, nogil=True)
def _spell_letters(keys, bounds, base, letters, out):
    first, second, third = letters.shifts
    first_mask, second_mask, third_mask = letters.masks
    for bucket in range(len(bounds) - 1):
        high = np.uint64((base + bucket) * letters.step)
        for i in range(bounds[bucket], bounds[bucket + 1]):
            key = keys[i]
            out[i] = (
                letters.spelled[high | key >> first & first_mask]
                | letters.spelled[key >> second & second_mask] >> 21
                | letters.spelled[key >> third & third_mask] >> 42
            )


@njit(cache=True, nogil=True)
def _place_first(keys, bounds, base, bucket_shift, shift, spelled, out):
    mask = (np.uint64(1) << np.uint64(bucket_shift)) - np.uint64(1)
    # A first unit that the bucket holds completely has no bits in the key, and its shift may be all 64.
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
    if plan.wide.width == 1:
        for word, out in enumerate(words):
            _spell_letters(keys, bounds, base, _letters(plan, word), out)
        return words
    groups = plan.wide.words
    for group, spelled in enumerate(groups):
        _place_first(keys, bounds, base, plan.bucket_shift, plan.shift(0), spelled, words[group])
    words[len(groups) :] = 0
    for unit in range(1, plan.units):
        _add(keys, plan.wide, plan.shift(unit), plan.offset(unit), words)
    if plan.tail:
        _add(keys, plan.single, int(plan.flag), plan.depth - 1, words)
    return words


def _letters(plan: Layout, word: int) -> _Letters:
    shifts, masks = np.zeros((2, CHARS_PER_WORD), dtype=np.uint64)
    units = range(word * CHARS_PER_WORD, min((word + 1) * CHARS_PER_WORD, plan.units))
    for place, unit in enumerate(units):
        bits = plan.wide.bits if unit else plan.bucket_shift
        shifts[place] = plan.shift(unit) if bits else 0
        masks[place] = (1 << bits) - 1
    return _Letters(plan.wide.words[0], shifts, masks, 0 if word else 1 << plan.bucket_shift)


def _add(keys: np.ndarray, spelling: Spelling, shift: int, offset: int, words: np.ndarray) -> None:
    """Write the unit at bit `shift` of the keys to character `offset` of the windows."""
    for group, spelled in enumerate(spelling.words):
        word, at = divmod(offset + group * CHARS_PER_WORD, CHARS_PER_WORD)
        _place(keys, spelling.bits, shift, spelled, 21 * at, words[word])
        if at + min(CHARS_PER_WORD, spelling.width - group * CHARS_PER_WORD) > CHARS_PER_WORD:
            _place_rest(keys, spelling.bits, shift, spelled, 63 - 21 * at, words[word + 1])
