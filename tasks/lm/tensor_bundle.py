"""Reads a TensorFlow V2 checkpoint (a tensor bundle) without TensorFlow.

`NAME.index` is a table of sorted strings as LevelDB writes it: data blocks, an index block whose values say where they
are, and a footer of 48 bytes - handles of the meta index and the index, padding, the magic number 0xdb4775248b80fb57.
Within a block each entry is (shared, unshared, value length) as varints, then the unshared part of the key, then the
value; the offsets of the restart points follow. After a block come its compression (0: none) and a masked CRC-32C.
The key "" holds a BundleHeaderProto, every other key is a tensor's name with a BundleEntryProto: dtype (1), shape (2),
shard (3), offset (4), size (5), crc32c (6). `NAME.data-SSSSS-of-NNNNN` holds the tensors' bytes as they are.
"""

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tasks.errors import InputError

MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_TRAILER = 5
_DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Where one tensor lies: shape, bytes offset..offset + size of a shard, and NumPy's name of its type."""

    shape: tuple[int, ...]
    dtype: str
    shard: int
    offset: int
    size: int


def read_bundle(prefix: Path, wanted: Callable[[str], bool] = lambda name: True) -> dict[str, np.ndarray]:
    """Return the tensors of a checkpoint whose names are `wanted`; InputError when they are not whole."""
    shards, entries = read_index(prefix)
    arrays = {}
    for name, entry in entries.items():
        if not wanted(name):
            continue
        path = prefix.with_name(f"{prefix.name}.data-{entry.shard:05d}-of-{shards:05d}")
        damaged = InputError(f"{str(path)!r} must hold {entry.shape} of {name}; it is cut off or damaged")
        needed = math.prod(entry.shape) * np.dtype(entry.dtype).itemsize
        try:
            # Before anything is read: sizes and offsets of a damaged index are any numbers.
            if entry.size != needed or entry.offset + entry.size > path.stat().st_size:
                raise damaged
            with path.open("rb") as file:
                file.seek(entry.offset)
                data = file.read(entry.size)
            arrays[name] = np.frombuffer(data, entry.dtype).reshape(entry.shape)
        except OSError as error:
            raise InputError(f"cannot read {str(path)!r}: {error.strerror}") from None
        except (OverflowError, ValueError):
            raise damaged from None
    return arrays


def read_index(prefix: Path) -> tuple[int, dict[str, Entry]]:
    """Return (number of shards, entries by tensor name); InputError when it is no index of a checkpoint."""
    path = prefix.with_name(prefix.name + ".index")
    try:
        table = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror}") from None
    if len(table) < _FOOTER or struct.unpack("<Q", table[-8:])[0] != MAGIC:
        raise InputError(f"{str(path)!r} is not the index of a TensorFlow checkpoint")
    try:
        return _entries(table)
    except (IndexError, KeyError, ValueError, struct.error) as error:
        raise InputError(f"{str(path)!r} is damaged or of a kind that is not read: {error}") from None


def _entries(table: bytes) -> tuple[int, dict[str, Entry]]:
    footer = table[-_FOOTER:]
    _, at = _handle(footer, 0)
    index, _ = _handle(footer, at)
    shards, entries = 1, {}
    for _, value in _block(table, *index):
        for key, data in _block(table, *_handle(value, 0)[0]):
            fields = _fields(data)
            if not key:
                shards = _number(fields, 1, 1)
                continue
            dtype = _number(fields, 1, 0)
            if dtype not in _DTYPES:
                raise ValueError(f"tensor {key.decode()} has type {dtype}")
            entries[key.decode()] = Entry(
                shape=_shape(fields[2][0]) if 2 in fields else (),
                dtype=_DTYPES[dtype],
                shard=_number(fields, 3, 0),
                offset=_number(fields, 4, 0),
                size=_number(fields, 5, 0),
            )
    return shards, entries


def _block(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if offset + size + _TRAILER > len(table):
        raise ValueError(f"a block ends at {offset + size}, past the end of the file")
    if table[offset + size]:
        raise ValueError("its blocks are compressed")
    block = table[offset : offset + size]
    end = size - 4 - 4 * struct.unpack("<I", block[-4:])[0]
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        unshared, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + unshared]
        at += unshared
        yield key, block[at : at + length]
        at += length


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = _varint(data, at)
    size, at = _varint(data, at)
    return (offset, size), at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def _fields(message: bytes) -> dict[int, list[int | bytes]]:
    """Return the fields of a protocol buffer by number: integers, or bytes of what has a length."""
    found: dict[int, list[int | bytes]] = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value: int | bytes
        if tag & 7 == 0:
            value, at = _varint(message, at)
        elif tag & 7 == 2:
            size, at = _varint(message, at)
            value, at = message[at : at + size], at + size
        elif tag & 7 == 5:
            value, at = message[at : at + 4], at + 4
        elif tag & 7 == 1:
            value, at = message[at : at + 8], at + 8
        else:
            raise ValueError(f"wire type {tag & 7} is not known")
        found.setdefault(tag >> 3, []).append(value)
    return found


def _number(fields: dict[int, list[int | bytes]], field: int, default: int) -> int:
    value = fields.get(field, [default])[-1]
    if not isinstance(value, int):
        raise ValueError(f"field {field} is no number")
    return value


def _shape(message: int | bytes) -> tuple[int, ...]:
    if not isinstance(message, bytes):
        raise ValueError("a shape is no message")
    dims = _fields(message).get(2, [])
    return tuple(_number(_fields(dim), 1, 0) for dim in dims if isinstance(dim, bytes))
