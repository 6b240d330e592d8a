"""The forward recursion of a word bigram over every cut of documents, in numba.

With a(t, u) the mass of all cuts of the first t characters whose last word is u, and w(x) all words that begin with x,

    a(t, w)   = sum_u a(t - |w|, u) P(w | u)                              w = text[t - |w| : t]
    p(x_1..t) = sum_u a(t, u) + sum_{i < t} sum_u a(i, u) sum_{w longer than t - i, of w(text[i : t])} P(w | u)

and the next character is given those before it by p(x_1..t+1) / p(x_1..t): exact, and in time linear in the text, as a
word is no longer than a bound. Words are sorted, so those that begin alike stand together, and so do those among them
that follow a word. With a maximum in place of the first sum it is the likeliest cut.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.lm.alphabet import EDGE

_UNSEEN = -1
_TINY = 1e-150


class Words(NamedTuple):
    """Words 1..K in order: symbols int32 of one after the other, an edge after each; word k begins at first[k - 1].

    blank bool[V + 2] says which symbols are white space.
    """

    symbol: np.ndarray
    first: np.ndarray
    blank: np.ndarray


class Followers(NamedTuple):
    """What follows word u: after int64[pairs], ascending, from first[u] to first[u + 1], each with its own share.

    summed float64[pairs] adds the shares of a word up; weight float64[K + 1] is what u leaves to P(w), of which
    alone float64[K + 1] are the words' shares, added up in `alone_summed`, and `left` is what they leave to spelling.
    """

    first: np.ndarray
    after: np.ndarray
    share: np.ndarray
    summed: np.ndarray
    weight: np.ndarray
    alone: np.ndarray
    alone_summed: np.ndarray
    left: float


class Spelling(NamedTuple):
    """Of each symbol of a text p float64[n]: that it opens a word, follows the one before it, is the last of a word."""

    opening: np.ndarray
    following: np.ndarray
    stop: np.ndarray
    longest: int


@njit(cache=True, nogil=True)
def add_up(first, share, summed):
    """Write the sums of shares from the first of each row on."""
    for row in range(len(first) - 1):
        total = 0.0
        for at in range(first[row], first[row + 1]):
            total += share[at]
            summed[at] = total


@njit(cache=True, nogil=True, inline="always")
def _place(values, wanted, low, high):
    """Return the first of the ascending values[low:high] that is not less than wanted."""
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, inline="always")
def _place_of_symbol(words, depth, wanted, low, high):
    """Return the first of words low to high, alike up to `depth`, whose symbol there is not less than wanted."""
    while low < high:
        middle = (low + high) >> 1
        if words.symbol[words.first[middle - 1] + depth] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, inline="always")
def _between(summed, low, high, begin):
    """Return the sum of the shares low to high of the row that begins at `begin`."""
    if low >= high:
        return 0.0
    return summed[high - 1] - (summed[low - 1] if low > begin else 0.0)


@njit(cache=True, nogil=True)
def _ended(followers, context, mass, contexts, likeliest):
    """Return the mass of all contexts (of the best one) with the end of the document after them."""
    total = 0.0
    for c in range(contexts):
        p = followers.alone[EDGE]
        if context[c] != _UNSEEN:
            u = context[c]
            p *= followers.weight[u]
            at = followers.first[u]
            if at < followers.first[u + 1] and followers.after[at] == EDGE:
                p += followers.share[at]
        total = max(total, mass[c] * p) if likeliest else total + mass[c] * p
    return total


@njit(cache=True, nogil=True)
def _extend(text, at, words, followers, spelling, state, likeliest):
    """Give every word that begins at text[at], after the contexts there, its mass where it ends."""
    numbers, masses, longer, low, high = state
    slots = len(longer)
    here = at % slots
    contexts = slots
    backed = 0.0
    most = 0.0
    for c in range(contexts):
        u = numbers[here, c]
        weighed = masses[here, c] if u == _UNSEEN else masses[here, c] * followers.weight[u]
        backed += weighed
        most = max(most, weighed)
        low[c] = 0 if u == _UNSEEN else followers.first[u]
        high[c] = 0 if u == _UNSEEN else followers.first[u + 1]
    from_word, to_word = 1, len(words.first)
    spelled = 1.0
    for length in range(1, spelling.longest + 1):
        i = at + length - 1
        s = text[i]
        if s == EDGE or s == len(words.blank) - 1 or (words.blank[s] and length > 1):
            break
        spelled *= spelling.opening[i] if length == 1 else spelling.following[i]
        exact = spelled if length == spelling.longest else spelled * spelling.stop[i]
        from_word = _place_of_symbol(words, length - 1, s, from_word, to_word)
        to_word = _place_of_symbol(words, length - 1, s + 1, from_word, to_word)
        known = from_word < to_word and words.symbol[words.first[from_word - 1] + length] == EDGE
        p = followers.left * exact
        if known:
            p += followers.alone[from_word]
        whole = most * p if likeliest else backed * p
        begins = followers.left * (spelled - exact)
        begins += _between(followers.alone_summed, from_word + known, to_word, 0)
        begins *= backed
        for c in range(contexts):
            if low[c] >= high[c]:
                continue
            u = numbers[here, c]
            low[c] = _place(followers.after, from_word, low[c], high[c])
            high[c] = _place(followers.after, to_word, low[c], high[c])
            own = low[c]
            if known and own < high[c] and followers.after[own] == from_word:
                if likeliest:
                    whole = max(whole, masses[here, c] * (followers.share[own] + followers.weight[u] * p))
                else:
                    whole += masses[here, c] * followers.share[own]
                own += 1
            begins += masses[here, c] * _between(followers.summed, own, high[c], followers.first[u])
        there = (at + length) % slots
        if known:
            numbers[there, length] = from_word
            masses[there, length] = whole
        else:
            masses[there, 0] = max(masses[there, 0], whole) if likeliest else masses[there, 0] + whole
        longer[there] += begins
        if words.blank[s]:
            break


@njit(cache=True, nogil=True)
def _begin(state, at, context):
    """Forget all cuts and begin anew at a place after one context."""
    numbers, masses, longer = state[0], state[1], state[2]
    numbers[:] = _UNSEEN
    masses[:] = 0.0
    longer[:] = 0.0
    numbers[at % len(longer), 0] = context
    masses[at % len(longer), 0] = 1.0


@njit(cache=True, nogil=True)
def walk(text, words, followers, spelling, likeliest, out):
    """Write ln p of each symbol after the first edge, or of each document's likeliest cut at its end.

    An unknown character has 0 and begins the cuts anew, after an unknown word; so does one that no cut can spell.
    """
    slots = spelling.longest + 1
    numbers = np.full((slots, slots), _UNSEEN, np.int64)
    masses = np.zeros((slots, slots))
    longer = np.zeros(slots)
    state = (numbers, masses, longer, np.zeros(slots, np.int64), np.zeros(slots, np.int64))
    before = 1.0
    best = 0.0
    _begin(state, 1, EDGE)
    for i in range(1, len(text)):
        here = i % slots
        s = text[i]
        if s == EDGE:
            ended = _ended(followers, numbers[here], masses[here], slots, likeliest)
            out[i - 1] = best + np.log(ended) if likeliest else np.log(ended / before)
            before, best = 1.0, 0.0
            _begin(state, i + 1, EDGE)
            continue
        if s == len(words.blank) - 1:
            best += np.log(masses[here].max())
            before = 1.0
            _begin(state, i + 1, _UNSEEN)
            continue
        _extend(text, i, words, followers, spelling, state, likeliest)
        numbers[here] = _UNSEEN
        masses[here] = 0.0
        longer[here] = 0.0
        there = (i + 1) % slots
        total = masses[there].sum() + longer[there]
        if not likeliest:
            out[i - 1] = np.log(total / before)
        if total <= 0.0:
            best += -np.inf
            before = 1.0
            _begin(state, i + 1, _UNSEEN)
            continue
        before = total
        if total < _TINY:
            masses /= total
            longer /= total
            best += np.log(total)
            before = 1.0
