"""Random numbers for numba kernels: splitmix64, whose whole state is one number that callers keep."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, inline="always")
def uniform(state):
    """Return the next state uint64 and a float64 in [0, 1)."""
    state = (state + np.uint64(0x9E3779B97F4A7C15)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    z = state
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return state, np.float64(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True, inline="always")
def slot_of(pairs, key):
    """Return the slot of a key, or the empty one where it belongs."""
    mask = len(pairs) - 1
    mixed = np.uint64(key) * _MULTIPLIER
    slot = np.int64((mixed ^ (mixed >> np.uint64(29))) & np.uint64(mask))
    while pairs[slot, 0] != key and pairs[slot, 0] != -1:
        slot = (slot + 1) & mask
    return slot
