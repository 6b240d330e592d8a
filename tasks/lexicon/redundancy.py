"""The fourth step: a word that its parts explain is taken out (J. Su, kexue.fm 5476).

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
from tasks.unigram.segmenter import UnigramSegmenter
from tasks.unigram.spelling import Parts, ragged

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
    parts: Parts


def log_probabilities(counts: np.ndarray) -> np.ndarray:
    """Return ln p float64[n], p = count / sum; a count of 0 costs like 1."""
    used = np.maximum(np.asarray(counts, np.float64), _NEVER_ALONE)
    return np.minimum(np.log(used / used.sum()), 0.0)


def cheapest_parts(
    words: pa.StringArray, lengths: np.ndarray, log_p: np.ndarray, chosen: np.ndarray, allowed: np.ndarray
) -> Parts:
    """Spell each chosen word (indices) by allowed words (bool[n]) shorter than it, the likeliest way.

    ValueError when one of its characters is not an allowed word.
    """
    pieces: list[np.ndarray] = [np.zeros(0, np.int64)] * len(chosen)
    for length in np.unique(lengths[chosen]):
        at = np.flatnonzero(lengths[chosen] == length)
        if length == 1:
            for i in at:
                pieces[i] = chosen[i : i + 1]
            continue
        shorter = np.flatnonzero(allowed & (lengths < length))
        result = UnigramSegmenter(words.take(pa.array(shorter)), log_p[shorter]).segment(
            words.take(pa.array(chosen[at]))
        )
        if np.any(result.word < 0):
            missing = words[int(chosen[at][result.sentence_index[result.word < 0][0]])].as_py()
            raise ValueError(
                f"every character of a word must be in the list, got {missing!r} without all of its own"
            )
        bounds = np.searchsorted(result.sentence_index, np.arange(1, len(at)))
        for i, part in zip(at, np.split(shorter[result.word], bounds), strict=True):
            pieces[i] = part
    return ragged(pieces)


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
    for length in sorted(set(lengths[lengths > 1].tolist()), reverse=True):
        level = np.flatnonzero(lengths == length)
        considered[level] = count[level]
        log_p = log_probabilities(count)
        log_p[~kept] = -np.inf
        parts = cheapest_parts(words, lengths, log_p, level, kept)
        cost = np.add.reduceat(log_p[parts.part], parts.offsets[:-1])
        advantage[level] = log_p[level] - cost
        part, times, offsets = parts.distinct()
        gain[level] = gain_of_kept(count[level], count[part], offsets, float(count.sum()), times)
        for i, pieces in zip(level, np.split(parts.part, parts.offsets[1:-1]), strict=True):
            spelled[i] = pieces
        out = (advantage[level] <= MIN_ADVANTAGE) & ~fixed[level]
        given = np.repeat(out, np.diff(parts.offsets))
        np.add.at(count, parts.part[given], np.repeat(count[level], np.diff(parts.offsets))[given])
        kept[level[out]] = False
        count[level[out]] = 0
    return Verdict(kept, considered, count, advantage, gain, ragged(spelled))
