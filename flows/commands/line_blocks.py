"""The lines of a file or a pipe in blocks of UTF-8; a block never waits for what has not arrived yet.

A line ends with a line feed and nothing else. Lines before one that cannot be decoded come before the error.
"""

import codecs
import io
import select
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import numpy as np
import pyarrow as pa

from tasks.errors import InputError

BLOCK_BYTES = 1 << 18
LINE_FEED = 0x0A


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where lines come from: a file, or what is piped in when there is none; and their encoding."""

    file: Path | None = None
    piped: BinaryIO
    encoding: str = "utf-8"

    @property
    def name(self) -> str:
        """What an error calls it."""
        return str(self.file or "standard input")

    def opened(self) -> io.BufferedIOBase:
        """Return the bytes; InputError for a file that cannot be read or an encoding that does not exist."""
        try:
            "".encode(self.encoding)
            return cast(io.BufferedIOBase, self.file.open("rb") if self.file else self.piped)
        except (LookupError, ValueError):
            raise InputError(
                f"encoding must be one Python knows, such as gb18030; got {self.encoding!r}"
            ) from None
        except OSError as error:
            raise InputError(f"cannot read {str(self.file)!r}: {error.strerror}") from None


class Block(NamedTuple):
    """Whole lines, the first of which is line `first` of the text, from 0; the text's last may lack its end.

    After a block that `waits` nothing more has arrived, or nothing more will come.
    """

    data: bytes
    first: int
    waits: bool


class _UndecodableError(Exception):
    """Bytes that are not in the encoding: the text before them as UTF-8, and why."""

    def __init__(self, before: bytes, error: UnicodeError) -> None:
        self.before = before
        self.reason = getattr(error, "reason", error)


def line_blocks(source: Source, size: int = BLOCK_BYTES) -> Iterator[Block]:
    """Yield the lines of a source in blocks of about `size` bytes, or of one line when that is longer.

    InputError, after the lines before it, for a line that is not in the encoding, and as `Source.opened`.
    """
    with source.opened() as stream:
        yield from _blocks(stream, source, size)


def _blocks(stream: io.BufferedIOBase, source: Source, size: int) -> Iterator[Block]:
    lines = 0
    begun: list[bytes] = []
    try:
        for text, waits in _utf8(stream, source.encoding, size):
            end = text.rfind(b"\n") + 1
            block = b""
            if end:
                block = b"".join([*begun, text[:end]])
                begun.clear()
                _check(block)
            begun.append(text[end:])
            if block or waits:
                yield Block(block, lines, waits)
                lines += _lines(block)
        last, begun = b"".join(begun), []
        _check(last)
        yield Block(last, lines, waits=True)
    except _UndecodableError as error:
        before = b"".join([*begun, error.before])
        before = before[: before.rfind(b"\n") + 1]
        yield Block(before, lines, waits=True)
        lines += _lines(before)
        raise InputError(
            f"{source.name} is not {source.encoding} after line {lines}: {error.reason}; give its --encoding"
        ) from None


def _utf8(stream: io.BufferedIOBase, encoding: str, size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield what arrives, as UTF-8, and whether more must be waited for; text in UTF-8 is left unchecked."""
    arrivals = _arrivals(stream, size)
    if codecs.lookup(encoding).name == "utf-8":
        yield from arrivals
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    for data, waits in arrivals:
        yield _recoded(decoder, data), waits
    yield _recoded(decoder, b"", final=True), True


def _arrivals(stream: io.BufferedIOBase, size: int) -> Iterator[tuple[bytes, bool]]:
    more_is_there = _readiness(stream)
    ended = False
    while not ended:
        pieces: list[bytes] = []
        left = size
        while left and not ended and (not pieces or more_is_there()):
            pieces.append(stream.read1(left))
            left -= len(pieces[-1])
            ended = not pieces[-1]
        yield b"".join(pieces), ended or not more_is_there()


def _readiness(stream: io.BufferedIOBase) -> Callable[[], bool]:
    """Return what says whether reading would give something, or the end, at once."""
    poller = select.poll()
    try:
        poller.register(stream.fileno(), select.POLLIN)
    except io.UnsupportedOperation:  # what is in memory is all there
        return lambda: True
    return lambda: bool(poller.poll(0))


def _recoded(decoder: codecs.IncrementalDecoder, data: bytes, *, final: bool = False) -> bytes:
    state = decoder.getstate()
    try:
        # lone surrogates, which some encodings can hold, become bytes that are not UTF-8
        return decoder.decode(data, final).encode("utf-8", "surrogatepass")
    except UnicodeError as error:
        decoder.setstate(state)
        raise _UndecodableError(_before_error(decoder, data), error) from None


def _before_error(decoder: codecs.IncrementalDecoder, data: bytes) -> bytes:
    text = ""
    try:
        for i in range(len(data)):
            text += decoder.decode(data[i : i + 1])
    except UnicodeError:
        pass
    return text.encode("utf-8", "surrogatepass")


def _check(data: bytes) -> None:
    text = pa.Array.from_buffers(
        pa.large_string(), 1, [None, pa.py_buffer(np.array([0, len(data)])), pa.py_buffer(data)]
    )
    try:
        text.validate(full=True)  # in half the time of decoding, which alone says where and why
    except pa.ArrowInvalid:
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise _UndecodableError(data[: error.start], error) from None


def _lines(data: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == LINE_FEED))
