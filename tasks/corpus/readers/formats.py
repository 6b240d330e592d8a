"""What a file name says about its content: the format of the text, and the compressions and archives
around it."""

from pathlib import PurePosixPath
from typing import Literal, NamedTuple

Format = Literal["text", "markdown", "html", "csv", "tsv", "jsonl", "parquet"]
Codec = Literal["gzip", "bzip2", "xz", "zstd"]
Archive = Literal["tar", "zip"]

FORMATS: dict[str, Format] = {
    "": "text",
    ".txt": "text",
    ".text": "text",
    ".utf8": "text",
    ".gbk": "text",
    ".big5": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
ARCHIVES: dict[str, Archive] = {".tar": "tar", ".zip": "zip"}
CODECS: dict[str, Codec] = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}
COMPRESSED_TARS: dict[str, Codec] = {
    ".tgz": "gzip",
    ".tbz": "bzip2",
    ".tbz2": "bzip2",
    ".txz": "xz",
    ".tzst": "zstd",
}
ENCODING_HINTS = {".gbk": "gb18030", ".big5": "big5hkscs"}


class Wrapping(NamedTuple):
    """The outermost layer that a name announces, and the name of what is inside."""

    kind: Codec | Archive
    inner: str


def suffix_of(name: str) -> str:
    """Return the last suffix of the file name in lower case, '' when there is none."""
    return PurePosixPath(name.rsplit("/", 1)[-1]).suffix.lower()


def wrapping_of(name: str) -> Wrapping | None:
    """Return the outermost archive or compression that `name` announces; None when there is none.

    >>> wrapping_of("a.tar.gz")
    Wrapping(kind='gzip', inner='a.tar')
    """
    suffix = suffix_of(name)
    stem = name[: len(name) - len(suffix)]
    if suffix in CODECS:
        return Wrapping(CODECS[suffix], stem)
    if suffix in COMPRESSED_TARS:
        return Wrapping(COMPRESSED_TARS[suffix], f"{stem}.tar")
    if suffix in ARCHIVES:
        return Wrapping(ARCHIVES[suffix], "")
    return None


def format_of(name: str) -> Format | None:
    """Return the format of the text that an unwrapped `name` announces; None when it is not read."""
    return FORMATS.get(suffix_of(name))


def supported(name: str) -> bool:
    """Tell whether a file of this name, found in a folder, is read; hidden files are not."""
    name = name.rsplit("/", 1)[-1]
    if name.startswith("."):
        return False
    wrapping = wrapping_of(name)
    while wrapping is not None and wrapping.inner:
        name = wrapping.inner
        wrapping = wrapping_of(name)
    return wrapping is not None or format_of(name) is not None
