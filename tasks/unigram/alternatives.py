"""Every segmentation under a unigram model: the n likeliest, random ones, and the probability of each boundary.

A segmentation s of a sentence has P(s) = prod p(w), a token that is no word costing what the segmenter says. With
b(i) the sum over all segmentations of what follows character i,

    b(i) = sum_w p(w)^(1/T) b(i + |w|),     P(w at i | i is reached) = p(w)^(1/T) b(i + |w|) / b(i)

draws a segmentation from P^(1/T) exactly: filtering runs backwards, drawing forwards (subword regularisation, Kudo
2018, without his cut to the n best). T = 1 is the model itself, T near 0 the likeliest one, a large T all alike.
With a(i) the same sum over what precedes i, a boundary at i has the probability a(i) b(i) / b(0). The n likeliest
come from the n cheapest ways to end at each character; among equals the fewest words come first, then the longest
first word. Logarithms are natural.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.text.characters import StringColumn, blocks, decode
from tasks.text.hashing import uniform
from tasks.text.ragged import Ragged
from tasks.text.token_rules import BLANK, MINED, MINED_START, RULE, RULE_START, runs
from tasks.text.trie import Trie
from tasks.unigram.lattice import Lattice, match
from tasks.unigram.segmenter import UNITS_PER_NAT, UnigramSegmenter


class Sentences(NamedTuple):
    """Sentences as a lattice, a span each, of every token that may begin at a character; word -1 is none of the list.

    cost int64[edges], 2^-20 nat a unit; source int64[characters] is each visible character's index in the text's codes,
    offsets int64[sentences + 1] are those of the text.
    """

    lattice: Lattice
    cost: np.ndarray
    source: np.ndarray
    offsets: np.ndarray


@dataclass(frozen=True)
class Alternatives:
    """Segmentations, those of a sentence one after the other, the likeliest or first drawn first.

    sentence int64[n], log_probability float64[n] of the words, posterior float64[n] among all segmentations at the
    temperature; tokens of segmentation k are start, end (code points in the sentence) and word int32, at
    offsets[k]..offsets[k + 1].
    """

    sentence: np.ndarray
    log_probability: np.ndarray
    posterior: np.ndarray
    offsets: np.ndarray
    start: np.ndarray
    end: np.ndarray
    word: np.ndarray


def likeliest(segmenter: UnigramSegmenter, texts: StringColumn, count: int) -> Alternatives:
    """Return up to `count` segmentations of each sentence, the likeliest first; ValueError below 1."""
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    parts = []
    for first, sentences in _blocks(segmenter, texts):
        found = _n_best(sentences.lattice, sentences.cost, count)
        parts.append(_alternatives(found, sentences, first, 1.0))
    return _joined(parts)


def draw(
    segmenter: UnigramSegmenter,
    texts: StringColumn,
    *,
    seed: int,
    temperature: float = 1.0,
    count: int = 1,
    first_row: int = 0,
) -> Alternatives:
    """Draw `count` segmentations of each sentence from P^(1/temperature); ValueError unless both are positive.

    What is drawn depends on the seed and on the sentence's number, `first_row` being that of the first.
    """
    if count < 1 or not temperature > 0:
        raise ValueError(f"count and temperature must be positive, got {count} and {temperature}")
    parts = []
    for first, sentences in _blocks(segmenter, texts):
        lattice, cost = sentences.lattice, sentences.cost
        found = _sample(lattice, cost, count, 1.0 / temperature, np.uint64(seed), first + first_row)
        parts.append(_alternatives(found, sentences, first, temperature))
    return _joined(parts)


def boundary_probabilities(segmenter: UnigramSegmenter, texts: StringColumn) -> Ragged:
    """Return the probability that a token begins at each character of each sentence, float32."""
    parts, offsets = [np.zeros(0, np.float32)], [np.zeros(1, np.int64)]
    for _, sentences in _blocks(segmenter, texts):
        probability = np.zeros(int(sentences.offsets[-1]), np.float32)
        probability[sentences.source] = _marginals(sentences.lattice, sentences.cost)
        parts.append(probability)
        offsets.append(sentences.offsets[1:] + offsets[-1][-1])
    return Ragged(np.concatenate(parts), np.concatenate(offsets))


def _blocks(segmenter: UnigramSegmenter, texts: StringColumn) -> Iterator[tuple[int, Sentences]]:
    for first, block in blocks(texts):
        text = decode(block)
        codes = runs(text, segmenter.token_rules)
        segmenter.dictionary.mark(text, codes)
        source = np.flatnonzero(codes != BLANK)
        numbers = segmenter.trie.character[text.codes[source]]
        first_edge, length, word = _edges(numbers, codes[source], segmenter.trie)
        lattice = Lattice(first_edge, length, word, np.searchsorted(source, text.offsets))
        cost = np.append(segmenter.costs, segmenter.unknown_cost)[word]
        yield first, Sentences(lattice, cost, source, text.offsets)


def _edges(numbers: np.ndarray, codes: np.ndarray, trie: Trie) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = len(numbers)
    found, length, word, starts = match(numbers, codes, trie)
    owner = np.repeat(np.arange(n), found)
    ends = np.append(np.flatnonzero(starts), n)
    run_length = (ends[np.searchsorted(ends, np.arange(n), "right")] - np.arange(n)).astype(np.int32)
    mined = (codes == MINED) | (codes == MINED_START)
    # a token by rule is one token, whether the list holds it or not
    stays = np.where(mined[owner], True, (codes[owner] == RULE_START) & (length == run_length[owner]))
    owner, length, word = owner[stays], length[stays], word[stays]
    covered = np.zeros(n, np.bool_)
    covered[owner[(length == 1) | ~mined[owner]]] = True
    lone = np.flatnonzero(~covered & (codes != RULE))
    owner = np.concatenate([owner, lone])
    length = np.concatenate([length, np.where(mined[lone], 1, run_length[lone])]).astype(np.int32)
    word = np.concatenate([word, np.full(len(lone), -1, np.int32)])
    order = np.lexsort((length, owner))
    length, word = length[order], word[order]
    return np.searchsorted(owner[order], np.arange(n + 1)), length, word


class _Found(NamedTuple):
    sentence: np.ndarray
    cost: np.ndarray
    log_total: np.ndarray
    offsets: np.ndarray
    begin: np.ndarray
    edge: np.ndarray


def _alternatives(found: _Found, sentences: Sentences, first: int, temperature: float) -> Alternatives:
    lattice, source = sentences.lattice, sentences.source
    log_p = -found.cost / UNITS_PER_NAT
    owner = np.repeat(found.sentence, np.diff(found.offsets))
    begin = source[found.begin]
    last = source[found.begin + lattice.length[found.edge] - 1]
    return Alternatives(
        sentence=found.sentence + first,
        log_probability=log_p,
        posterior=np.minimum(np.exp(log_p / temperature - found.log_total), 1.0),
        offsets=found.offsets,
        start=(begin - sentences.offsets[owner]).astype(np.int32),
        end=(last + 1 - sentences.offsets[owner]).astype(np.int32),
        word=lattice.word[found.edge],
    )


def _joined(parts: list[Alternatives]) -> Alternatives:
    if len(parts) == 1:
        return parts[0]
    bounds = [np.zeros(1, np.int64)]
    for part in parts:
        bounds.append(part.offsets[1:] + bounds[-1][-1])
    integer = np.zeros(0, np.int64)
    empty = Alternatives(integer, np.zeros(0), np.zeros(0), integer, *(np.zeros(0, np.int32),) * 3)
    columns = {
        name: np.concatenate([getattr(part, name) for part in (empty, *parts)])
        for name in ("sentence", "log_probability", "posterior", "start", "end", "word")
    }
    return Alternatives(offsets=np.concatenate(bounds), **columns)


@njit(cache=True, nogil=True)
def _log_add(x, y):
    if x < y:
        x, y = y, x
    return x if y == -np.inf else x + np.log1p(np.exp(y - x))


@njit(cache=True, nogil=True)
def _filter(lattice, costs, low, high, power, total):
    """Fill total float64[high - low + 1] with ln b of one sentence."""
    total[high - low] = 0.0
    for i in range(high - 1, low - 1, -1):
        here = -np.inf
        for e in range(lattice.first[i], lattice.first[i + 1]):
            rest = total[i + lattice.length[e] - low]
            here = _log_add(here, rest - power * costs[e] / UNITS_PER_NAT)
        total[i - low] = here


@njit(cache=True, nogil=True)
def _longest(sentence):
    longest = 0
    for s in range(len(sentence) - 1):
        longest = max(longest, sentence[s + 1] - sentence[s])
    return longest


@njit(cache=True, nogil=True)
def _marginals(lattice, costs):
    begins = np.zeros(len(lattice.first) - 1, np.float32)
    total = np.empty(_longest(lattice.spans) + 1)
    before = np.empty(len(total))
    for s in range(len(lattice.spans) - 1):
        low, high = lattice.spans[s], lattice.spans[s + 1]
        _filter(lattice, costs, low, high, 1.0, total)
        before[: high - low + 1] = -np.inf
        before[0] = 0.0
        for i in range(low, high):
            here = before[i - low]
            if here == -np.inf:
                continue
            begins[i] = min(np.exp(here + total[i - low] - total[0]), 1.0)
            for e in range(lattice.first[i], lattice.first[i + 1]):
                j = i + lattice.length[e] - low
                before[j] = _log_add(before[j], here - costs[e] / UNITS_PER_NAT)
    return begins


@njit(cache=True, nogil=True)
def _sample(lattice, costs, count, power, seed, first_row):
    sentences = len(lattice.spans) - 1
    room = (len(lattice.first) - 1) * count
    sentence = np.repeat(np.arange(sentences), count)
    cost, log_total = np.zeros(sentences * count, np.int64), np.zeros(sentences * count)
    offsets = np.zeros(sentences * count + 1, np.int64)
    begin, chosen = np.empty(room, np.int64), np.empty(room, np.int64)
    total = np.empty(_longest(lattice.spans) + 1)
    written = 0
    for s in range(sentences):
        low, high = lattice.spans[s], lattice.spans[s + 1]
        _filter(lattice, costs, low, high, power, total)
        state = (seed << np.uint64(40)) + np.uint64(first_row + s)
        # neighbouring states must not give neighbouring streams
        state, _ = uniform(state * np.uint64(0xD1342543DE82EF95) + np.uint64(1))
        for k in range(s * count, (s + 1) * count):
            i = low
            while i < high:
                state, left = uniform(state)
                e = lattice.first[i]
                while True:
                    rest = total[i + lattice.length[e] - low] - power * costs[e] / UNITS_PER_NAT
                    left -= np.exp(rest - total[i - low])
                    if left < 0 or e + 1 == lattice.first[i + 1]:
                        break
                    e += 1
                begin[written], chosen[written] = i, e
                written += 1
                cost[k] += costs[e]
                i += lattice.length[e]
            log_total[k] = total[0]
            offsets[k + 1] = written
    return _Found(sentence, cost, log_total, offsets, begin[:written], chosen[:written])


@njit(cache=True, nogil=True)
def _n_best(lattice, costs, count):
    sentences = len(lattice.spans) - 1
    longest = _longest(lattice.spans)
    total = np.empty(longest + 1)
    size = np.zeros(longest + 1, np.int64)
    # of each of the n cheapest ways on from a character: its cost, words, first edge and rank at that edge's end
    ways = np.zeros((longest + 1, count, 4), np.int64)
    sentence, cost = np.empty(sentences * count, np.int64), np.empty(sentences * count, np.int64)
    log_total = np.empty(sentences * count)
    offsets = np.zeros(sentences * count + 1, np.int64)
    room = (len(lattice.first) - 1) * count
    begin, chosen = np.empty(room, np.int64), np.empty(room, np.int64)
    written = 0
    found = 0
    for s in range(sentences):
        low, high = lattice.spans[s], lattice.spans[s + 1]
        _filter(lattice, costs, low, high, 1.0, total)
        size[high - low] = 1
        ways[high - low, 0] = 0
        for i in range(high - 1, low - 1, -1):
            at = i - low
            size[at] = 0
            # longest first, so that among equals it stays before the others
            for e in range(lattice.first[i + 1] - 1, lattice.first[i] - 1, -1):
                end = at + lattice.length[e]
                for rank in range(size[end]):
                    price = costs[e] + ways[end, rank, 0]
                    words = 1 + ways[end, rank, 1]
                    k = size[at]
                    while k > 0 and (
                        ways[at, k - 1, 0] > price
                        or (ways[at, k - 1, 0] == price and ways[at, k - 1, 1] > words)
                    ):
                        k -= 1
                    if k == count:
                        break
                    size[at] = min(size[at] + 1, count)
                    for other in range(size[at] - 1, k, -1):
                        ways[at, other] = ways[at, other - 1]
                    ways[at, k, 0], ways[at, k, 1], ways[at, k, 2], ways[at, k, 3] = price, words, e, rank
        for rank in range(size[0]):
            sentence[found], cost[found], log_total[found] = s, ways[0, rank, 0], total[0]
            i, way = low, rank
            while i < high:
                e = ways[i - low, way, 2]
                way = ways[i - low, way, 3]
                begin[written], chosen[written] = i, e
                written += 1
                i += lattice.length[e]
            found += 1
            offsets[found] = written
    return _Found(
        sentence[:found],
        cost[:found],
        log_total[:found],
        offsets[: found + 1],
        begin[:written],
        chosen[:written],
    )
