"""The likeliest spelling of every word by other words, all from one trie and one lattice of the words."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit

from tasks.text.trie import build_trie
from tasks.unigram.em import build_lattice


@dataclass(frozen=True)
class Parts:
    """The cheapest spelling of words: parts of word i are part[offsets[i]:offsets[i + 1]], indices int64."""

    part: np.ndarray
    offsets: np.ndarray

    def distinct(self) -> "tuple[np.ndarray, np.ndarray, np.ndarray]":
        """Return (part, multiplicity, offsets) with each part once a word."""
        if not len(self.part):
            return self.part, self.part, self.offsets
        owner = np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))
        width = int(self.part.max()) + 1
        key, times = np.unique(owner * width + self.part, return_counts=True)
        return key % width, times, np.searchsorted(key // width, np.arange(len(self.offsets)))


def cheapest_parts(words: pa.StringArray, log_p: np.ndarray) -> Parts:
    """Spell each word by words shorter than it, which all may be used; a character is its own part.

    log_p float64[words]; ValueError when one of their characters is not a word.
    """
    lattice = build_lattice(words, build_trie(words))
    part = np.empty(lattice.characters, np.int64)
    offsets = np.zeros(len(words) + 1, np.int64)
    _spell(*lattice, log_p, part, offsets)
    return Parts(part[: offsets[-1]], offsets)


@njit(cache=True, nogil=True)
def _spell(first, length, word, starts, log_p, part, offsets):
    n = len(starts)
    best = np.empty(n + 1)
    edge = np.empty(n, np.int64)
    low = written = spelled = 0
    while low < n:
        high = low + 1
        while high < n and not starts[high]:
            high += 1
        best[high] = 0.0
        for i in range(high - 1, low - 1, -1):
            best[i] = -np.inf
            for e in range(first[i], first[i + 1]):
                if length[e] == high - low and length[e] > 1:
                    continue
                total = log_p[word[e]] + best[i + length[e]]
                if total >= best[i]:
                    best[i] = total
                    edge[i] = e
        i = low
        while i < high:
            part[written] = word[edge[i]]
            written += 1
            i += length[edge[i]]
        spelled += 1
        offsets[spelled] = written
        low = high


def ragged(pieces: list[np.ndarray]) -> Parts:
    """Lay the parts of words end to end."""
    offsets = np.concatenate([[0], np.cumsum([len(p) for p in pieces], dtype=np.int64)])
    return Parts(np.concatenate([np.zeros(0, np.int64), *pieces]), offsets)
