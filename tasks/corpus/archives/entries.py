"""Entries of an archive, and which of their names are to be trusted.

Nothing is ever unpacked to a path, but a name reaches tables, reports and exports, where someone may use
it as one.
"""

import re
from dataclasses import dataclass

from tasks.corpus.archives.streams import Readable

_DRIVE = re.compile(r"[A-Za-z]:")
_DEBRIS = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$)")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry: the bytes of its name, what it is, and its content.

    `special` entries are links and devices, `ordinary` ones plain files; folders are neither.
    """

    name: bytes
    folder: bool = False
    special: bool = False
    ordinary: bool = True
    content: Readable


def decoded_name(name: bytes) -> str:
    """Return a member's name as text: UTF-8, else GB18030, else with its undecodable bytes escaped."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", "backslashreplace")


def is_debris(name: str) -> bool:
    """Tell whether a member is what a Mac leaves in archives: not anyone's text."""
    return _DEBRIS.search(name) is not None


def unsafe_name(name: str) -> str | None:
    """Return what makes a member's name unsafe, None when nothing does.

    >>> unsafe_name("a/../b")
    'a name must not hold .. as a folder'
    """
    if not name.strip("./"):
        return "a name must name a file"
    if "\0" in name:
        return "a name must not hold NUL"
    if "\\" in name:
        return "a name must not hold backslashes"
    if name.startswith("/") or _DRIVE.match(name):
        return "a name must be relative"
    if ".." in name.split("/"):
        return "a name must not hold .. as a folder"
    return None
