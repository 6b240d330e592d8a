import bz2
import gzip
import io
import lzma
import zipfile
import zlib

import numpy as np
import pytest
import zstandard

from tasks.corpus.archives.streams import drain
from tasks.corpus.archives.unpacking import Guard, Unpacked
from tasks.corpus.readers.formats import Codec
from tasks.corpus.rejects import RejectedError
from tasks.settings import IngestSettings
from tests.unit.corpus.reading import gzipped, read, zipped
from tests.unit.corpus.tars import tarred

TEXT = "".join(np.random.default_rng(5).choice(list("天地玄黄宇宙洪荒日月盈昃辰宿列张。\n"), 5000)).encode()
PACK: dict[Codec, object] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}
SUFFIX = {"gzip": "gz", "bzip2": "bz2", "xz": "xz", "zstd": "zst"}


def unpack(codec: Codec, content: bytes, size: int = 1 << 20) -> bytes:
    stream = Unpacked(codec, io.BytesIO(content), Guard(IngestSettings(), 0))
    return b"".join(iter(lambda: stream.read(size), b""))


@pytest.mark.parametrize("codec", PACK)
@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
def test_unpacked_is_what_was_packed(codec, size):
    assert unpack(codec, PACK[codec](TEXT), size) == TEXT
    assert unpack(codec, PACK[codec](b"")) == b""


@pytest.mark.parametrize("codec", PACK)
def test_a_cut_stream_is_broken_wherever_it_is_cut(codec):
    content = PACK[codec](TEXT)
    for size in (1, 3, 10, len(content) // 2, len(content) - 5, len(content) - 1):
        result = read(f"a.txt.{SUFFIX[codec]}", content[:size])
        assert (result.documents, result.reasons) == ([], [(None, "broken_compression")])


@pytest.mark.parametrize("codec", PACK)
def test_a_changed_byte_never_changes_the_text(codec):
    content = PACK[codec](TEXT[:600])
    name = f"a.txt.{SUFFIX[codec]}"
    expected = read(name, content).texts
    broken = 0
    for position in range(0, len(content), 3):
        damaged = bytearray(content)
        damaged[position] ^= 0x10
        result = read(name, bytes(damaged))
        assert result.texts == expected or (result.documents, len(result.rejects)) == ([], 1)
        broken += not result.documents
    assert broken > 0.9 * len(content) / 3


@pytest.mark.parametrize("codec", PACK)
def test_what_follows_a_stream_is_not_ignored(codec):
    content = PACK[codec](TEXT) + b"trailing"
    assert read(f"a.txt.{SUFFIX[codec]}", content).reasons == [(None, "broken_compression")]


@pytest.mark.parametrize("codec", PACK)
def test_an_empty_compressed_file(codec):
    assert read(f"a.txt.{SUFFIX[codec]}", b"").reasons == [(None, "empty")]
    assert read(f"a.txt.{SUFFIX[codec]}", PACK[codec](b"")).reasons == [(None, "empty")]


@pytest.mark.parametrize("codec", PACK)
def test_bombs_by_ratio(codec):
    content = PACK[codec](bytes(12 << 20))
    result = read(f"a.txt.{SUFFIX[codec]}", content)
    assert (result.documents, result.reasons) == ([], [(None, "bomb")])
    assert "times" in result.rejects[0]["detail"]


@pytest.mark.parametrize("codec", PACK)
def test_a_bomb_stops_early(codec):
    content = PACK[codec](bytes(40 << 20))
    stream = Unpacked(codec, io.BytesIO(content), Guard(IngestSettings(), 0))
    given = 0
    with pytest.raises(RejectedError, match="bomb"):
        while block := stream.read(1 << 20):
            given += len(block)
    assert given < (33 << 20)
    with pytest.raises(RejectedError, match="bomb"):
        drain(stream)


def test_growth_within_the_free_size_is_no_bomb():
    line = "天地玄黄\n" * 30_000
    assert len(read("a.txt.gz", gzipped(line.encode())).documents) == 30_000


@pytest.mark.parametrize("name", ["a.txt.gz", "a.zip", "a.tar.gz"])
def test_bombs_by_size(name):
    pack = {"a.txt.gz": gzipped, "a.zip": lambda t: zipped({"b.txt": t})}
    content = pack.get(name, lambda t: gzipped(tarred({"b.txt": t})))(TEXT)
    member = "b.txt" if name == "a.zip" else None
    assert read(name, content, max_member_bytes=5000).reasons == [(member, "bomb")]
    assert read(name, content, max_member_bytes=50_000).rejects == []


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_bombs_in_zip_leave_the_other_members(method):
    content = zipped({"bomb.txt": bytes(12 << 20), "b.txt": TEXT}, method)
    result = read("a.zip", content)
    assert result.reasons == [("bomb.txt", "bomb")]
    assert {row["member"] for row in result.documents} == {"b.txt"}


def test_layers_and_members_add_up_to_a_bomb():
    layer = gzipped(gzipped(bytes(40 << 20)))
    assert read("a.txt.gz.gz", layer, max_ratio=1100).reasons == [(None, "bomb")]
    many = zipped({f"{i}.txt": b"a" * (6 << 20) for i in range(4)})
    assert [reason for _, reason in read("a.zip", many).reasons][-2:] == ["bomb", "bomb"]


def test_a_window_too_large_to_hold():
    parameters = zstandard.ZstdCompressionParameters(window_log=30, compression_level=1)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    content = packer.compress(TEXT) + packer.flush()
    assert read("a.txt.zst", content).reasons == [(None, "bomb")]
    header = b"\xfd7zXZ\0\0\x04" + zlib.crc32(b"\0\x04").to_bytes(4, "little")
    block = b"\x02\0\x21\x01\x28\0\0\0"  # one LZMA2 filter with a dictionary of 4 GiB - 1
    content = header + block + zlib.crc32(block).to_bytes(4, "little") + b"\x01\0\0a\0" + bytes(40)
    assert read("a.txt.xz", content).reasons == [(None, "bomb")]


def test_unpacked_in_bounded_steps():
    stream = Unpacked("zstd", io.BytesIO(zstandard.compress(bytes(7 << 20))), Guard(IngestSettings(), 0))
    assert max(len(block) for block in iter(lambda: stream.read(1 << 20), b"")) <= 1 << 20
