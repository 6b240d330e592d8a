"""Text as one array of code points, with 0 between the contexts that no n-gram spans.

A context is a maximal run of a sentence without white space (`str.isspace`). 0 stands before, between and
after contexts, never twice in a row; U+0000 is no text and ends a context like white space.
"""

import numpy as np
import pyarrow as pa
from numba import njit

from tasks.ngrams.threads import cut, in_threads
from tasks.ngrams.workspace import Workspace

_SPACES = np.zeros(0x3001, dtype=np.uint8)
_SPACES[[0, *(c for c in range(0x3001) if chr(c).isspace())]] = 1


@njit(cache=True, nogil=True)
def _decode(data, offsets, spaces, out):
    size = 1
    out[0] = 0
    for row in range(len(offsets) - 1):
        at = offsets[row]
        end = offsets[row + 1]
        while at < end:
            byte = np.int32(data[at])
            if byte < 0x80:
                code = byte
                at += 1
            elif byte < 0xE0:
                code = np.int32((byte & 0x1F) << 6 | (data[at + 1] & 0x3F))
                at += 2
            elif byte < 0xF0:
                code = (byte & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | (data[at + 2] & 0x3F)
                at += 3
            else:
                code = (byte & 0x07) << 18 | (data[at + 1] & 0x3F) << 12
                code |= (data[at + 2] & 0x3F) << 6 | (data[at + 3] & 0x3F)
                at += 4
            if code < len(spaces) and spaces[code]:
                code = np.int32(0)
            if code != 0 or out[size - 1] != 0:
                out[size] = code
                size += 1
        if out[size - 1] != 0:
            out[size] = 0
            size += 1
    return size


def codes_of(
    text: pa.Array | pa.ChunkedArray, threads: int = 1, workspace: Workspace | None = None
) -> np.ndarray:
    """Return the contexts of a string column as Int32[n], 0 at both ends; nulls are empty."""
    space = workspace or Workspace()
    chunks = text.chunks if isinstance(text, pa.ChunkedArray) else [text]
    pieces = [_bytes(chunk.slice(a, b - a)) for chunk in chunks for a, b in cut(len(chunk), threads)]
    room = np.cumsum([0] + [int(offsets[-1] - offsets[0]) + len(offsets) for _, offsets in pieces])
    # A character takes up to four bytes, so most of this is never touched.
    out = space.empty("codes", max(1, int(room[-1])), np.int32)
    out[0] = 0
    places = zip(room[:-1].tolist(), room[1:].tolist(), strict=True)
    parts = [(*piece, _SPACES, out[a:b]) for piece, (a, b) in zip(pieces, places, strict=True)]
    end = 1
    for start, size in zip(room.tolist(), in_threads(threads, _decode, parts), strict=False):
        if start:
            out[end : end + size - 1] = out[start + 1 : start + size]
        end = end + size - 1 if start else size
    return out[:end]


def _bytes(chunk: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    plain = (chunk.fill_null("") if chunk.null_count else chunk).cast(pa.large_string())
    _, offset_buffer, data_buffer = plain.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int64)[plain.offset : plain.offset + len(plain) + 1]
    return np.frombuffer(data_buffer or b"", dtype=np.uint8), offsets
