"""The characters of a text: their ranks in code point order, and how often each occurs."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.engines.threads import cut, in_threads
from tasks.ngrams.rows import packed_characters

CODES = 1 << 21


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """The spellings of the ranks of one width: words as in rows.py, Int64[words, 1 + distinct]; rank 0 is padding."""

    width: int
    words: np.ndarray

    @property
    def bits(self) -> int:
        """Bits that hold every rank."""
        return max(1, int(self.words.shape[1] - 1).bit_length())


class Alphabet(NamedTuple):
    """The characters of a text of integer codes, which is cut into stretches at `edges` Int64[stretches + 1].

    `ranks` Integers[codes] by code, 0 for code 0; `tallies` Int64[stretches, 1 + characters], the occurrences of
    each rank in each stretch.
    """

    ranks: np.ndarray
    tallies: np.ndarray
    edges: np.ndarray
    spelling: Spelling


@njit(cache=True, nogil=True)
def _tally(codes, begin, end, tally):
    most = np.uint32(0)
    for i in range(begin, end):
        code = np.uint32(codes[i])
        most = max(most, code)
        if code >= len(tally):
            break
        tally[code] += 1
    return most


def alphabet_of(codes: np.ndarray, threads: int = 1) -> Alphabet:
    """Return the alphabet of code points Int32[n], 0 at edges; ValueError beyond 21 bits."""
    ranges = cut(len(codes), threads)
    tallies = np.zeros((len(ranges), CODES), dtype=np.int64)
    most = max(in_threads(threads, _tally, [(codes, a, b, tallies[t]) for t, (a, b) in enumerate(ranges)]))
    if most >= CODES:
        raise ValueError(f"code points must be from 0 to {CODES - 1}, got {codes.min()} to {codes.max()}")
    # Nothing is touched beyond the last character that occurs, so the rest takes neither memory nor time.
    tallies = tallies[:, : most + 1]
    points = np.flatnonzero(tallies[:, 1:].any(axis=0)) + 1
    ranks = np.zeros(CODES, dtype=np.int32)
    ranks[points] = np.arange(1, len(points) + 1, dtype=np.int32)
    return Alphabet(
        ranks=ranks,
        tallies=tallies[:, [0, *points]],
        edges=np.array([0, *(end for _, end in ranges)]),
        spelling=spelling_of(points),
    )


def spelling_of(points: np.ndarray) -> Spelling:
    """Return the spelling of the code points Integers[n] of ranks 1 to n."""
    return Spelling(width=1, words=packed_characters(np.concatenate([[0], points]).reshape(-1, 1)))
