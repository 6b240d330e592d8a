"""Decompression in bounded steps, with a guard against bombs.

gzip, bzip2, xz and zstd streams may be joined end to end; anything else after the last one is damage, as
is a stream that ends early. A stream that failed fails again on every later read with the same error, so
that whoever reads on learns of it too.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any

import zstandard

from tasks.corpus.archives.streams import READ_BYTES, Readable
from tasks.corpus.readers.formats import Codec
from tasks.corpus.rejects import RejectedError
from tasks.settings import IngestSettings

FREE_BYTES = 8 << 20
PARDONED_BYTES = 1 << 30
INPUT_BYTES = 64 << 10
ZSTD_SLICE = 1 << 10
MEMORY_BYTES = 256 << 20
ZSTD_WINDOW = 128 << 20

_DECOMPRESSORS: dict[Codec, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=MEMORY_BYTES),
    "zstd": lambda: zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj(),
}
_DAMAGE = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError, ValueError)


class Guard:
    """Counts what one compressed stream takes in and gives out; raises RejectedError when that is a bomb.

    All streams of a file add up in `total`, so that many small bombs are one; what a rejected stream gave
    is taken off again, for its neighbours' sake, while that is not itself too much.
    """

    def __init__(self, settings: IngestSettings, taken: int, total: "Guard | None" = None) -> None:
        self._settings = settings
        self._total = total
        self._pardon = PARDONED_BYTES
        self.taken = taken
        self.given = 0

    def give(self, size: int, layer: object) -> None:
        """Count `size` unpacked bytes of `layer`; raise RejectedError beyond a limit."""
        excess = self._excess(size)
        if excess is not None:
            if self._total is not None:
                self._total.pardon(self.given)
            raise RejectedError("bomb", excess, layer=layer)
        self.given += size
        if self._total is not None:
            self._total.add(size, layer)

    def add(self, size: int, layer: object) -> None:
        """Count `size` bytes of one of the streams of a file; raise RejectedError when they are too many."""
        self.given += size
        if self._grew(self.given):
            detail = f"a file may grow at most {self._settings.max_ratio:g} times, all layers added up"
            raise RejectedError("bomb", f"{detail}, got {self.given} bytes of {self.taken}", layer=layer)

    def pardon(self, size: int) -> None:
        """Take off what a stream gave that is rejected."""
        size = min(size, self._pardon)
        self._pardon -= size
        self.given -= size

    def _excess(self, size: int) -> str | None:
        given = self.given + size
        if given > self._settings.max_member_bytes:
            return f"at most {self._settings.max_member_bytes} bytes may unpack, got {given} or more"
        if self._grew(given):
            detail = f"data may grow at most {self._settings.max_ratio:g} times"
            return f"{detail}, got {given} bytes of {self.taken}"
        return None

    def _grew(self, given: int) -> bool:
        return given > FREE_BYTES and given > self._settings.max_ratio * max(self.taken, 1)


class Unpacked:
    """The unpacked bytes of a compressed stream."""

    def __init__(self, codec: Codec, source: Readable, guard: Guard) -> None:
        self._codec = codec
        self._source = source
        self._guard = guard
        self._decompressor: Any = None
        self._input: bytes | memoryview = b""
        self._output = b""
        self._streams = 0
        self._failure: RejectedError | None = None

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; RejectedError when the data is damaged or a bomb."""
        if self._failure is not None:
            raise self._failure
        try:
            if not self._output:
                self._output = self._unpack()
        except RejectedError as error:
            self._failure = error
            raise
        taken, self._output = self._output[:size], self._output[size:]
        return taken

    def _unpack(self) -> bytes:
        while True:
            if self._decompressor is None and not self._begin():
                return b""
            output = self._step()
            if self._decompressor.eof:
                self._input = self._decompressor.unused_data + bytes(self._input)
                self._decompressor = None
            if output:
                self._guard.give(len(output), self)
                return output
            if self._decompressor is not None and self._starved() and not self._refill():
                raise self._damage("the data ends early")

    def _begin(self) -> bool:
        """Start on the next of the streams joined end to end; False when there is none."""
        while True:
            if self._streams:
                self._input = bytes(self._input).lstrip(b"\0")
            if self._input:
                break
            if not self._refill():
                if not self._streams:
                    raise RejectedError("empty", "a compressed file of no bytes", layer=self)
                return False
        self._streams += 1
        self._decompressor = _DECOMPRESSORS[self._codec]()
        return True

    def _step(self) -> bytes:
        data = self._input
        try:
            if self._codec == "zstd":
                self._input = memoryview(data)[ZSTD_SLICE:]
                return self._decompressor.decompress(data[:ZSTD_SLICE])
            output = self._decompressor.decompress(data, READ_BYTES)
        except _DAMAGE as error:
            raise self._damage(str(error)) from error
        except MemoryError as error:
            raise RejectedError(
                "bomb", f"unpacking needs too much memory ({self._codec})", layer=self
            ) from error
        self._input = getattr(self._decompressor, "unconsumed_tail", b"")
        return output

    def _starved(self) -> bool:
        return not self._input and getattr(self._decompressor, "needs_input", True)

    def _refill(self) -> bool:
        data = self._source.read(INPUT_BYTES)
        self._guard.taken += len(data)
        self._input = data
        return bool(data)

    def _damage(self, detail: str) -> RejectedError:
        if "memory" in detail.lower():
            return RejectedError("bomb", f"unpacking needs too much memory ({self._codec})", layer=self)
        return RejectedError("broken_compression", f"{self._codec}: {detail}", layer=self)
