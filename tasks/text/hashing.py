"""Hash tables with open addressing, and random numbers, for numba kernels.

A table is searched from the slot that a key hashes to, one slot after the other, until the key or an empty slot is
found (linear probing: Knuth, volume 3, 6.4); its size is a power of two, and at least one slot is empty. The hash is
the key times 2^64 over the golden ratio, from bit 32 up. The random numbers are splitmix64, whose whole state is one
number that the caller keeps.
"""

import numpy as np
from numba import njit

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True, inline="always")
def _home(key, mask):
    mixed = np.uint64(key) * GOLDEN
    return np.int64((mixed >> np.uint64(32)) & np.uint64(mask))


@njit(cache=True, nogil=True, inline="always")
def slot_of(table, key):
    """Return the slot of a key in table int64[slots, 2] (key, value), or the empty one (key -1) where it belongs."""
    mask = len(table) - 1
    slot = _home(key, mask)
    while table[slot, 0] != key and table[slot, 0] != -1:
        slot = (slot + 1) & mask
    return slot


@njit(cache=True, nogil=True, inline="always")
def packed_slot(table, key, bits):
    """Return the slot of a key in table int64[slots] (key << bits | value), or the empty one (-1) where it belongs."""
    mask = len(table) - 1
    slot = _home(key, mask)
    while table[slot] >> bits != key and table[slot] >= 0:
        slot = (slot + 1) & mask
    return slot


@njit(cache=True, nogil=True, inline="always")
def uniform(state):
    """Return the next state uint64 and a float64 in [0, 1)."""
    state = (state + GOLDEN) & np.uint64(0xFFFFFFFFFFFFFFFF)
    z = state
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return state, np.float64(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)
