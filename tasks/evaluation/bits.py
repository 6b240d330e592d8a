"""Bits one character costs: L = H / l (J. Su, kexue.fm 5476, eq. 2.6-2.8).

H = -sum_w p_w log2 p_w,   l = sum_w p_w l_w,   p_w = N_w / sum N_w
"""

import numpy as np


def bits_per_character(counts: np.ndarray, lengths: np.ndarray) -> float:
    """Return L of a segmentation, bits, from its token types' counts [n] and lengths in characters [n].

    >>> bits_per_character(np.array([3, 3]), np.array([2, 2]))
    0.5
    """
    used = np.asarray(counts, np.float64)
    if len(used) != len(lengths):
        raise ValueError(f"counts and lengths must be equally many, got {len(used)} and {len(lengths)}")
    if np.any(used < 0):
        raise ValueError(f"counts must not be negative, got {used.min():g}")
    total = used.sum()
    if total == 0:
        return 0.0
    p = used[used > 0] / total
    entropy = -float(np.sum(p * np.log2(p)))
    return abs(entropy) / float(np.sum(p * np.asarray(lengths)[used > 0]))


def character_bits(counts: np.ndarray) -> float:
    """Return L of single characters, their entropy in bits, from their counts [n]."""
    return bits_per_character(counts, np.ones(len(counts), np.int64))
