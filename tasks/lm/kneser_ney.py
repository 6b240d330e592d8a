"""Interpolated modified Kneser-Ney smoothing of character grams (Chen and Goodman 1998, section 3).

    P_k(w | h) = max(a(hw) - D_k(a(hw)), 0) / A(h) + g(h) P_{k-1}(w | h less its first symbol),   A(h) = sum_w a(hw)
    g(h) = (D_k1 n1(h) + D_k2 n2(h) + D_k3 n3(h)) / A(h),     P_0 uniform over the V characters and the end

a is the number of occurrences at the highest order and the continuation count below; n1, n2 and n3 are how many
symbols follow h once, twice and more often. With n_r grams of a = r at order k and Y = n_1 / (n_1 + 2 n_2),

    D_kr = r - (r + 1) Y n_{r+1} / n_r     r = 1, 2, 3 (and above)

or (0.5, 1, 1.5) at an order where one of n_1..n_4 is 0 or a discount falls outside [0, r]. A context that was never
seen is shortened. For every context the probabilities sum to one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.lm.alphabet import EDGE, Alphabet, Symbols
from tasks.lm.grams import GramTrie, child

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)


class _Chain(NamedTuple):
    """What scoring needs: the trie, a gram's own share of P and, as a context, the weight of shorter ones."""

    first: np.ndarray
    symbol: np.ndarray
    share: np.ndarray
    weight: np.ndarray
    order: int
    uniform: float


@dataclass(frozen=True)
class KneserNey:
    """A model of one order over an alphabet: counts int64[nodes] over the trie of `GramTrie`.

    discounts float64[order, 3]. `base` is the number of symbols of P_0, unless given those of the alphabet and the end;
    KenLM has one more there, the unknown character.
    """

    alphabet: Alphabet
    first: np.ndarray
    symbol: np.ndarray
    counts: np.ndarray
    level: np.ndarray
    discounts: np.ndarray
    chain: _Chain

    @property
    def order(self) -> int:
        """Length of the longest gram: one more than the symbols of context."""
        return len(self.level) - 2

    @classmethod
    def of(cls, alphabet: Alphabet, grams: GramTrie, order: int, *, base: int | None = None) -> "KneserNey":
        """Return the model of an order up to the trie's; ValueError beyond it."""
        if not 1 <= order <= grams.order:
            raise ValueError(f"order must be from 1 to {grams.order}, the grams' own, got {order}")
        level = grams.level[: order + 2]
        nodes, top = int(level[-1]), int(level[order])
        counts = np.concatenate([grams.continuations[:top], grams.occurrences[top:nodes]])
        first = np.minimum(grams.first[: nodes + 1], nodes)
        return cls._made(alphabet, first, grams.symbol[:nodes], counts, level, base)

    @classmethod
    def _made(
        cls,
        alphabet: Alphabet,
        first: np.ndarray,
        symbol: np.ndarray,
        counts: np.ndarray,
        level: np.ndarray,
        base: int | None = None,
    ) -> "KneserNey":
        order = len(level) - 2
        discounts = np.array([discounts_of(counts[level[k] : level[k + 1]]) for k in range(1, order + 1)])
        share, weight = np.zeros(len(symbol)), np.ones(len(symbol))
        for k in range(order):
            low, high = level[k], level[k + 1]
            discount(first[low : high + 1], counts, discounts[k], share, weight[low:high])
        uniform = 1.0 / (alphabet.unknown if base is None else base)
        chain = _Chain(first, symbol, share, weight, order, uniform)
        return cls(alphabet, first, symbol, counts, level, discounts, chain)

    def log_probabilities(self, text: Symbols) -> np.ndarray:
        """Return ln p of every symbol of documents after the first edge, float64[n - 1]; no escape is counted."""
        out = np.empty(len(text.symbol) - 1)
        _score(text.symbol, self.chain, out)
        return out

    def distribution(self, context: np.ndarray) -> np.ndarray:
        """Return p float64[V + 1] of the symbols 0..V after the last of `context`, which begins with an edge."""
        p = np.full(self.alphabet.unknown, self.chain.uniform)
        _distribute(np.asarray(context, np.int32), self.chain, p)
        return p

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what `from_arrays` makes the model of again."""
        own = {"first": self.first, "symbol": self.symbol, "counts": self.counts, "level": self.level}
        return {**own, **self.alphabet.to_arrays()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "KneserNey":
        """Return the model that `to_arrays` took apart."""
        first, symbol, counts, level = (arrays[name] for name in ("first", "symbol", "counts", "level"))
        return cls._made(Alphabet.from_arrays(arrays), first, symbol, counts, level)


def discounts_of(counts: np.ndarray) -> tuple[float, float, float]:
    """Return the discounts of counts [n] of one order; the fallback where counts of counts are degenerate.

    >>> discounts_of(np.repeat([1, 2, 3, 4], [40, 10, 5, 2]))
    (0.6666666666666667, 1.0, 1.9333333333333333)
    """
    n = np.bincount(np.minimum(counts, 5), minlength=5)
    if not n[1:5].all():
        return FALLBACK_DISCOUNTS
    y = n[1] / (n[1] + 2 * n[2])
    one, two, three = (float(r - (r + 1) * y * n[r + 1] / n[r]) for r in (1, 2, 3))
    sound = 0 <= one <= 1 and 0 <= two <= 2 and 0 <= three <= 3
    return (one, two, three) if sound else FALLBACK_DISCOUNTS


@njit(cache=True, nogil=True)
def discount(first, counts, discounts, share, weight):
    """Write each gram's share of P, float64[grams], and what is left for shorter contexts, float64[contexts].

    The grams of context h are first[h] to first[h + 1] of counts int64[grams].
    """
    for node in range(len(first) - 1):
        total = 0.0
        left = 0.0
        for g in range(first[node], first[node + 1]):
            total += counts[g]
        for g in range(first[node], first[node + 1]):
            if counts[g] > 0:
                less = discounts[min(counts[g], 3) - 1]
                left += less
                share[g] = (counts[g] - less) / total
        if total > 0:
            weight[node] = left / total


@njit(cache=True, nogil=True, inline="always")
def _probability(wanted, path, depth, chain):
    p = chain.uniform
    for k in range(depth):
        node = path[k]
        p *= chain.weight[node]
        gram = child(chain, node, wanted)
        if gram >= 0:
            p += chain.share[gram]
    return p


@njit(cache=True, nogil=True, inline="always")
def _follow(seen, path, depth, chain):
    """Make path the contexts that end in the symbol seen, the root first; return how many there are."""
    if seen == EDGE:
        depth = 1
    longest = min(depth, chain.order - 1)
    for k in range(longest, 0, -1):
        path[k] = child(chain, path[k - 1], seen)
    depth = 1
    while depth <= longest and path[depth] >= 0 and chain.first[path[depth]] < chain.first[path[depth] + 1]:
        depth += 1
    return depth


@njit(cache=True, nogil=True)
def _score(text, chain, out):
    path = np.zeros(chain.order + 1, np.int64)
    depth = 1
    for i in range(1, len(text)):
        depth = _follow(text[i - 1], path, depth, chain)
        out[i - 1] = np.log(_probability(text[i], path, depth, chain))


@njit(cache=True, nogil=True)
def _distribute(context, chain, p):
    path = np.zeros(chain.order + 1, np.int64)
    depth = 1
    for i in range(max(0, len(context) - chain.order), len(context)):
        depth = _follow(context[i], path, depth, chain)
    for k in range(depth):
        node = path[k]
        p *= chain.weight[node]
        for gram in range(chain.first[node], chain.first[node + 1]):
            p[chain.symbol[gram]] += chain.share[gram]
