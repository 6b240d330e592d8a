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
        self._costs = _node_costs(self.trie, log_p)

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
        length, word = viterbi(
            self.trie.character[text.codes],
            places,
            self.trie,
            self._costs,
            round(-self.unknown * UNITS_PER_NAT),
        )
        starts, words = _walk(length, word)
        row = np.searchsorted(text.offsets, starts, "right") - 1
        offset = text.offsets[row]
        start = (starts - offset).astype(np.int32)
        return row + first_row, start, start + length[starts], words


def viterbi(
    characters: np.ndarray, places: np.ndarray, trie: Trie, costs: np.ndarray, unknown: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return (length, word) int32[n] of the best token that starts at each character, length 0 on blanks."""
    length = np.zeros(len(characters), np.int32)
    word = np.full(len(characters), -1, np.int32)
    _viterbi(
        characters, places, trie.root, trie.keys, trie.nodes, trie.word, trie.inner,
        trie.shift, trie.width, costs, unknown, length, word,
    )  # fmt: skip
    return length, word


def _node_costs(trie: Trie, log_p: np.ndarray) -> np.ndarray:
    units = np.rint(-log_p * UNITS_PER_NAT).astype(np.int32)
    costs = np.zeros(len(trie.word), np.int32)
    final = trie.word >= 0
    costs[final] = units[trie.word[final]]
    return costs


@njit(cache=True, nogil=True)
def _viterbi(
    characters, places, root, keys, nodes, node_word, inner, shift, width, costs, unknown, length, word
):
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
        node = root[characters[i]]
        j = i + 1
        if place == RULE_START:
            while node != 0 and j < end:
                node = child(node, characters[j], keys, nodes, shift, width)
                j += 1
            length[i] = end - i
            word[i] = node_word[node]
            end = i
            continue
        cost = best[j] + unknown
        count = words[j] + 1
        reach = j
        chosen = -1
        while node != 0:
            if node_word[node] >= 0:
                total = best[j] + costs[node]
                if total < cost or (total == cost and words[j] + 1 <= count):
                    cost = total
                    count = words[j] + 1
                    reach = j
                    chosen = node_word[node]
            if j == end or not inner[node]:
                break
            node = child(node, characters[j], keys, nodes, shift, width)
            j += 1
        best[i] = cost
        words[i] = count
        length[i] = reach - i
        word[i] = chosen
        if place == MINED_START:
            end = i


@njit(cache=True, nogil=True)
def _walk(length, word):
    n = len(length)
    starts = np.empty(n, np.int64)
    chosen = np.empty(n, np.int32)
    tokens = 0
    i = 0
    while i < n:
        if length[i] == 0:
            i += 1
            continue
        starts[tokens] = i
        chosen[tokens] = word[i]
        tokens += 1
        i += length[i]
    return starts[:tokens].copy(), chosen[:tokens].copy()
