"""Decoding block by block, with what cannot be decoded marked as lone surrogates for the normaliser to
replace.

A block edge never changes the result: an incomplete character waits for its rest.
"""

import codecs
import re
from collections.abc import Iterator

import numpy as np

from tasks.corpus.archives.streams import Readable, blocks

BYTE_ORDER_MARK = "\ufeff"
ENCODED_SURROGATE = re.compile("\udced[\udca0-\udcbf][\udc80-\udcbf]")
_HALF_SURROGATE = re.compile("\udced[\udca0-\udcbf]?\\Z")


class Decoder:
    """Decodes one stream; undecodable bytes become U+DC80..U+DCFF, those of UTF-16 keep their code unit."""

    def __init__(self, encoding: str) -> None:
        self._wide = encoding.startswith("utf-16")
        self._encoding = encoding.removesuffix("-sig")
        self._errors = "surrogatepass" if self._wide else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder(self._encoding)("strict")
        self._odd = b""
        self._held = ""

    def decode(self, block: bytes, final: bool = False) -> str:
        """Return the text of the next block."""
        if self._wide:
            return self._decode_wide(block, final)
        text = self._held + self._decode(block, final)
        held = None if final else _HALF_SURROGATE.search(text, max(0, len(text) - 2))
        self._held = held.group() if held else ""
        return text[: len(text) - len(self._held)]

    def _decode_wide(self, block: bytes, final: bool) -> str:
        block = self._odd + block
        whole = len(block) & ~1
        self._odd = block[whole:]
        text = self._decode(block[:whole], final)
        if final and self._odd:
            text += chr(0xDC00 + (self._odd[0] | 0x80))
            self._odd = b""
        return text

    def _decode(self, block: bytes, final: bool) -> str:
        self._decoder.errors = "strict"
        try:
            return self._decoder.decode(block, final)
        except UnicodeDecodeError:
            self._decoder.errors = self._errors
            return self._decoder.decode(block, final)


def undecodable(text: str, encoding: str) -> int:
    """Return how many bytes of a decoded block were not text in its encoding.

    Surrogates that were encoded into UTF-8 one by one are wrong, but they are UTF-8: they do not count.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        surrogates = int(np.count_nonzero((codes >= 0xD800) & (codes < 0xE000)))
        if encoding.startswith("utf-16"):
            return 2 * surrogates
        return surrogates - 3 * len(ENCODED_SURROGATE.findall(text))
    return 0


def decoded(stream: Readable, encoding: str) -> Iterator[str]:
    """Yield the text of `stream` in blocks, a byte order mark left out."""
    decoder = Decoder(encoding)
    start = True
    for block in blocks(stream):
        text = decoder.decode(block)
        if text:
            yield text.removeprefix(BYTE_ORDER_MARK) if start else text
            start = False
    text = decoder.decode(b"", final=True)
    yield text.removeprefix(BYTE_ORDER_MARK) if start else text
