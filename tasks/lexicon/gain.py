"""The exact gain of merging units into one word (J. Su, kexue.fm 5476, eq. 2.11 and 2.16).

The cost of a corpus is N H = N ln N - sum_w N_w ln N_w, with N tokens, N_w of type w. When c occurrences of a word
of k units, unit i occurring t_i times in it, become one token each, of a type that m tokens had before, it falls by

    c ln(c N^(k-1) / prod N_i^t_i) - (N-(k-1)c) ln(1-(k-1)c/N) + sum_i (N_i - t_i c) ln(1 - t_i c/N_i)
        + m ln(1 + c/m) + c ln(1 + m/c)                                                             nats

over distinct units i: N times F_a of 2.16, and of 2.11 for a pair. With t_i, words such as 哈哈 or 来来往往 are exact
too, if c counts occurrences that do not overlap. The last line is for a type that came about in another way before
(共和+国, 共+和国). Bits per character fall by that / (ln 2 * characters).
"""

import numpy as np
from numba import njit

LN2 = float(np.log(2.0))


@njit(cache=True, nogil=True)
def merge_gain(count, parts, times, existing, tokens, column, total):
    """Return the drop of N H in nats when `count` occurrences of a word become tokens of a type with `existing`.

    The word holds the unit of row parts[i] times[i] times, a unit that is given twice has 0 at one of the places;
    tokens[row, column] of it are in the text of `total`, taken for as many as the word needs where they are fewer.
    """
    if count <= 0:
        return 0.0
    gain = np.log(count / total)
    rest = 0.0
    width = 0
    for i in range(len(times)):
        if times[i] > 0:
            used = times[i] * count
            held = max(tokens[parts[i], column], used)
            gain -= times[i] * np.log(held / total)
            if used < held:
                rest += (held - used) * np.log1p(-used / held)
            width += times[i]
    lost = (width - 1) * count
    gain = gain * count + rest - (total - lost) * np.log1p(-lost / total)
    if existing > 0:
        gain += existing * np.log1p(count / existing) + count * np.log1p(existing / count)
    return gain


def word_gain(
    word: np.ndarray, parts: np.ndarray, offsets: np.ndarray, total: np.ndarray | float, times: np.ndarray
) -> np.ndarray:
    """Return the gain of each word that is not there yet, nats of the corpus; float64[n].

    Word counts [n], their distinct parts' counts and multiplicities flat with offsets [n + 1], tokens in all, of one
    corpus or one for each word [n]. ValueError when a part occurs less often than its word needs it.
    """
    counts, held = np.asarray(word, np.float64), np.asarray(parts, np.float64)
    owner = np.repeat(np.arange(len(counts)), np.diff(offsets))
    rest = held - times * counts[owner]
    if np.any(rest < -1e-12 * held):
        worst = int(np.argmin(rest))
        raise ValueError(
            f"a part must occur at least as often as its word uses it, got {np.asarray(parts)[worst]} parts "
            f"for {np.asarray(word)[owner[worst]]} words with {int(times[worst])} each"
        )
    totals = np.broadcast_to(np.asarray(total, np.float64), counts.shape)
    return _gains(
        counts, held.reshape(-1, 1), np.asarray(offsets, np.int64), totals, np.asarray(times, np.int64)
    )


def gain_of_kept(
    word: np.ndarray, parts: np.ndarray, offsets: np.ndarray, total: float, times: np.ndarray
) -> np.ndarray:
    """Return the bits a corpus of `total` tokens saves by each word it already uses `word` times; float64[n].

    The merge is seen from the corpus in which the word is still spelled by its parts: parts and tokens gain
    what the word would give back. 0 for a word that is not used.
    """
    used = np.asarray(word, np.float64)
    owner = np.repeat(np.arange(len(used)), np.diff(offsets))
    spelled = np.asarray(parts, np.float64) + times * used[owner]
    before = total + (np.bincount(owner, times, len(used)) - 1) * used
    return word_gain(used, spelled, offsets, before, times) / LN2


@njit(cache=True, nogil=True)
def _gains(counts, held, offsets, totals, times):
    gains = np.empty(len(counts))
    for i in range(len(counts)):
        parts = np.arange(offsets[i], offsets[i + 1])
        gains[i] = merge_gain(counts[i], parts, times[offsets[i] : offsets[i + 1]], 0, held, 0, totals[i])
    return gains
