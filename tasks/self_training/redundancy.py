"""Words of a segmentation that their parts explain, cut into them: the fourth step on running text.

The lexicon is read off the segmentation, its redundant words are found longest first (see
tasks.lexicon.redundancy: ln p_word - sum ln p_parts <= 1), and each is replaced by its parts where it stands.
"""

import numpy as np
from numba import njit

from tasks.lexicon.redundancy import Verdict, remove_redundant
from tasks.text.characters import strings
from tasks.text.grams import Grams, MinedRuns, gram_strings


def split_redundant(runs: MinedRuns, grams: Grams, begins: np.ndarray) -> np.ndarray:
    """Return begins bool[n] with every redundant word cut into its parts; words must be numbered grams."""
    starts = np.flatnonzero(begins)
    inside = np.flatnonzero(runs.character >= 0)
    length = np.bincount(np.searchsorted(starts, inside, "right") - 1, minlength=len(starts))
    word = grams.gram[starts, length - 1]
    count = np.bincount(word, minlength=len(grams.count))
    listed = np.flatnonzero((count > 0) | (grams.length == 1))
    lengths = grams.length[listed].astype(np.int64)
    verdict = remove_redundant(
        strings(*gram_strings(runs, grams, listed)), lengths, count[listed], np.zeros(len(listed), np.bool_)
    )
    cuts, offsets = _final_cuts(verdict, lengths)
    entry = np.full(len(grams.count), -1, np.int64)
    entry[listed] = np.arange(len(listed))
    result = begins.copy()
    _apply(starts, entry[word], cuts, offsets, result)
    return result


def _final_cuts(verdict: Verdict, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # a part may itself have fallen out later, so the cuts of shorter words are settled first
    inner: list[list[int]] = [[] for _ in lengths]
    part, bounds = verdict.parts.values.tolist(), verdict.parts.offsets.tolist()
    out = np.flatnonzero(~verdict.kept)
    for i in out[np.argsort(lengths[out], kind="stable")].tolist():
        place = 0
        for k in part[bounds[i] : bounds[i + 1]]:
            inner[i] += [place, *(place + cut for cut in inner[k])]
            place += int(lengths[k])
        inner[i] = inner[i][1:]
    offsets = np.concatenate([[0], np.cumsum([len(cut) for cut in inner], dtype=np.int64)])
    return np.array([cut for cuts in inner for cut in cuts], np.int64), offsets


@njit(cache=True, nogil=True)
def _apply(starts, entry, cuts, offsets, begins):
    for token in range(len(starts)):
        for cut in range(offsets[entry[token]], offsets[entry[token] + 1]):
            begins[starts[token] + cuts[cut]] = True
