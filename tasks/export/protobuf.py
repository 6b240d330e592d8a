"""Protocol Buffers' wire format, the part that a SentencePiece model needs.

A message is its fields one after another; a field is a key and a value:

    key      varint of field number * 8 + wire type
    0        varint: 7 bits a byte, lowest first, the top bit set on all but the last (integers, bools, enums)
    2        length as a varint, then as many bytes (strings, messages)
    5        4 bytes, little-endian (float)

Source: https://protobuf.dev/programming-guides/encoding
"""

import struct

_VARINT, _BYTES, _FIXED32 = 0, 2, 5


def varint(value: int) -> bytes:
    """Return an unsigned integer as a varint; ValueError when it is negative.

    >>> varint(300).hex()
    'ac02'
    """
    if value < 0:
        raise ValueError(f"a varint must not be negative, got {value}")
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def field(number: int, value: bool | int | float | str | bytes) -> bytes:
    """Return one field; bytes are a message encoded before. ValueError for a negative integer.

    >>> field(1, 150).hex(), field(2, "testing").hex()
    ('089601', '120774657374696e67')
    """
    if isinstance(value, float):
        return varint(number << 3 | _FIXED32) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3 | _VARINT) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | _BYTES) + varint(len(data)) + data
