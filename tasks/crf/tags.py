"""Tags of characters: b m e within a word of two characters and more, s alone.

s and e are followed by b or s, b and m by m or e; a text begins with b or s and ends with e or s (J. Su, kexue.fm
5542). What is known of a text is kept by gap: whether a word begins at each character, does not, or is not known.
A character's tag is settled by the gaps on both sides of it; where one is open, several tags are allowed.
"""

import numpy as np

TAGS = "bmes"
B, M, E, S = range(len(TAGS))
WITHIN, BEGINS, OPEN = 0, 1, 2

_BEGINS = np.array([True, False, False, True])
_ENDS = np.array([False, False, True, True])

MAY_START = _BEGINS
MAY_END = _ENDS
MAY_FOLLOW = _ENDS[:, None] == _BEGINS[None, :]


def allowed_tags(begins: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return uint8[n, 4], the tags that gaps uint8[n] of WITHIN, BEGINS or OPEN allow; pieces at offsets.

    >>> allowed_tags(np.array([1, 0, 2], np.uint8), np.array([0, 3])).tolist()
    [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
    """
    left = np.asarray(begins, np.uint8).copy()
    left[offsets[:-1][np.diff(offsets) > 0]] = BEGINS
    right = np.append(left[1:], np.uint8(BEGINS))[: len(left)]
    begin = (left[:, None] == OPEN) | ((left[:, None] == BEGINS) == _BEGINS)
    end = (right[:, None] == OPEN) | ((right[:, None] == BEGINS) == _ENDS)
    return (begin & end).astype(np.uint8)


def begins_of(tags: np.ndarray) -> np.ndarray:
    """Return bool[...], whether a word begins at characters so tagged int[...]."""
    return _BEGINS[tags]
