"""Walks a file of any nesting of compressions and archives, down to the members that hold text.

The walk runs strictly forward and holds one block at a time. A compressed stream is trusted only when it
was read to its end and its check sum held: when it fails, everything that came out of it is withdrawn
(`Voided`). Members of a zip stand each for itself; of a tar, all that came before the damage stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tasks.corpus.archives.entries import Entry, decoded_name, is_debris, unsafe_name
from tasks.corpus.archives.streams import Readable, Watched, drain, spooled
from tasks.corpus.archives.tar import TarReader
from tasks.corpus.archives.unpacking import Guard, Unpacked
from tasks.corpus.archives.zip import ZipReader
from tasks.corpus.readers.formats import Codec, Format, format_of, suffix_of, wrapping_of
from tasks.corpus.rejects import Reject, RejectedError, excerpt, one_line
from tasks.settings import IngestSettings

MAX_DEPTH = 3
LABEL_CHARS = 1000


@dataclass(frozen=True)
class Member:
    """Something to read: its name (None for the file itself), format, suffix and bytes.

    The stream is a `Watched`, with random access, when the format is parquet.
    """

    name: str | None
    format: Format
    suffix: str
    stream: Readable


@dataclass(frozen=True)
class Voided:
    """All that the walk gave after its first `since` members and rejects is withdrawn."""

    since: int
    reject: Reject


Event = Member | Reject | Voided


class _Layer(NamedTuple):
    stream: Readable
    name: str
    label: str | None = None
    depth: int = 0
    in_archive: bool = False


class Walk:
    """One pass over a file; temporary copies, where random access needs them, go to the folder `scratch`."""

    def __init__(self, stream: Watched, name: str, settings: IngestSettings, scratch: str | None) -> None:
        self._top = _Layer(stream, name.rsplit("/", 1)[-1])
        self._settings = settings
        self._scratch = scratch
        self._labels: set[str] = set()
        self._total = Guard(settings, taken=stream.seek(0, 2))
        self.count = 0
        stream.seek(0)

    def __iter__(self) -> Iterator[Event]:
        """Yield the events, `count` being the number of members and rejects that stand.

        A member must be read before the next event is asked for.
        """
        yield from self._open(self._top)

    def _open(self, layer: _Layer) -> Iterator[Event]:
        wrapping = wrapping_of(layer.name)
        if wrapping is None:
            yield from self._leaf(layer)
            return
        inner = wrapping_of(wrapping.inner)
        if not wrapping.inner or (inner is not None and inner.kind != "tar"):
            layer = layer._replace(depth=layer.depth + 1)
        if layer.depth > MAX_DEPTH:
            detail = f"archives are opened to depth {MAX_DEPTH}, got one at depth {layer.depth}"
            yield self._given(Reject(layer.label, 0, "nested_too_deep", detail))
        elif wrapping.kind == "tar":
            yield from self._archive(layer, self._tar(layer))
        elif wrapping.kind == "zip":
            yield from self._archive(layer, self._zip(layer))
        else:
            yield from self._codec(layer, wrapping.kind, wrapping.inner)

    def _leaf(self, layer: _Layer) -> Iterator[Event]:
        found = format_of(layer.name) or (None if layer.in_archive else "text")
        if found is None or (layer.in_archive and layer.name.rsplit("/", 1)[-1].startswith(".")):
            what = suffix_of(layer.name) or "with a leading dot"
            detail = f"members named {what} are not read"
            yield self._given(Reject(layer.label, 0, "unsupported_format", detail, excerpt(layer.name)))
        elif found == "parquet" and not isinstance(layer.stream, Watched):
            with spooled(layer.stream, self._scratch) as copy:
                yield self._given(Member(layer.label, found, ".parquet", Watched(copy)))
        else:
            yield self._given(Member(layer.label, found, suffix_of(layer.name), layer.stream))

    def _codec(self, layer: _Layer, codec: Codec, inner: str) -> Iterator[Event]:
        unpacked = Unpacked(codec, layer.stream, Guard(self._settings, 0, self._total))
        since = self.count
        try:
            yield from self._open(layer._replace(stream=unpacked, name=inner))
            drain(unpacked)
        except RejectedError as error:
            if error.layer is not unpacked:
                raise
            yield self._voided(since, error.at(layer.label))

    def _archive(self, layer: _Layer, events: Iterator[Event]) -> Iterator[Event]:
        since = self.count
        yield from events
        if self.count == since:
            yield self._given(Reject(layer.label, 0, "empty", "an archive must hold a file, got none"))

    def _tar(self, layer: _Layer) -> Iterator[Event]:
        reader = TarReader(layer.stream)
        since, label, content = self.count, layer.label, None
        try:
            for entry in reader:
                since, content, label = self.count, entry.content, self._label(layer.label, entry.name)
                yield from self._entry(layer, entry, label)
        except RejectedError as error:
            if error.layer is reader:
                yield self._given(error.at(layer.label))
            elif error.layer is content:
                yield self._voided(since, error.at(label))
            else:
                raise

    def _zip(self, layer: _Layer) -> Iterator[Event]:
        if not isinstance(layer.stream, Watched):
            with spooled(layer.stream, self._scratch) as copy:
                yield from self._zip(layer._replace(stream=Watched(copy)))
            return
        reader = ZipReader(layer.stream, lambda size: Guard(self._settings, size, self._total))
        try:
            for entry in reader:
                yield from self._zip_entry(layer, entry)
        except RejectedError as error:
            if error.layer is not reader:
                raise
            yield self._given(error.at(layer.label))

    def _zip_entry(self, layer: _Layer, entry: Entry) -> Iterator[Event]:
        since, label = self.count, self._label(layer.label, entry.name)
        try:
            yield from self._entry(layer, entry, label)
        except RejectedError as error:
            if error.layer is not entry.content:
                raise
            yield self._voided(since, error.at(label))

    def _entry(self, layer: _Layer, entry: Entry, label: str) -> Iterator[Event]:
        name = decoded_name(entry.name)
        unsafe = "a member must not be a link or a device" if entry.special else unsafe_name(name)
        if entry.folder or is_debris(name):
            return
        if unsafe is not None:
            yield self._given(Reject(label, 0, "unsafe_path", unsafe, excerpt(name)))
        elif not entry.ordinary:
            detail = "sparse files and vendors' own kinds of entry are not read"
            yield self._given(Reject(label, 0, "unsupported_format", detail, excerpt(name)))
        else:
            yield from self._open(_Layer(entry.content, name, label, layer.depth, True))

    def _given(self, event: Member | Reject) -> Member | Reject:
        self.count += 1
        return event

    def _voided(self, since: int, reject: Reject) -> Voided:
        self.count = since + 1
        return Voided(since, reject)

    def _label(self, archive: str | None, name: bytes) -> str:
        """Return a member's name within the file; a name that came before gets a number."""
        shown = one_line(decoded_name(name), LABEL_CHARS)
        stem = label = f"{archive}!/{shown}" if archive else shown
        number = 1
        while label in self._labels:
            number += 1
            label = f"{stem}#{number}"
        self._labels.add(label)
        return label
