"""Cut lines as text again, from UTF-8 to UTF-8: the words of a line joined by blanks, its end as it was.

Between words stands whatever no word covers, white space that is: of it blanks are left out, anything else is
kept as a word of its own, so that the text without its blanks stays what it was.
"""

import numpy as np
from numba import njit

from tasks.segment.characters import string_column, utf8_bytes
from tasks.segment.viterbi import Segmentation

_BLANK, _LINE_FEED, _CARRIAGE_RETURN = 0x20, 0x0A, 0x0D


def join_words(tokens: Segmentation) -> np.ndarray:
    """Return lines, each with its end, whose words are joined by blanks: uint8[bytes] of UTF-8.

    ValueError when the lines come in several chunks.
    """
    chunks = string_column(tokens.texts)
    if len(chunks) != 1:
        raise ValueError(f"lines must come in one chunk, got {len(chunks)}")
    data, offsets = utf8_bytes(chunks[0])
    # every character may become a word, with a blank before it
    joined = np.empty(2 * int(offsets[-1] - offsets[0]), np.uint8)
    return joined[: _join(data, offsets, tokens.sentence_index, tokens.start, tokens.end, joined)]


@njit(cache=True, nogil=True)
def _join(data, offsets, sentence, start, end, joined):
    written = 0
    token = 0
    for s in range(len(offsets) - 1):
        i, body = offsets[s], offsets[s + 1]
        while body > i and (data[body - 1] == _LINE_FEED or data[body - 1] == _CARRIAGE_RETURN):
            body -= 1
        first = written
        position = 0
        while i < body:
            stop = position + 1
            if token < len(sentence) and sentence[token] == s and start[token] == position:
                stop = end[token]
                token += 1
            elif data[i] == _BLANK:
                i += 1
                position += 1
                continue
            if written > first:
                joined[written] = _BLANK
                written += 1
            while position < stop:
                lead = data[i]
                position += 1
                joined[written] = lead
                size = 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0)
                for k in range(1, size):
                    joined[written + k] = data[i + k]
                i += size
                written += size
        while i < offsets[s + 1]:
            joined[written] = data[i]
            written += 1
            i += 1
    return written
