"""The cheapest segmentation under a unigram model: minimise -sum ln p(w) (J. Su, kexue.fm 5476, 2.18-2.19).

    best(i) = min over words w that start at i of -ln p(w) + best(i + |w|),   best(end of run) = 0

Costs are integers, 2^-20 nat a unit, so that sums are exact and ties are ties: among equal costs the fewest
words win, then the longest first word. A character no word covers stands alone at a stated cost that no known
word reaches. White space separates and is never a token; with a `Convention`, runs that are tokens by rule
are kept whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit

from tasks.segment.characters import StringColumn, blocks, decode, slices
from tasks.segment.classes import BLANK, MINED_START, RAW, RULE, RULE_START, Convention, runs
from tasks.segment.trie import Trie, build_trie, child, find

UNITS_PER_NAT = 1 << 20
UNKNOWN_MARGIN = 10.0
_MAX_NATS = 1000.0
_COST = (1 << 32) - 2


@dataclass(frozen=True)
class Segmentation:
    """Tokens in order: sentence_index int64[n], start and end int32[n] in code points, word int32[n].

    `word` is the token's place in the segmenter's word list, -1 for a token that is not in it.
    """

    texts: pa.Array | pa.ChunkedArray
    sentence_index: np.ndarray
    start: np.ndarray
    end: np.ndarray
    word: np.ndarray

    def to_arrow(self) -> pa.Table:
        """Return the tokens as a table (row int64, start int64, word string)."""
        pieces = []
        for first, block in blocks(self.texts):
            low, high = np.searchsorted(self.sentence_index, (first, first + len(block)))
            rows = self.sentence_index[low:high] - first
            pieces.append(slices(block, rows, self.start[low:high], self.end[low:high]))
        return pa.table(
            {
                "row": pa.array(self.sentence_index),
                "start": pa.array(self.start.astype(np.int64)),
                "word": pa.chunked_array(pieces, pa.string()),
            }
        )


class Segmenter:
    """Cuts text into the words of a list, the likeliest way."""

    def __init__(
        self,
        words: Sequence[str] | pa.StringArray | pa.LargeStringArray,
        log_probabilities: np.ndarray,
        unknown: float | None = None,
        convention: Convention | None = None,
    ) -> None:
        log_p = np.asarray(log_probabilities, np.float64)
        if len(words) != len(log_p):
            raise ValueError(
                f"words and log_probabilities must be equally many, got {len(words)} and {len(log_p)}"
            )
        if not np.all((log_p <= 0) & (log_p >= -_MAX_NATS)):
            worst = log_p[~((log_p <= 0) & (log_p >= -_MAX_NATS))][0]
            raise ValueError(f"log probabilities must lie between -{_MAX_NATS:g} and 0, got {worst}")
        lowest = float(log_p.min(initial=0.0))
        self.unknown = lowest - UNKNOWN_MARGIN if unknown is None else float(unknown)
        if len(log_p) and not -2 * _MAX_NATS < self.unknown < lowest:
            raise ValueError(
                f"unknown must be below every word's log probability {lowest}, got {self.unknown}"
            )
        self.convention = RAW if convention is None else convention
        self.trie = build_trie(words)
        self._worth = node_worth(self.trie, log_p)

    def segment(self, texts: StringColumn) -> Segmentation:
        """Cut every sentence of an Arrow string column; ValueError for a null, TypeError for no strings."""
        parts = [self._segment_block(first, block) for first, block in blocks(texts)]
        columns = zip(*parts, strict=True) if parts else ((np.zeros(0, np.int32),) for _ in range(4))
        sentence, start, end, word = (np.concatenate(column) for column in columns)
        return Segmentation(texts, sentence.astype(np.int64), start, end, word)

    def split(self, text: str) -> list[str]:
        """Return the words of one text.

        >>> Segmenter(["中", "外", "中外", "科学"], np.log([0.2, 0.2, 0.2, 0.4])).split("中外科学 中x")
        ['中外', '科学', '中', 'x']
        """
        result = self.segment(pa.array([text], pa.string()))
        return [text[i:j] for i, j in zip(result.start.tolist(), result.end.tolist(), strict=True)]

    def indices(self, words: pa.StringArray) -> np.ndarray:
        """Return each word's place in the list, -1 for a word that is not in it; int32[n]."""
        return find(self.trie, words)

    def _segment_block(self, first_row: int, block: pa.Array) -> tuple[np.ndarray, ...]:
        text = decode(block)
        places = runs(text, self.convention)
        unknown = round(-self.unknown * UNITS_PER_NAT)
        length, word = viterbi(self.trie.character[text.codes], places, self.trie, self._worth, unknown)
        row, start, end, words = _walk(length, word, text.offsets)
        return row + first_row, start, end, words


def viterbi(
    characters: np.ndarray, places: np.ndarray, trie: Trie, worth: np.ndarray, unknown: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return (length, word) int32[n] of the best token that starts at each character, length 0 on blanks."""
    length = np.zeros(len(characters), np.int32)
    word = np.full(len(characters), -1, np.int32)
    _viterbi(characters, places, trie.root, trie.edges, worth, trie.shift, trie.width, unknown, length, word)
    return length, word


def node_worth(trie: Trie, log_p: np.ndarray) -> np.ndarray:
    """Return int64[nodes]: word + 1, its cost and whether longer words follow, in bits 32.., 1..31 and 0."""
    units = np.rint(-log_p * UNITS_PER_NAT).astype(np.int64)
    worth = trie.inner.astype(np.int64)
    final = trie.word >= 0
    number = trie.word[final].astype(np.int64)
    worth[final] |= (number + 1) << 32 | units[number] << 1
    return worth


@njit(cache=True, nogil=True)
def _viterbi(characters, places, root, edges, worth, shift, width, unknown, length, word):
    n = len(characters)
    best = np.empty(n + 1, np.int64)
    words = np.empty(n + 1, np.int32)
    end = n
    for i in range(n - 1, -1, -1):
        place = places[i]
        if place == BLANK:
            end = i
            continue
        if i + 1 == end:
            best[end] = 0
            words[end] = 0
        if place == RULE:
            continue
        node = np.int64(root[characters[i]])
        j = i + 1
        if place == RULE_START:
            while node != 0 and j < end:
                node = child(node, characters[j], edges, shift, width)
                j += 1
            length[i] = end - i
            word[i] = (worth[node] >> 32) - 1
            end = i
            continue
        cost = best[j] + unknown
        count = words[j] + 1
        reach = j
        chosen = np.int64(0)
        while node != 0:
            here = worth[node]
            if here >> 32:
                total = best[j] + ((here & _COST) >> 1)
                if total < cost or (total == cost and words[j] + 1 <= count):
                    cost = total
                    count = words[j] + 1
                    reach = j
                    chosen = here >> 32
            if j == end or here & 1 == 0:
                break
            node = child(node, characters[j], edges, shift, width)
            j += 1
        best[i] = cost
        words[i] = count
        length[i] = reach - i
        word[i] = chosen - 1
        if place == MINED_START:
            end = i


@njit(cache=True, nogil=True)
def _walk(length, word, offsets):
    n = len(length)
    row = np.empty(n, np.int64)
    start, end, chosen = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    tokens = 0
    for s in range(len(offsets) - 1):
        i = offsets[s]
        while i < offsets[s + 1]:
            if length[i] == 0:
                i += 1
                continue
            row[tokens] = s
            start[tokens] = i - offsets[s]
            chosen[tokens] = word[i]
            i += length[i]
            end[tokens] = i - offsets[s]
            tokens += 1
    return row[:tokens].copy(), start[:tokens].copy(), end[:tokens].copy(), chosen[:tokens].copy()
