"""Arrow strings to Unicode code points and back, without a Python object per string.

A column of sentences becomes one flat array of code points with offsets, as Arrow itself keeps its bytes:
sentence s is codes[offsets[s]:offsets[s + 1]].
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numba import njit

if TYPE_CHECKING:
    import polars as pl

CODE_POINTS = 0x110000
BLOCK_BYTES = 4 << 20

StringColumn = pa.StringArray | pa.LargeStringArray | pa.ChunkedArray


@dataclass(frozen=True)
class Characters:
    """Sentences as code points: codes uint32[characters], offsets int64[sentences + 1]."""

    codes: np.ndarray
    offsets: np.ndarray


def decode(texts: pa.StringArray | pa.LargeStringArray) -> Characters:
    """Return the code points of every sentence; ValueError when a sentence is null."""
    data, offsets = utf8_bytes(texts)
    codes = np.empty(int(offsets[-1] - offsets[0]), np.uint32)
    starts = np.empty(len(offsets), np.int64)
    length = _decode(data, offsets, codes, starts)
    return Characters(codes[:length], starts)


def strings(codes: np.ndarray, offsets: np.ndarray) -> pa.StringArray:
    """Return code points uint32 laid end to end, offsets int64[n + 1], as strings; the way back from `decode`."""
    codes = np.asarray(codes, np.uint32)
    data = codes.astype("<u4").tobytes().decode("utf-32-le").encode()
    size = 1 + (codes >= 0x80) + (codes >= 0x800).astype(np.int32) + (codes >= 0x10000)
    ends = np.concatenate([[0], np.cumsum(size)])[offsets]
    return _strings(np.frombuffer(data, np.uint8), ends.astype(np.int32))


def column_of(words: Sequence[str]) -> pa.StringArray:
    """Return words as an Arrow column; pa.array would, for a list, load Pandas to see whether it is one of its own."""
    encoded = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return _strings(np.frombuffer(b"".join(encoded), np.uint8), ends)


def utf8_bytes(texts: pa.StringArray | pa.LargeStringArray) -> tuple[np.ndarray, np.ndarray]:
    """Return (uint8[bytes], int64[sentences + 1]): the column's own buffers, offsets into the bytes."""
    if texts.null_count:
        raise ValueError(f"sentences must not be null, got {texts.null_count} nulls")
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    _, index, data = texts.buffers()
    if index is None or len(texts) == 0:
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int64)
    offsets = np.frombuffer(index, width)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    return (np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)), offsets


def string_column(texts: pa.Array | pa.ChunkedArray) -> list[pa.StringArray | pa.LargeStringArray]:
    """Return the chunks of a string column; TypeError when it holds anything else."""
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    for chunk in chunks:
        if not (pa.types.is_string(chunk.type) or pa.types.is_large_string(chunk.type)):
            raise TypeError(f"sentences must be string or large_string, got {chunk.type}")
    return list(chunks)


def blocks(
    texts: pa.Array | pa.ChunkedArray, block_bytes: int = BLOCK_BYTES
) -> Iterator[tuple[int, pa.StringArray | pa.LargeStringArray]]:
    """Yield (first row, slice) with about `block_bytes` bytes a slice, whole sentences only."""
    row = 0
    for chunk in string_column(texts):
        _, offsets = utf8_bytes(chunk)
        first = 0
        while first < len(chunk):
            last = int(np.searchsorted(offsets, offsets[first] + block_bytes, "right")) - 1
            last = min(max(last, first + 1), len(chunk))
            yield row + first, chunk.slice(first, last - first)
            first = last
        row += len(chunk)


def count_characters(data: np.ndarray, offsets: np.ndarray) -> int:
    """Return the number of characters of sentences in UTF-8: bytes that do not continue one."""
    return int(np.count_nonzero(data[offsets[0] : offsets[-1]].view(np.int8) >= -64))


def spans_of(
    text: Characters, begins: np.ndarray, visible: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the tokens that begin at visible characters bool[n] and hold all visible ones up to the next.

    Sentence int64[tokens], start and end int32[tokens] within it. The first visible character has to begin one.
    """
    begin, shown = np.flatnonzero(begins), np.flatnonzero(visible)
    token = np.searchsorted(begin, shown, "right") - 1
    end = begin + np.bincount(token, minlength=len(begin))
    row = np.searchsorted(text.offsets, begin, "right") - 1
    first = text.offsets[row]
    return row, (begin - first).astype(np.int32), (end - first).astype(np.int32)


def covering(texts: pa.StringArray | pa.LargeStringArray, lengths: np.ndarray) -> pa.Array | None:
    """Return substrings of these lengths in bytes, end to end in the texts' own memory; None if some is left."""
    data, offsets = utf8_bytes(texts)
    ends = np.zeros(len(lengths) + 1, offsets.dtype if offsets[-1] - offsets[0] >= 2**31 else np.int32)
    np.cumsum(lengths, dtype=ends.dtype, out=ends[1:])
    if ends[-1] != offsets[-1] - offsets[0]:
        return None
    return _strings(data[offsets[0] : offsets[-1]], ends)


def _strings(data: np.ndarray, ends: np.ndarray) -> pa.StringArray | pa.LargeStringArray:
    kind = pa.large_string() if ends.dtype == np.int64 else pa.string()
    return pa.Array.from_buffers(kind, len(ends) - 1, [None, pa.py_buffer(ends), pa.py_buffer(data)])


def slices(
    texts: pa.StringArray | pa.LargeStringArray, sentence: np.ndarray, start: np.ndarray, end: np.ndarray
) -> pa.StringArray | pa.LargeStringArray:
    """Return the substrings [start, end) in code points of sentences, all in ascending order; string[n]."""
    data, offsets = utf8_bytes(texts)
    words = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    ends = np.zeros(len(start) + 1, np.int64)
    length = _slice(data, offsets, sentence, start, end, words, ends)
    return _strings(words[:length], ends if length >= 2**31 else ends.astype(np.int32))


@njit(cache=True, nogil=True)
def _decode(data, offsets, codes, starts):
    length = 0
    starts[0] = 0
    for s in range(len(offsets) - 1):
        length += decode_sentence(data, offsets[s], offsets[s + 1], codes[length:])
        starts[s + 1] = length
    return length


@njit(cache=True, nogil=True, inline="always")
def code_point(data, at):
    """Return the code point of the character at byte `at` uint64 of UTF-8, and the byte after it."""
    one = np.uint64(1)
    low = np.int32(0x3F)
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
    return code, at


@njit(cache=True, nogil=True)
def decode_sentence(data, begin, end, codes):
    """Write the code points of bytes [begin, end) to codes, return how many."""
    length = 0
    at = np.uint64(begin)
    while at < np.uint64(end):
        codes[length], at = code_point(data, at)
        length += 1
    return length


@njit(cache=True, nogil=True)
def _slice(data, offsets, sentence, start, end, words, ends):
    written = 0
    current = -1
    position = 0
    i = 0
    for token in range(len(start)):
        if sentence[token] != current:
            current = sentence[token]
            i = offsets[current]
            position = 0
        while position < end[token]:
            inside = position >= start[token]
            while True:
                if inside:
                    words[written] = data[i]
                    written += 1
                i += 1
                if i >= offsets[current + 1] or (data[i] & 0xC0) != 0x80:
                    break
            position += 1
        ends[token + 1] = written
    return written


def string_array(words: "pl.Series") -> pa.StringArray:
    """Return a String series as an Arrow string array."""
    return words.to_arrow().cast(pa.string())


def codes_of(characters: "pl.Series") -> np.ndarray:
    """Return the code points uint32[n] of a String series, its strings laid end to end."""
    return decode(string_array(characters)).codes
