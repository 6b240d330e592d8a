"""Which files a run reads: found, named, hashed and grouped, before any of them is opened as text.

A file is known by its content, so a file mined before is not read again, whatever it is called. Its name in
the tables is its path below the folder above what was given, the same on every machine.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from tasks.errors import InputError, NoInputError
from tasks.store.files import content_key


class Source(BaseModel):
    """One input file."""

    model_config = ConfigDict(frozen=True)

    name: str
    path: str
    bytes: int
    modified_ns: int
    content_hash: str
    duplicate_of: str | None = None


class Listing(BaseModel):
    """The files of one request in the order of their names, and the names of those passed over, with the reason."""

    model_config = ConfigDict(frozen=True)

    sources: tuple[Source, ...]
    skipped: tuple[str, ...]


def list_sources(
    paths: Sequence[str],
    supported: Callable[[str], bool],
    advance: Callable[[int], None] = lambda files: None,
) -> Listing:
    """Find and hash the files at `paths`, calling `advance(1)` after each; InputError when one cannot be read."""
    found, skipped = find_files(paths, supported)
    sources: list[Source] = []
    first: dict[str, str] = {}
    for name in sorted(found):
        size, modified_ns, digest = _hash(found[name])
        sources.append(
            Source(
                name=name,
                path=str(found[name].resolve()),
                bytes=size,
                modified_ns=modified_ns,
                content_hash=digest,
                duplicate_of=first.get(digest),
            )
        )
        first.setdefault(digest, name)
        advance(1)
    return Listing(sources=tuple(sources), skipped=tuple(skipped))


def find_files(paths: Sequence[str], supported: Callable[[str], bool]) -> tuple[dict[str, Path], list[str]]:
    """Return readable files by name, and the others as `name (reason)`; InputError when none is readable."""
    if not paths:
        raise InputError("mine needs at least one file or folder; got none")
    found: dict[str, Path] = {}
    skipped: list[str] = []
    for given in paths:
        for name, path, fault in _walk(given, supported):
            if fault is None:
                found[str(path.resolve()) if name in found and found[name] != path else name] = path
            else:
                skipped.append(f"{name} ({fault})")
    if not found:
        raise NoInputError(f"no readable text file at {', '.join(map(repr, paths))}; {len(skipped)} skipped")
    for path in found.values():
        if not _is_unicode(str(path.resolve())):
            raise InputError(f"cannot read {str(path)!r}: its name is not UTF-8; rename it")
        if not os.access(path, os.R_OK):
            raise InputError(f"cannot read {str(path)!r}: permission denied")
    return found, sorted(skipped)


def check_unchanged(source: Source) -> None:
    """InputError when the file is not what was hashed: its text would stand under the name of another content."""
    now = Path(source.path).stat()
    if (now.st_size, now.st_mtime_ns) != (source.bytes, source.modified_ns):
        raise InputError(
            f"a file must not change while it is read, {source.path!r} did; run again when it is whole"
        )


def batch_id(sources: Sequence[Source]) -> str:
    """Return the content name of a batch: 16 hexadecimal digits, whatever the files' names and order."""
    return content_key(sorted({source.content_hash for source in sources}))[:16]


def shard_sources(sources: Sequence[Source], shard_bytes: int) -> list[list[Source]]:
    """Group files, in order, into shards of about `shard_bytes`; a larger file is a shard of its own."""
    shards: list[list[Source]] = []
    filled = 0
    for source in sources:
        if not shards or filled + source.bytes > shard_bytes:
            shards.append([])
            filled = 0
        shards[-1].append(source)
        filled += source.bytes
    return shards


def _walk(given: str, supported: Callable[[str], bool]) -> Iterator[tuple[str, Path, str | None]]:
    """Yield the name and path of every file, and why it is passed over when it is."""
    root = Path(given).expanduser()
    try:
        mode = root.stat().st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise InputError(f"cannot read {given!r}: {reason}") from None
    if stat.S_ISREG(mode):
        path = root.resolve()
        yield path.name, path, None
        return
    if not stat.S_ISDIR(mode):
        raise InputError(f"cannot read {given!r}: neither a file nor a folder")
    folder = root.resolve()
    for path in sorted(_visit(folder)):
        relative = path.relative_to(folder)
        if any(piece.startswith(".") for piece in relative.parts):
            continue
        yield str(Path(folder.name) / relative), path, _fault(path, folder, supported)


def _fault(path: Path, folder: Path, supported: Callable[[str], bool]) -> str | None:
    if path.is_dir():
        return "a link to a folder"
    if not path.is_file():
        return "no file"
    if not path.resolve().is_relative_to(folder):
        return "a link out of the folder"
    return None if supported(path.name) else "no known format"


def _visit(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder and the links to folders, which are not followed.

    InputError for a folder that cannot be listed.
    """

    def refuse(error: OSError) -> None:
        raise InputError(f"cannot read {error.filename!r}: {error.strerror}") from None

    for where, folders, files in os.walk(folder, onerror=refuse):
        yield from (Path(where, name) for name in files)
        yield from (path for name in folders if (path := Path(where, name)).is_symlink())


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _hash(path: Path) -> tuple[int, int, str]:
    """Return the size, time of modification and SHA-256 of a file; a change after the time was read shows later."""
    try:
        now = path.stat()
        size, digest = _digest(path.resolve(), now.st_size, now.st_mtime_ns)
        return size, now.st_mtime_ns, digest
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror}") from None


@cache
def _digest(path: Path, size: int, modified_ns: int) -> tuple[int, str]:
    """Return how many bytes were read of a file, and their SHA-256; a command that looks twice reads once."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest
