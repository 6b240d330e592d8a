import io
import os
import stat
import struct
import tarfile
import zipfile

import pytest

from tasks.corpus.ingest import ingest_source
from tasks.settings import IngestSettings
from tests.unit.corpus.reading import HASH, gzipped, parquet, read, zipped
from tests.unit.corpus.tars import tarred, tarred_special

TEXT = "床前明月光。".encode()


def test_members_with_the_same_name_stay_apart():
    content = tarred({"a.txt": TEXT})[:1024] + tarred({"a.txt": "疑是地上霜。".encode()})
    result = read("a.tar", content)
    assert [(row["member"], row["text"]) for row in result.documents] == [
        ("a.txt", "床前明月光。"),
        ("a.txt#2", "疑是地上霜。"),
    ]


def test_archives_inside_archives_to_depth_three():
    inner = tarred({"a.txt": TEXT})
    second = zipped({"b.tar.gz": gzipped(inner)})
    third = tarred({"c/c.zip": second})
    result = read("d.tar", third)
    assert [row["member"] for row in result.documents] == ["c/c.zip!/b.tar.gz!/a.txt"]
    too_deep = read("e.zip", zipped({"d.tar": third, "z.txt": TEXT}))
    assert too_deep.reasons == [("d.tar!/c/c.zip!/b.tar.gz", "nested_too_deep")]
    assert [row["member"] for row in too_deep.documents] == ["z.txt"]


def test_compression_around_compression_counts_as_depth():
    content = TEXT
    for _ in range(4):
        content = gzipped(content)
    assert read("a.txt.gz.gz.gz.gz", content).texts == ["床前明月光。"]
    assert read("a.txt.gz.gz.gz.gz.gz", gzipped(content)).reasons == [(None, "nested_too_deep")]


def test_zip_and_parquet_inside_a_stream_leave_no_files(tmp_path):
    big = parquet({"text": [os.urandom(2000).hex() for _ in range(3000)]}, compression="none")
    assert len(big) > 8 << 20
    members = {"a.parquet": big, "b.zip": zipped({"c.txt": TEXT})}
    result = read("a.tar.gz", gzipped(tarred(members)), scratch=str(tmp_path))
    assert len(result.documents) == 3001
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "../a.txt",
        "a/../../b.txt",
        "/etc/passwd.txt",
        "C:a.txt",
        "c:/a.txt",
        "..\\a.txt",
        "a\\b.txt",
        "..",
        "",
    ],
)
@pytest.mark.parametrize("pack", [tarred, zipped])
def test_unsafe_names(pack, name):
    suffix = "tar" if pack is tarred else "zip"
    result = read(f"a.{suffix}", pack({name: TEXT, "good.txt": TEXT}))
    assert [row["reason"] for row in result.rejects] == ["unsafe_path"]
    assert [row["member"] for row in result.documents] == ["good.txt"]


def test_name_with_nul():
    for name in (b"a\0b.txt", b"\0ab.txt", b"a/\0.txt"):
        content = zipped({"a##.txt": TEXT}).replace(b"a##.txt", name)
        assert [row["reason"] for row in read("a.zip", content).rejects] == ["unsafe_path"], name
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a.txt")
        info.pax_headers = {"path": "a\0b.txt"}
        archive.addfile(info)
    assert [row["reason"] for row in read("a.tar", out.getvalue()).rejects] == ["unsafe_path"]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_tar(kind):
    result = read("a.tar", tarred_special("link.txt", kind, "/etc/passwd"))
    assert result.reasons == [("link.txt", "unsafe_path")]


def test_symbolic_link_in_zip():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link.txt")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert read("a.zip", out.getvalue()).reasons == [("link.txt", "unsafe_path")]


def test_unsupported_members_are_reported_but_not_folders_or_debris():
    members = {
        "d/": b"",
        "__MACOSX/._a.txt": b"\x00\x05\x16\x07",
        "d/.DS_Store": b"junk",
        "a.pdf": b"%PDF",
        "b.exe.gz": gzipped(b"MZ"),
        ".hidden": TEXT,
        "a.\x01b": TEXT,
        "d/a.txt": TEXT,
    }
    for name, pack in (("a.zip", zipped), ("a.tar", tarred)):
        result = read(name, pack(members))
        assert result.reasons == [
            ("a.pdf", "unsupported_format"),
            ("b.exe.gz", "unsupported_format"),
            (".hidden", "unsupported_format"),
            ("a.\\x01b", "unsupported_format"),
        ]
        assert [row["member"] for row in result.documents] == ["d/a.txt"]


def test_chinese_names_from_other_systems():
    name = "第一回.txt"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("AABBCC.txt", TEXT)
    content = out.getvalue().replace(b"AABBCC.txt", name.encode("gbk"))
    assert [row["member"] for row in read("a.zip", content).documents] == [name]
    for format in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        long_name = "长" * 60 + "/" + name
        result = read("a.tar", tarred({long_name: TEXT}, format))
        assert [row["member"] for row in result.documents] == [long_name]


def test_old_tar_with_a_prefix_field():
    name = "d" * 90 + "/" + "e" * 90 + ".txt"
    result = read("a.tar", tarred({name: TEXT}, tarfile.USTAR_FORMAT))
    assert [row["member"] for row in result.documents] == [name]


def test_encrypted_member_of_a_zip():
    content = bytearray(zipped({"a.txt": TEXT, "b.txt": TEXT}, zipfile.ZIP_STORED))
    local = content.index(b"PK\x03\x04")
    central = content.index(b"PK\x01\x02")
    content[local + 6] |= 1
    content[central + 8] |= 1
    result = read("a.zip", bytes(content))
    assert result.reasons == [("a.txt", "encrypted")]
    assert [row["member"] for row in result.documents] == ["b.txt"]


def test_zip_method_that_is_not_known():
    content = bytearray(zipped({"a.txt": TEXT}, zipfile.ZIP_STORED))
    struct.pack_into("<H", content, content.index(b"PK\x03\x04") + 8, 97)
    struct.pack_into("<H", content, content.index(b"PK\x01\x02") + 10, 97)
    assert read("a.zip", bytes(content)).reasons == [("a.txt", "unsupported_format")]


def test_a_damaged_member_of_a_zip_leaves_the_others():
    content = bytearray(zipped({"a.txt": TEXT * 100, "b.txt": TEXT}, zipfile.ZIP_STORED))
    content[content.index(TEXT) + 300] ^= 0xFF
    result = read("a.zip", bytes(content))
    assert result.reasons == [("a.txt", "broken_compression")]
    assert [row["member"] for row in result.documents] == ["b.txt"]


def test_a_cut_tar_keeps_what_came_before():
    content = tarred({"a.txt": TEXT, "b.txt": TEXT * 1000})
    result = read("a.tar", content[:4000])
    assert result.reasons == [("b.txt", "broken_compression")]
    assert [row["member"] for row in result.documents] == ["a.txt"]


@pytest.mark.parametrize("position", [1024, 1024 + 130, 1024 + 400])
def test_a_damaged_tar_header_is_not_the_end(position):
    content = bytearray(tarred({"a.txt": TEXT, "b.txt": TEXT}))
    content[position] ^= 0x55
    result = read("a.tar", bytes(content))
    assert result.reasons == [(None, "broken_compression")]
    assert [row["member"] for row in result.documents] == ["a.txt"]


def test_a_tar_cut_within_a_long_name():
    content = tarred({"a.txt": TEXT, "长" * 60: TEXT})
    result = read("a.tar", content[: content.index("长".encode()) + 20])
    assert result.reasons == [(None, "broken_compression")]
    assert [row["member"] for row in result.documents] == ["a.txt"]


def test_data_after_the_end_of_a_tar_is_reported():
    content = tarred({"a.txt": TEXT}) + tarred({"b.txt": TEXT})
    result = read("a.tar", content)
    assert result.reasons == [(None, "broken_compression")]
    assert [row["member"] for row in result.documents] == ["a.txt"]


def test_a_huge_extended_header_is_not_loaded():
    header = bytearray(tarfile.TarInfo("x").tobuf(tarfile.USTAR_FORMAT))
    header[124:136] = b"%011o\0" % (5 << 20)
    header[156:157] = b"x"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    result = read("a.tar", bytes(header) + b" " * (5 << 20))
    assert result.reasons == [(None, "broken_compression")]
    assert "extended header" in result.rejects[0]["detail"]


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tgz"])
def test_a_compressed_tar_that_fails_its_check_sum_gives_nothing(name):
    content = bytearray(gzipped(tarred({"a.txt": TEXT, "b.bin": b"", "c.txt": TEXT})))
    content[-6] ^= 1
    result = read(name, bytes(content))
    assert result.reasons == [(None, "broken_compression")]
    assert result.documents == []


def test_a_damaged_archive_inside_an_archive_is_named():
    inner = bytearray(gzipped(tarred({"a.txt": TEXT})))
    inner[-6] ^= 1
    result = read("a.zip", zipped({"b.txt": TEXT, "in.tar.gz": bytes(inner), "c.txt": TEXT}))
    assert result.reasons == [("in.tar.gz", "broken_compression")]
    assert [row["member"] for row in result.documents] == ["b.txt", "c.txt"]


def test_empty_archives():
    assert read("a.zip", zipped({})).reasons == [(None, "empty")]
    assert read("a.tar", tarred({"d/": b""})).reasons == [(None, "empty")]
    assert read("a.zip", zipped({"b.zip": zipped({})})).reasons == [("b.zip", "empty")]


class _Failing(io.BytesIO):
    def read(self, *_):
        raise OSError("the disk is gone")


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.zip", "a.tar", "a.parquet", "a.tar.bz2"])
def test_errors_of_the_file_itself_are_the_callers(name):
    for open_source in (lambda: _Failing(b"x" * 1000), _no_file):
        with pytest.raises(OSError, match="gone"):
            list(ingest_source("b", name, HASH, open_source, IngestSettings()))


def _no_file():
    raise FileNotFoundError("it is gone")
