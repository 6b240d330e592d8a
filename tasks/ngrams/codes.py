"""Text as one array of small integers, with 0 between the contexts that no n-gram spans.

A context is a maximal run of a sentence without white space (`str.isspace`). 0 stands before, between and
after contexts, never twice in a row; U+0000 is no text and ends a context like white space.

Characters are numbered from 1 in order of first occurrence, so that a text takes two bytes a character, and they
are counted while they are decoded. A text of more than 65,534 different characters takes four bytes a character.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from tasks.engines.pages import zeros
from tasks.engines.threads import cut
from tasks.ngrams.alphabet import CODES, Alphabet, spelling_of
from tasks.text.characters import code_point, utf8_bytes

_SPACES = [0, *(c for c in range(0x3001) if chr(c).isspace())]
_FEW = (1 << 16) - 1


class _Letters(NamedTuple):
    """Characters met so far.

    `codes` UIntegers[2^21] by code point, the length of `points` for characters not met yet; `points`
    Int32[n], the code point of each code; `tally` Int32[n], occurrences of each code.
    """

    codes: np.ndarray
    points: np.ndarray
    tally: np.ndarray


@njit(cache=True, nogil=True)
def _encode(data, offsets, row, letters, known, out, size):
    """Append sentences from `row` on to out[:size]; stop before the one that has too many characters."""
    new = len(letters.points)
    size = np.uint64(size)
    nothing = out[0]
    while row < len(offsets) - 1:
        begin = size
        before = nothing
        at = np.uint64(offsets[row])
        end = np.uint64(offsets[row + 1])
        while at < end:
            point, at = code_point(data, at)
            code = letters.codes[np.uint32(point)]
            if code == new:
                if known + 1 == new:
                    for i in range(begin, size):
                        letters.tally[np.uint64(out[i])] -= 1
                    return row, known, np.int64(begin)
                known += 1
                letters.codes[np.uint32(point)] = known
                letters.points[known] = point
                code = letters.codes[np.uint32(point)]
            letters.tally[np.uint64(code)] += 1
            out[size] = code
            size += np.uint64((code != 0) | (before != 0))
            before = code
        out[size] = 0
        size += np.uint64(before != 0)
        row += 1
    return row, known, np.int64(size)


class Encoder:
    """Encodes columns of sentences one after the other into one array, with room for `size` bytes of text."""

    def __init__(self, size: int) -> None:
        self._codes = zeros(size + 1, np.uint16, filled=False)
        self._letters = _no_letters(_FEW, np.uint16)
        self._known, self._used = 0, 1
        self._ends: list[int] = []
        self._tallies: list[np.ndarray] = []
        self._restart()

    def __len__(self) -> int:
        """Return the number of codes so far, of which the first is an edge."""
        return self._used

    def fits(self, text: pa.Array) -> bool:
        """Whether there is room for a column."""
        return self._used + text.nbytes <= len(self._codes)

    def add(self, text: pa.Array) -> None:
        """Append a string column, which must fit; nulls are empty."""
        data, offsets = utf8_bytes(text.fill_null("") if text.null_count else text)
        row = self._add(data, offsets, 0)
        if row < len(text):
            self._widen()
            self._add(data, offsets, row)

    def _add(self, data: np.ndarray, offsets: np.ndarray, row: int) -> int:
        """Append sentences from `row` on and return the row that did not fit the alphabet."""
        row, self._known, self._used = _encode(
            data, offsets, row, self._letters, self._known, self._codes, self._used
        )
        tally = self._letters.tally[: self._known + 1]
        self._tallies.append(tally.copy())
        self._ends.append(self._used)
        tally[:] = 0
        return row

    def _widen(self) -> None:
        codes, letters = self._codes, self._letters
        self._codes = zeros(len(codes), np.int32, filled=False)
        self._codes[: self._used] = codes[: self._used]
        self._letters = _no_letters(CODES + 1, np.int32)
        points = letters.points[1 : self._known + 1]
        self._letters.points[1 : self._known + 1] = points
        self._letters.codes[points] = np.arange(1, self._known + 1)

    def finish(self, threads: int = 1) -> tuple[np.ndarray, Alphabet]:
        """Return the codes Integers[n], 0 at both ends, and their alphabet; the next column begins a new text.

        The codes are valid until then.
        """
        codes = self._codes[: self._used]
        points = self._letters.points[1 : self._known + 1]
        order = np.argsort(points)
        ranks = np.zeros(self._known + 1, dtype=self._letters.codes.dtype)
        ranks[1 + order] = np.arange(1, self._known + 1)
        edges, tallies = self._stretches(threads)
        alphabet = Alphabet(
            ranks=ranks,
            tallies=tallies[:, [0, *(1 + order)]],
            edges=edges,
            spelling=spelling_of(points[order]),
        )
        self._letters.codes[points] = len(self._letters.points)
        self._restart()
        return codes, alphabet

    def _stretches(self, threads: int) -> tuple[np.ndarray, np.ndarray]:
        """Return edges and tallies by code of stretches of about equal length, which end where a column does."""
        ends = np.array(self._ends, dtype=np.int64)
        targets = [end for _, end in cut(self._used, threads)]
        last = np.unique(np.searchsorted(ends, targets))
        tallies = np.zeros((len(last), self._known + 1), dtype=np.int64)
        first = 0
        for stretch, end in enumerate(last.tolist()):
            for tally in self._tallies[first : end + 1]:
                tallies[stretch, : len(tally)] += tally
            first = end + 1
        return np.concatenate([[0], ends[last]]), tallies

    def _restart(self) -> None:
        self._known, self._used = 0, 1
        self._ends = [1]
        self._tallies = [np.zeros(1, dtype=np.int32)]


def _no_letters(most: int, dtype: type) -> _Letters:
    codes: np.ndarray = np.full(CODES, most, dtype=dtype)
    codes[_SPACES] = 0
    return _Letters(codes, np.zeros(most, dtype=np.int32), np.zeros(most, dtype=np.int32))
