"""The cheapest spelling of a word by words shorter than it, all from one lattice of the words."""

import numpy as np
import pyarrow as pa
from numba import njit

from tasks.text.ragged import Ragged
from tasks.text.trie import build_trie
from tasks.unigram.lattice import UNREACHABLE, Lattice, build_lattice, cheapest_path, path_scratch

BARRED = -1


def spelling_lattice(words: pa.StringArray) -> Lattice:
    """Return the lattice of distinct words over themselves, a span each."""
    return build_lattice(words, build_trie(words))


def cheapest_parts(lattice: Lattice, costs: np.ndarray, chosen: np.ndarray | None = None) -> Ragged:
    """Spell the chosen words int64[m], all when left out, by shorter ones: the parts of each; a character is its own.

    costs [words] are integers or floats and not negative, BARRED for a word that must not be a part; among equals the
    fewest parts come first, then the longest first part. ValueError when a word has no spelling.
    """
    chosen = np.arange(len(lattice.spans) - 1) if chosen is None else chosen
    parts = np.empty(int(np.diff(lattice.spans)[chosen].sum()), np.int64)
    offsets = np.zeros(len(chosen) + 1, np.int64)
    failed = _spell(lattice, costs, chosen, path_scratch(lattice, costs), parts, offsets)
    if failed >= 0:
        raise ValueError(
            f"every character of a word must be a word, got word {failed} that no shorter ones spell"
        )
    return Ragged(parts[: offsets[-1]], offsets)


def distinct(parts: Ragged) -> tuple[Ragged, np.ndarray]:
    """Return the parts of each word without repetition, in ascending order, and how often each occurs in it."""
    if not len(parts.values):
        return parts, parts.values
    width = int(parts.values.max()) + 1
    key, times = np.unique(parts.owners * width + parts.values, return_counts=True)
    return Ragged(key % width, np.searchsorted(key // width, np.arange(len(parts.offsets)))), times


@njit(cache=True, nogil=True)
def _spell(lattice, costs, chosen, path, parts, offsets):
    written = 0
    for k in range(len(chosen)):
        low, high = lattice.spans[chosen[k]], lattice.spans[chosen[k] + 1]
        if cheapest_path(lattice, low, high, costs, max(high - low - 1, 1), path) >= UNREACHABLE:
            return chosen[k]
        i = low
        while i < high:
            edge = path.edge[i - low]
            parts[written] = lattice.word[edge]
            written += 1
            i += lattice.length[edge]
        offsets[k + 1] = written
    return -1
