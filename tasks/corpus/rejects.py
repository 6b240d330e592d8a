"""Input that cannot become text: the reasons, and the error that carries one of them up to where it is
recorded."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

EXCERPT_CHARS = 80

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "unknown_encoding": "not UTF-8, UTF-16, GB18030 or Big5 text, or too much of it cannot be decoded",
        "broken_compression": "gzip, bzip2, xz, zstd, zip or tar data that is damaged or cut short",
        "broken_parquet": "Parquet data that is damaged or cut short",
        "invalid_json": "a line that is not one JSON value",
        "missing_text_column": "no column or key holds the text, or more than one could",
        "unsafe_path": "an archive member that is a link or a device, or whose name leaves the archive",
        "bomb": "compressed data that unpacks to more than the settings allow",
        "record_too_long": "a csv, jsonl or parquet record longer than max_record_bytes",
        "encrypted": "an archive member that needs a password",
        "unsupported_format": "an archive member of a kind that is not read",
        "nested_too_deep": "an archive inside too many other archives",
        "empty": "a file or member that holds no text",
        "not_text": "a record whose text value is not a string",
        "unclosed_markup": "HTML whose last tag or comment never ends, so that what follows it is lost",
    }
)


class Reject(NamedTuple):
    """One piece of input that did not become text; `record` 0 means all of the member."""

    member: str | None
    record: int
    reason: str
    detail: str
    excerpt: str | None = None


class RejectedError(Exception):
    """A member cannot be read; `layer` is the stream that failed, when more than one member shares it."""

    def __init__(self, reason: str, detail: str, excerpt: str | None = None, layer: object = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.excerpt = excerpt
        self.layer = layer

    def at(self, member: str | None) -> Reject:
        """Return the reject that says so of `member` as a whole."""
        return Reject(member, 0, self.reason, self.detail, self.excerpt)


def one_line(text: str, limit: int = 300) -> str:
    """Return at most `limit` printable characters of `text`; what cannot be printed is escaped.

    >>> one_line("a" + chr(10) + "b" + chr(0xD800))
    'a\\\\nb\\\\ud800'
    """
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:limit])
    return shown[:limit]


def excerpt(content: str | bytes) -> str:
    """Return the first characters of what was rejected, printable, at most EXCERPT_CHARS of them."""
    if isinstance(content, bytes):
        content = content[: 4 * EXCERPT_CHARS].decode("utf-8", "backslashreplace")
    return one_line(content, EXCERPT_CHARS)
