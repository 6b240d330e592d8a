"""Members of a tar archive read strictly forward.

The standard library's reader stops without a word at a damaged header and loads extended headers of any
size; here a damaged header is an error and extended headers are bounded. Format: POSIX.1-2017 pax and
ustar, GNU tar.
"""

from collections.abc import Iterator

from tasks.corpus.archives.entries import Entry
from tasks.corpus.archives.streams import READ_BYTES, Readable, drain
from tasks.corpus.rejects import RejectedError

BLOCK = 512
EXTENDED_BYTES = 1 << 20
REGULAR, FOLDER, LINKS_AND_DEVICES = b"\x0007", b"5", b"12346"
WITHOUT_CONTENT = FOLDER + LINKS_AND_DEVICES
MAX_SIZE = 1 << 62
ZEROS = bytes(BLOCK)


class TarContent:
    """The bytes of one member; a RejectedError when the archive ends within them."""

    def __init__(self, source: Readable, size: int) -> None:
        self._source = source
        self.left = size

    def read(self, size: int, /) -> bytes:
        """Return up to `size` of the member's bytes."""
        block = self._source.read(min(size, self.left))
        self.left -= len(block)
        if not block and self.left and size:
            detail = f"tar: the archive ends {self.left} bytes before its last member does"
            raise RejectedError("broken_compression", detail, layer=self)
        return block


class TarReader:
    """Walks the headers of a tar stream."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._offset = 0

    def __iter__(self) -> Iterator[Entry]:
        """Yield the members; their content must be read before the next one is asked for."""
        extended: dict[str, bytes] = {}
        while (header := self._header()) is not None:
            kind = header[156:157]
            size = 0 if kind in WITHOUT_CONTENT else self._size(extended, header)
            if kind in (b"x", b"g", b"L", b"K", b"X"):
                text = self._extended(size)
                if kind == b"L":
                    extended["path"] = text.split(b"\0", 1)[0]
                elif kind in b"xX":
                    extended |= _pax(text)
            else:
                name = extended.get("path", _ustar_name(header))
                sparse = kind == b"S" or any(key.startswith("GNU.sparse") for key in extended)
                content = TarContent(self._source, size)
                yield Entry(
                    name=name,
                    folder=kind == FOLDER or name.endswith(b"/"),
                    special=kind in LINKS_AND_DEVICES,
                    ordinary=kind in REGULAR and not sparse,
                    content=content,
                )
                extended = {}
                drain(content)
            self._skip(-size % BLOCK)
            self._offset += BLOCK + size + -size % BLOCK

    def _header(self) -> bytes | None:
        header = self._exactly(BLOCK)
        if header == ZEROS:
            self._expect_padding()
            return None
        if not header:
            return None
        if len(header) < BLOCK:
            raise self._damage("ends within the header")
        blank = header[:148] + b" " * 8 + header[156:]
        stated = _number(header[148:156])
        if stated not in (sum(blank), sum(b - 256 if b > 127 else b for b in blank)):
            raise self._damage("has a wrong check sum in the header")
        return header

    def _extended(self, size: int) -> bytes:
        if size > EXTENDED_BYTES:
            raise self._damage(f"has an extended header of {size} bytes, at most {EXTENDED_BYTES} are read")
        text = self._exactly(size)
        if len(text) < size:
            raise self._damage("ends within an extended header")
        return text

    def _expect_padding(self) -> None:
        while block := self._source.read(READ_BYTES):
            if block.strip(b"\0"):
                raise self._damage("is the end of the archive, but other data follows it")

    def _skip(self, size: int) -> None:
        if len(self._exactly(size)) < size:
            raise self._damage("ends within the padding")

    def _size(self, extended: dict[str, bytes], header: bytes) -> int:
        stated = extended.get("size")
        size = _number(header[124:136]) if stated is None else _decimal(stated)
        if size is None:
            raise self._damage("states no valid size")
        return size

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size and (block := self._source.read(size - len(data))):
            data += block
        return data

    def _damage(self, what: str) -> RejectedError:
        return RejectedError(
            "broken_compression", f"tar: the entry at byte {self._offset} {what}", layer=self
        )


def _number(field: bytes) -> int | None:
    """Return a header number, octal or GNU base-256; None when it is neither or out of bounds."""
    if field[0] & 0x80:
        number = int.from_bytes(field, "big") - (0x80 << 8 * (len(field) - 1))
    else:
        digits = field.replace(b"\0", b" ").strip() or b"0"
        if digits.strip(b"01234567"):
            return None
        number = int(digits, 8)
    return number if number < MAX_SIZE else None


def _decimal(stated: bytes) -> int | None:
    """Return the number that a pax header states; None when it is none or out of bounds."""
    return int(stated) if stated.isdigit() and len(stated) < 20 and int(stated) < MAX_SIZE else None


def _pax(text: bytes) -> dict[str, bytes]:
    """Return the records of a pax header, each 'LENGTH KEY=VALUE' and a line end."""
    records: dict[str, bytes] = {}
    start = 0
    while (blank := text.find(b" ", start, start + 20)) >= 0 and text[start:blank].isdigit():
        stop = start + int(text[start:blank])
        key, separator, value = text[blank + 1 : stop - 1].partition(b"=")
        if stop <= blank or not separator:
            break
        records[key.decode("utf-8", "replace")] = value
        start = stop
    return records


def _ustar_name(header: bytes) -> bytes:
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0] if header[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name
