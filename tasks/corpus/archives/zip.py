"""Members of a zip archive, with everything that can be wrong with one turned into a RejectedError."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO

from tasks.corpus.archives.entries import Entry
from tasks.corpus.archives.streams import Watched
from tasks.corpus.archives.unpacking import Guard
from tasks.corpus.rejects import RejectedError

ENCRYPTED = 0x1
UTF8_NAME = 0x800
ORDINARY_MODES = (0, stat.S_IFREG, stat.S_IFDIR)
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    OSError,
)


class ZipContent:
    """The unpacked bytes of one member; a failure is raised again on every later read."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: Watched, guard: Guard) -> None:
        self._archive = archive
        self._info = info
        self._file = file
        self._guard = guard
        self._stream: IO[bytes] | None = None
        self._failure: RejectedError | None = None

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes."""
        if self._failure is not None:
            raise self._failure
        try:
            block = self._read(size)
            self._guard.give(len(block), self)
        except RejectedError as error:
            self._failure = error
            raise
        return block

    def _read(self, size: int) -> bytes:
        if self._info.flag_bits & ENCRYPTED:
            raise RejectedError("encrypted", "zip: the member needs a password", layer=self)
        try:
            if self._stream is None:
                self._stream = self._archive.open(self._info)
            return self._stream.read(size)
        except (NotImplementedError, RuntimeError) as error:
            raise RejectedError("unsupported_format", f"zip: {error}", layer=self) from error
        except _DAMAGE as error:
            if self._file.failure is not None:
                raise self._file.failure from None
            raise RejectedError("broken_compression", f"zip: {error}", layer=self) from error


class ZipReader:
    """Walks the directory of a zip archive."""

    def __init__(self, file: Watched, new_guard: Callable[[int], Guard]) -> None:
        self._file = file
        self._new_guard = new_guard

    def __iter__(self) -> Iterator[Entry]:
        """Yield the members; RejectedError when there is no valid directory."""
        try:
            archive = zipfile.ZipFile(self._file)
        except (*_DAMAGE, NotImplementedError) as error:
            if self._file.failure is not None:
                raise self._file.failure from None
            raise RejectedError("broken_compression", f"zip: {error}", layer=self) from error
        with archive:
            for info in archive.infolist():
                mode = stat.S_IFMT(info.external_attr >> 16)
                name = _name_bytes(info)
                yield Entry(
                    name=name,
                    folder=name.endswith(b"/") or mode == stat.S_IFDIR,
                    special=mode not in ORDINARY_MODES,
                    content=ZipContent(archive, info, self._file, self._new_guard(info.compress_size)),
                )


def _name_bytes(info: zipfile.ZipInfo) -> bytes:
    """Return the name as it stands in the archive: one not marked as UTF-8 is in a local encoding."""
    return info.orig_filename.encode("utf-8" if info.flag_bits & UTF8_NAME else "cp437", "surrogatepass")
