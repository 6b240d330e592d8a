"""Writes TensorFlow V2 checkpoints from the description of their format, for the tests of the reader."""

import struct

import numpy as np

DTYPES = {"float32": 1, "float64": 2, "int32": 3, "int64": 9}


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, kind, payload):
    head = varint(number << 3 | kind)
    return head + (varint(payload) if kind == 0 else varint(len(payload)) + payload)


def entry(array, shard, offset):
    shape = b"".join(field(2, 2, field(1, 0, size)) for size in array.shape)
    out = field(1, 0, DTYPES[str(array.dtype)]) + field(2, 2, shape)
    out += field(3, 0, shard) if shard else b""
    out += field(4, 0, offset) if offset else b""
    return out + field(5, 0, array.nbytes) + varint(6 << 3 | 5) + b"\0\0\0\0"


def block(pairs, interval=3):
    out, restarts, last = b"", [], b""
    for i, (key, value) in enumerate(pairs):
        shared = 0
        if i % interval == 0:
            restarts.append(len(out))
        else:
            while shared < min(len(key), len(last)) and key[shared] == last[shared]:
                shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    restarts = restarts or [0]
    return out + b"".join(struct.pack("<I", at) for at in restarts) + struct.pack("<I", len(restarts))


def write_bundle(prefix, arrays, shards=1, keys_a_block=4):
    """Write arrays by name as PREFIX.index and PREFIX.data-*; several data blocks, shared key prefixes, restarts."""
    data, pairs = [b""] * shards, [(b"", field(1, 0, shards))]
    for number, (name, array) in enumerate(sorted(arrays.items())):
        shard = number % shards
        pairs.append((name.encode(), entry(array, shard, len(data[shard]))))
        data[shard] += np.ascontiguousarray(array).tobytes()
    table, index = b"", []
    for at in range(0, len(pairs), keys_a_block):
        body = block(pairs[at : at + keys_a_block])
        index.append((pairs[at : at + keys_a_block][-1][0] + b"~", varint(len(table)) + varint(len(body))))
        table += body + b"\0" + b"\0\0\0\0"
    handles = b""
    for pairs_of in ([], index):
        body = block(pairs_of)
        handles += varint(len(table)) + varint(len(body))
        table += body + b"\0" + b"\0\0\0\0"
    table += handles + b"\0" * (40 - len(handles)) + struct.pack("<Q", 0xDB4775248B80FB57)
    prefix.with_name(prefix.name + ".index").write_bytes(table)
    for shard, content in enumerate(data):
        prefix.with_name(f"{prefix.name}.data-{shard:05d}-of-{shards:05d}").write_bytes(content)
