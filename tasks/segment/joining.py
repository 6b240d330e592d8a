"""Write segmented lines, from UTF-8 to UTF-8: words separated by spaces, the end of each line unchanged.

Between words stands whatever no word covers, white space that is: of it blanks are left out, anything else is
kept as a word of its own, so that the text without its blanks stays what it was.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tasks.text.characters import string_column, utf8_bytes
from tasks.text.ragged import Ragged
from tasks.text.segmentation import Segmentation

_BLANK, _LINE_FEED, _CARRIAGE_RETURN = 0x20, 0x0A, 0x0D
_BEGIN, _DROP = 1, 2
_ONE, _TWO, _THREE = np.uint64(1), np.uint64(2), np.uint64(3)


class _Tokens(NamedTuple):
    sentence: np.ndarray
    start: np.ndarray
    end: np.ndarray
    length: np.ndarray


def join_words(tokens: Segmentation) -> np.ndarray:
    """Return lines, each with its end, whose words are separated by spaces: uint8[bytes] of UTF-8.

    ValueError when the lines come in several chunks.
    """
    chunks = string_column(tokens.texts)
    if len(chunks) != 1:
        raise ValueError(f"lines must come in one chunk, got {len(chunks)}")
    lines = Ragged(*utf8_bytes(chunks[0]))
    lengths = np.zeros(0, np.int32) if tokens.byte_length is None else tokens.byte_length
    longest = int(lines.lengths.max(initial=0))
    # every character may become a word with a blank before it, and one more blank is written ahead
    joined = np.empty(2 * int(lines.offsets[-1] - lines.offsets[0]) + 1, np.uint8)
    columns = _Tokens(tokens.sentence_index, tokens.start, tokens.end, lengths)
    size = _join(lines, columns, np.zeros(longest, np.uint8), joined)
    return joined[:size]


@njit(cache=True, nogil=True)
def _join(lines, tokens, signs, joined):
    """Write joined lines, return how many bytes; signs uint8[longest line] say what becomes of a byte."""
    written = np.uint64(0)
    token = 0
    for s in range(len(lines.offsets) - 1):
        line = lines.values[lines.offsets[s] : lines.offsets[s + 1]]
        token = _sign(line, s, tokens, token, signs)
        # unsigned places need no look whether they count from the end
        i = np.uint64(0)
        while i < np.uint64(len(line)):
            sign = np.uint64(signs[i])
            signs[i] = 0
            # a blank that the next byte overwrites where none belongs: no branch that cannot be foreseen
            joined[written] = _BLANK
            written += sign & _ONE
            joined[written] = line[i]
            if line[i] >= 0xE0:
                joined[written + _ONE] = line[i + _ONE]
                joined[written + _TWO] = line[i + _TWO]
                written += _THREE
                i += _THREE
            else:
                written += _ONE - (sign >> _ONE)
                i += _ONE
    return written


@njit(cache=True, nogil=True)
def _sign(line, s, tokens, token, signs):
    sentence, start, end, lengths = tokens.sentence, tokens.start, tokens.end, tokens.length
    high = len(line)
    while high > 0 and (line[high - 1] == _LINE_FEED or line[high - 1] == _CARRIAGE_RETURN):
        high -= 1
    i = 0
    position = 0
    begin = 0
    while i < high:
        if token < len(sentence) and sentence[token] == s and start[token] == position:
            signs[i] = begin
            begin = _BEGIN
            if len(lengths):
                i += lengths[token]
            else:
                for _ in range(start[token], end[token]):
                    i += _size(line[i])
            position = end[token]
            token += 1
        else:
            if line[i] == _BLANK:
                signs[i] = _DROP
            else:
                signs[i] = begin
                begin = _BEGIN
            i += _size(line[i])
            position += 1
    return token


@njit(cache=True, nogil=True, inline="always")
def _size(lead):
    return 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0)
