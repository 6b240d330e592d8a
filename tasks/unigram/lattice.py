"""The lattice of a text: every word that matches at every character, and the cheapest path through it.

A path over a span is a spelling of it by words. All recursions over segmentations (forward and backward sums, cheapest
and n cheapest paths, sampling) are loops over the edges of a lattice, span by span.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.text.characters import StringColumn, blocks, decode
from tasks.text.token_rules import BLANK, MINED_START, RAW, RULE_START, TokenRules, runs
from tasks.text.trie import Trie, child
from tasks.text.user_dictionary import NOTHING, UserDictionary

UNREACHABLE = np.int64(1 << 60)
"""Cost of a span that no path spells; the costs of real paths are lower."""


class Lattice(NamedTuple):
    """Words as edges between the characters of a text, those of a character in ascending order of their length.

    first int64[characters + 1] indexes length int32[edges] and word int32[edges], the edges that leave each character;
    spans int64[spans + 1] indexes the characters: no edge leaves the span it begins in.
    """

    first: np.ndarray
    length: np.ndarray
    word: np.ndarray
    spans: np.ndarray

    @property
    def characters(self) -> int:
        """Number of characters, white space excluded."""
        return len(self.first) - 1

    def only(self, kept: np.ndarray) -> "Lattice":
        """Return the lattice of the words `kept` int64[m] alone, numbered anew in that order."""
        number = np.full(int(max(self.word.max(initial=0), kept.max(initial=0))) + 1, -1, np.int32)
        number[kept] = np.arange(len(kept))
        stays = number[self.word] >= 0
        passed = np.concatenate([[0], np.cumsum(stays, dtype=np.int64)])
        return self._replace(
            first=passed[self.first], length=self.length[stays], word=number[self.word[stays]]
        )


class Path(NamedTuple):
    """Scratch of `cheapest_path`, a place for each character of a span and for its end.

    cost [n] of the cheapest way on, of the type of the costs, words int64[n] on it and edge int64[n], its first.
    """

    cost: np.ndarray
    words: np.ndarray
    edge: np.ndarray


def path_scratch(lattice: Lattice, costs: np.ndarray) -> Path:
    """Return scratch for the longest span of a lattice whose words have these costs."""
    size = int(np.diff(lattice.spans).max(initial=0)) + 1
    return Path(np.empty(size, costs.dtype), np.empty(size, np.int64), np.empty(size, np.int64))


def build_lattice(
    texts: StringColumn, trie: Trie, rules: TokenRules = RAW, dictionary: UserDictionary = NOTHING
) -> Lattice:
    """Match the trie's words everywhere in the texts; ValueError when a run has no spelling.

    A span is a run under the token rules: words never cross white space or the edge of a run, and a rule token that
    the trie holds is one word.
    """
    parts: list[tuple[np.ndarray, ...]] = []
    characters = 0
    for _, block in blocks(texts):
        text = decode(block)
        codes = runs(text, rules)
        dictionary.mark(text, codes)
        visible = codes != BLANK
        found, length, word, starts = match(trie.character[text.codes[visible]], codes[visible], trie)
        parts.append((found, length, word, np.flatnonzero(starts) + characters))
        characters += len(found)
    parts = parts or [
        (np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64))
    ]
    found, length, word, starts = (
        columns[0] if len(columns) == 1 else np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    first = np.zeros(characters + 1, np.int64)
    np.cumsum(found, out=first[1:])
    lattice = Lattice(first, length, word, np.append(starts, characters).astype(np.int64))
    # characters that are all words spell any run
    if not found.all() or (length[first[:-1]] > 1).any():
        free = np.zeros(int(word.max(initial=-1)) + 1, np.int64)
        dead = _dead_end(lattice, free, path_scratch(lattice, free))
        if dead >= 0:
            raise ValueError(
                f"every text must be spelled by words: no word lets the run at character {dead} be spelled"
            )
    return lattice


def match(characters: np.ndarray, codes: np.ndarray, trie: Trie) -> tuple[np.ndarray, ...]:
    """Match words at visible characters int32[n], the trie's numbers, with their span codes uint8[n].

    Return the number of words that begin at each character int64[n], their lengths and numbers int32[edges], laid end
    to end, and whether a run starts there, bool[n].
    """
    found = np.zeros(len(characters), np.int64)
    none = np.zeros(0, np.int32)
    total = _match(characters, codes, trie, found, none, none)
    length, word = np.empty(total, np.int32), np.empty(total, np.int32)
    _match(characters, codes, trie, found, length, word)
    return found, length, word, (codes == MINED_START) | (codes == RULE_START)


@njit(cache=True, nogil=True)
def cheapest_path(lattice, low, high, costs, longest, path):
    """Fill path with the cheapest way from each character of the span [low, high) to its end; return the cost of all.

    costs [words] are integers or floats, a negative one bars the word, as does a length above `longest`. Among equals
    the fewest words come first, then the longest first word. UNREACHABLE or more when there is no way.
    """
    first, length, word = lattice.first[low : high + 1], lattice.length, lattice.word
    end = high - low
    path.cost[end] = 0
    path.words[end] = 0
    for i in range(end - 1, -1, -1):
        best, words, edge = UNREACHABLE + path.cost[end], 0, -1
        for e in range(first[i], first[i + 1]):
            if length[e] > longest:
                break
            cost = costs[word[e]]
            if cost < 0:
                continue
            j = i + length[e]
            total = cost + path.cost[j]
            better = total < best
            if total == best:
                better = path.words[j] < words
            if better:
                best, words, edge = total, path.words[j] + 1, e
        path.cost[i], path.words[i], path.edge[i] = best, words, edge
    return path.cost[0]


@njit(cache=True, nogil=True)
def _match(characters, codes, trie, found, length, word):
    total = 0
    n = len(characters)
    for i in range(n):
        matches = 0
        node = np.int64(trie.root[characters[i]])
        j = i + 1
        while node != 0:
            if trie.word[node] >= 0:
                if len(word):
                    length[total + matches] = j - i
                    word[total + matches] = trie.word[node]
                matches += 1
            if j == n or codes[j] == MINED_START or codes[j] == RULE_START or not trie.inner[node]:
                break
            node = child(trie, node, characters[j])
            j += 1
        found[i] = matches
        total += matches
    return total


@njit(cache=True, nogil=True)
def _dead_end(lattice, costs, path):
    for s in range(len(lattice.spans) - 1):
        low, high = lattice.spans[s], lattice.spans[s + 1]
        if cheapest_path(lattice, low, high, costs, high - low, path) >= UNREACHABLE:
            return low
    return -1
