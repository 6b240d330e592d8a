"""Text as one array of code points, with 0 between the contexts that no n-gram spans.

A context is a maximal run of a sentence without white space (`str.isspace`). 0 stands before, between and
after contexts, never twice in a row; U+0000 is no text and ends a context like white space.
"""

import numpy as np
import pyarrow as pa
from numba import njit

_SPACES = np.zeros(0x3001, dtype=np.uint8)
_SPACES[[0, *(c for c in range(0x3001) if chr(c).isspace())]] = 1


@njit(cache=True, nogil=True)
def _decode(data, offsets, spaces, out):
    one = np.uint64(1)
    low = np.int32(0x3F)
    size = one
    out[0] = 0
    before = np.int32(0)
    for row in range(len(offsets) - 1):
        at = np.uint64(offsets[row])
        end = np.uint64(offsets[row + 1])
        while at < end:
            code = np.int32(data[at])
            if code >= 0xE0:
                code = code << 12 | (data[at + one] & low) << 6 | data[at + np.uint64(2)] & low
                if code < 0xF0000:
                    code &= np.int32(0xFFFF)
                    at += np.uint64(3)
                else:
                    code = (code & np.int32(0x7FFF)) << 6 | data[at + np.uint64(3)] & low
                    at += np.uint64(4)
            elif code < 0x80:
                at += one
            else:
                code = (code & np.int32(0x1F)) << 6 | data[at + one] & low
                at += np.uint64(2)
            if code < len(spaces) and spaces[np.uint32(code)]:
                code = np.int32(0)
            out[size] = code
            size += np.uint64((code != 0) | (before != 0))
            before = code
        out[size] = 0
        size += np.uint64(before != 0)
        before = np.int32(0)
    return np.int64(size)


def codes_of(text: pa.Array, out: np.ndarray | None = None) -> np.ndarray:
    """Return the contexts of a string column as Int32[n], 0 at both ends; nulls are empty.

    With `out`, of at least text.nbytes + 1 integers, they are a view of it.
    """
    data, offsets = _bytes(text)
    if out is None:
        # A character takes up to four bytes, so most of this is never touched.
        out = np.empty(1 + int(offsets[-1] - offsets[0]) + len(text), dtype=np.int32)
    return out[: _decode(data, offsets, _SPACES, out)]


def _bytes(chunk: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    plain = (chunk.fill_null("") if chunk.null_count else chunk).cast(pa.large_string())
    _, offset_buffer, data_buffer = plain.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int64)[plain.offset : plain.offset + len(plain) + 1]
    return np.frombuffer(data_buffer or b"", dtype=np.uint8), offsets
