"""A priority queue of the pairs of a text, the largest gain first: a tournament tree, kept up to date.

Leaf i of a complete binary tree float64[2 * size] holds a bound of the gain of pair i, every other node the larger
of its two. Fewer tokens make every gain smaller; fewer tokens of one type make the gains of its pairs larger, so
bounds reckon with the type having lost one token in 64 more, and its pairs are looked at again when it has lost
them (looked at after every merge, the many pairs of common characters take time that grows with the square of the
text). A pair that comes first gets its exact gain, and is merged when it still comes first. Among equals the first
numbered comes first.

A word is an entry of the lexicon, written by its parts in the code of the text, their number in unary and its
count in Elias' gamma code; it pays when the text gets shorter by more (a two-part code, both in bits):

    N F / ln 2  >  sum_i log2(N / N_i) + k - 1 + 2 floor(log2 c) + 1

A word that is already there costs nothing more. Before a pair is merged or given up, the words that hold it and
one or two neighbours more are tried: the k-way gain of 2.16 finds words whose inner pairs are weak (共和国). A
pair given up comes back only when it pays itself. Pairs seen less than three times are left out: one seen twice
saves at most 2 log2(N/2) + 2.9 bits and costs 2 log2(N/2) + 4.
"""

import numpy as np
from numba import njit

from tasks.lexicon.gain import LN2, merge_gain
from tasks.lexicon.merge_state import (
    AS_LEFT,
    AS_RIGHT,
    AS_TARGET,
    COUNT,
    FLOOR,
    GIVEN_UP,
    LEAST_COUNT,
    LEFT,
    LEFTS,
    LENGTH,
    LISTED,
    PAIRS,
    RIGHT,
    RIGHTS,
    SPELLINGS,
    STATE,
    TARGET,
    TOKENS,
    TOTAL,
    occurrences,
    type_of,
)

MAX_PARTS = 4


@njit(cache=True, nogil=True)
def entry_bits(count, parts, width, existing, kind, total):
    """Return what the word costs in the lexicon, bits."""
    if existing > 0:
        return 0.0
    bits = width - 1 + 2 * np.floor(np.log2(count)) + 1
    for i in range(width):
        bits += np.log2(total / kind[parts[i], TOKENS])
    return bits


@njit(cache=True, nogil=True)
def set_gain(tree, number, gain):
    """Give pair `number` its gain."""
    at = len(tree) // 2 + number
    tree[at] = gain
    at //= 2
    while at > 0:
        larger = max(tree[2 * at], tree[2 * at + 1])
        if tree[at] == larger:
            return
        tree[at] = larger
        at //= 2


@njit(cache=True, nogil=True)
def first_pair(tree):
    """Return the number of the pair with the largest gain."""
    at = 1
    while at < len(tree) // 2:
        at = 2 * at if tree[2 * at] == tree[at] else 2 * at + 1
    return at - len(tree) // 2


@njit(cache=True, nogil=True)
def pair_gain(text, number, column=TOKENS):
    """Return the gain of a pair in nats, an upper bound for equal neighbours; -inf for one hardly seen."""
    row = text.pair[number]
    count = row[COUNT]
    times = (1, 1)
    if row[LEFT] == row[RIGHT]:
        count = min(count, text.kind[row[LEFT], TOKENS] // 2)
        times = (2, 0)
    if count < LEAST_COUNT:
        return -np.inf
    existing = text.kind[row[TARGET], TOKENS]
    return merge_gain(count, row[LEFT : RIGHT + 1], times, existing, text.kind, column, text.size[TOTAL])


@njit(cache=True, nogil=True)
def floor(tokens):
    """Return how many tokens of a type are left when its pairs are looked at again."""
    return tokens - (tokens >> 6)


@njit(cache=True, nogil=True)
def pair_bound(text, number):
    """Return an upper bound of the gain of a pair until one of its types has fewer tokens than its floor."""
    return pair_gain(text, number, FLOOR)


@njit(cache=True, nogil=True)
def pair_gains(text):
    """Return the gains of all pairs in nats, float64[pairs], -inf for those hardly seen."""
    gains = np.empty(text.size[PAIRS])
    for number in range(len(gains)):
        gains[number] = pair_gain(text, number)
    return gains


@njit(cache=True, nogil=True)
def look_again(text, kind):
    """Compute the bounds of all pairs that hold a type or spell it."""
    text.kind[kind, FLOOR] = floor(text.kind[kind, TOKENS])
    for link, begin in ((AS_LEFT, LEFTS), (AS_RIGHT, RIGHTS), (AS_TARGET, SPELLINGS)):
        number = text.kind[kind, begin]
        while number >= 0:
            if text.pair[number, STATE] != GIVEN_UP or _pays(text, number):
                text.pair[number, STATE] = LISTED
                set_gain(text.tree, number, pair_bound(text, number))
            number = text.pair[number, link]


@njit(cache=True, nogil=True)
def next_merge(text, parts):
    """Put the next word that pays into parts int64[MAX_PARTS]; return (its width, gain in nats, bits of entry).

    Width 0 when no word pays any more.
    """
    tree = text.tree
    exact = np.empty(64, np.int64)
    size = 0
    while tree[1] > -np.inf or _take_back(text):
        number = first_pair(tree)
        gain = pair_gain(text, number)
        if gain < tree[1]:
            set_gain(tree, number, gain)
            if size == len(exact):
                longer = np.empty(2 * size, np.int64)
                longer[:size] = exact
                exact = longer
            exact[size] = number
            size += 1
            continue
        parts[0], parts[1] = text.pair[number, LEFT], text.pair[number, RIGHT]
        width = 2
        positions = occurrences(text, parts, width)
        gain, bits = _worth(text, parts, width, positions)
        if gain < tree[1]:
            set_gain(tree, number, gain)
            continue
        best, best_gain, best_bits = (width if gain / LN2 > bits else 0), gain, bits
        while width < MAX_PARTS and len(positions) >= LEAST_COUNT:
            longer = _extended(text, parts, width, positions)
            if not longer:
                break
            width += 1
            positions = occurrences(text, parts, width)
            gain, bits = _worth(text, parts, width, positions)
            if gain / LN2 > bits and (best == 0 or gain > best_gain):
                best, best_gain, best_bits = width, gain, bits
        if best > 0:
            if best < width:
                parts[0], parts[1] = text.pair[number, LEFT], text.pair[number, RIGHT]
                _again(text, parts, best)
            # exact gains hold until the next merge alone
            for i in range(size):
                if text.pair[exact[i], STATE] == LISTED and tree[len(tree) // 2 + exact[i]] > -np.inf:
                    set_gain(tree, exact[i], pair_bound(text, exact[i]))
            return best, best_gain, best_bits
        text.pair[number, STATE] = GIVEN_UP
        set_gain(tree, number, -np.inf)
    return 0, 0.0, 0.0


@njit(cache=True, nogil=True)
def _pays(text, number):
    row = text.pair[number]
    gain = pair_gain(text, number)
    if gain <= 0:
        return False
    existing = text.kind[row[TARGET], TOKENS]
    parts = row[LEFT : RIGHT + 1]
    # entries get shorter with the text, so this may change after a pair was given up
    bits = entry_bits(row[COUNT], parts, 2, existing, text.kind, text.size[TOTAL])
    if row[LEFT] != row[RIGHT] and gain / LN2 <= bits:
        return False
    gain, bits = _worth(text, parts, 2, occurrences(text, parts, 2))
    return gain / LN2 > bits


@njit(cache=True, nogil=True)
def _take_back(text):
    found = False
    for number in range(text.size[PAIRS]):
        if text.pair[number, STATE] == GIVEN_UP and _pays(text, number):
            text.pair[number, STATE] = LISTED
            set_gain(text.tree, number, pair_bound(text, number))
            found = True
    return found


@njit(cache=True, nogil=True)
def _again(text, parts, width):
    for k in range(2, width):
        _extended(text, parts, k, occurrences(text, parts, k))


@njit(cache=True, nogil=True)
def _worth(text, parts, width, positions):
    count = len(positions)
    if count < LEAST_COUNT:
        return -np.inf, 0.0
    length = 0
    for i in range(width):
        length += text.kind[parts[i], LENGTH]
    word = type_of(text, positions[0], length, False)
    existing = text.kind[word, TOKENS] if word >= 0 else 0
    total = text.size[TOTAL]
    times = np.empty(width, np.int64)
    _count_times(parts, times)
    gain = merge_gain(count, parts, times, existing, text.kind, TOKENS, total)
    return gain, entry_bits(count, parts, width, existing, text.kind, total)


@njit(cache=True, nogil=True)
def _count_times(parts, times):
    """Fill times with how often each of the parts stands among them, 0 where it stood before."""
    for i in range(len(times)):
        times[i] = 1
        for j in range(len(times)):
            if j < i and parts[j] == parts[i]:
                times[i] = 0
                break
            if j > i and parts[j] == parts[i]:
                times[i] += 1


@njit(cache=True, nogil=True)
def _extended(text, parts, width, positions):
    """Add the neighbour, before or after, with the largest gain to the parts; return whether there is one."""
    beside = np.empty(len(positions), np.int64)
    room = text.max_length
    for i in range(width):
        room -= text.kind[parts[i], LENGTH]
    trial, times = np.empty(width + 1, np.int64), np.empty(width + 1, np.int64)
    best, best_gain, best_after = np.int64(-1), -np.inf, True
    for after in (True, False):
        for i in range(len(positions)):
            at = positions[i]
            if after:
                for _ in range(width):
                    at = text.ahead[at]
            else:
                at = text.back[at]
            beside[i] = text.type[at]
        beside.sort()
        shift = 0 if after else 1
        trial[shift : width + shift] = parts[:width]
        start = 0
        for i in range(1, len(beside) + 1):
            if i < len(beside) and beside[i] == beside[start]:
                continue
            kind = beside[start]
            count = i - start
            start = i
            if kind < 0 or count < LEAST_COUNT or text.kind[kind, LENGTH] > room:
                continue
            trial[width if after else 0] = kind
            same = 0
            for part in trial:
                same += part == kind
            if same * count > text.kind[kind, TOKENS]:
                continue
            _count_times(trial, times)
            gain = merge_gain(count, trial, times, 0, text.kind, TOKENS, text.size[TOTAL])
            if gain > best_gain:
                best, best_gain, best_after = kind, gain, after
    if best < 0:
        return False
    if best_after:
        parts[width] = best
    else:
        parts[1 : width + 1] = parts[:width].copy()
        parts[0] = best
    return True
