"""Byte streams as the readers see them: read forward in bounded steps, drained, or copied for random
access."""

import errno
import tempfile
from collections.abc import Iterator
from typing import IO, BinaryIO, Protocol

READ_BYTES = 1 << 20
SPOOL_BYTES = 8 << 20


class Readable(Protocol):
    """Anything that gives its next bytes, at most `size` of them, and b'' at its end."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""


def blocks(stream: Readable) -> Iterator[bytes]:
    """Yield the rest of `stream` in blocks of READ_BYTES, the last one shorter."""
    parts: list[bytes] = []
    size = 0
    while part := stream.read(READ_BYTES - size):
        parts.append(part)
        size += len(part)
        if size == READ_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def drain(stream: Readable) -> int:
    """Read `stream` to its end, so that its check sums are verified; return how many bytes were left."""
    return sum(len(block) for block in blocks(stream))


def spooled(stream: Readable, scratch: str | None) -> IO[bytes]:
    """Return a seekable copy of the rest of `stream`: in memory if small, else in the folder `scratch`."""
    copy = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES, dir=scratch)  # noqa: SIM115 - the caller closes it
    try:
        for block in blocks(stream):
            copy.write(block)
        copy.seek(0)
    except BaseException:
        copy.close()
        raise
    return copy


class Watched:
    """A seekable stream that remembers its own OSError, so that it is not taken for damaged content."""

    closed = False

    def __init__(self, stream: BinaryIO | IO[bytes]) -> None:
        self._stream = stream
        self.failure: OSError | None = None

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes; OSError as of the stream."""
        try:
            return self._stream.read(size)
        except OSError as error:
            self.failure = error
            raise

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to `offset`; OSError, as of a file on disk, when that is before the start."""
        if whence == 1:
            offset += self._stream.tell()
        elif whence == 2:
            offset += self._stream.seek(0, 2)
        if offset < 0:
            raise OSError(errno.EINVAL, f"a position must be at least 0, got {offset}")
        return self._stream.seek(offset)

    def tell(self) -> int:
        """Return the position."""
        return self._stream.tell()

    def seekable(self) -> bool:
        """Say that the stream can seek."""
        return True

    def readable(self) -> bool:
        """Say that the stream can be read."""
        return True

    def writable(self) -> bool:
        """Say that the stream cannot be written."""
        return False

    def close(self) -> None:
        """Leave the stream open: who opened it closes it."""

    def flush(self) -> None:
        """Do nothing: nothing is ever written."""
