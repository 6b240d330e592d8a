"""One input file into the rows of documents, sentences and rejects.

The file is walked twice. The first pass unpacks and reads all of it, finds the encoding of every member
and what cannot be read; the second gives the documents of the members that passed. So a member that
fails leaves one reject and no documents, and no more than a block of anything is held.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple, cast

from tasks.corpus.archives.streams import Watched
from tasks.corpus.archives.walk import Member, Voided, Walk
from tasks.corpus.blocks import BlockBuilder, Ingested
from tasks.corpus.encoding.decode import decoded
from tasks.corpus.encoding.detect import find_encoding
from tasks.corpus.readers.delimited import read_delimited
from tasks.corpus.readers.documents import Document
from tasks.corpus.readers.formats import supported
from tasks.corpus.readers.html import read_html
from tasks.corpus.readers.jsonl import read_jsonl
from tasks.corpus.readers.markdown import read_markdown
from tasks.corpus.readers.parquet import check_parquet, read_parquet
from tasks.corpus.readers.text import read_text
from tasks.corpus.rejects import Reject, RejectedError
from tasks.settings import IngestSettings

__all__ = ["Ingested", "ingest_source", "supported"]

PARQUET_ENCODING = "utf-8"


def ingest_source(
    batch_id: str,
    source: str,
    content_hash: str,
    open_source: Callable[[], BinaryIO],
    settings: IngestSettings,
    scratch: str | None = None,
) -> Iterator[Ingested]:
    """Yield what the file called `source` holds, in blocks of about 8 MB of text.

    `open_source` returns a fresh seekable stream of the file each time; its errors are the caller's.
    Compressed members that need random access are copied to unnamed files in the folder `scratch`. Rejects
    are numbered from 0.
    """
    shown = source.encode("utf-8", "backslashreplace").decode()
    builder = BlockBuilder(batch_id, shown, content_hash, settings)
    survey = _survey(open_source, source, settings, scratch)
    for reject in survey.rejects:
        builder.reject(reject)
        if builder.full:
            yield builder.take()
    if survey.encodings:
        with open_source() as stream:
            for event in Walk(Watched(stream), source, settings, scratch):
                if isinstance(event, Member) and event.name in survey.encodings:
                    yield from _ingest_member(event, survey.encodings[event.name], builder, settings)
    if not builder.empty:
        yield builder.take()


class _Readable(NamedTuple):
    member: str | None
    encoding: str


class _Survey(NamedTuple):
    encodings: dict[str | None, str]
    rejects: list[Reject]


def _survey(
    open_source: Callable[[], BinaryIO], source: str, settings: IngestSettings, scratch: str | None
) -> _Survey:
    """Read all of the file once: the encoding of each member that can be read, and why the others cannot."""
    found: list[_Readable | Reject] = []
    with open_source() as stream:
        for event in Walk(Watched(stream), source, settings, scratch):
            if isinstance(event, Member):
                found.append(_check(event, settings))
            elif isinstance(event, Voided):
                found[event.since :] = [event.reject]
            else:
                found.append(event)
    rejects = [outcome for outcome in found if isinstance(outcome, Reject)]
    return _Survey({o.member: o.encoding for o in found if not isinstance(o, Reject)}, rejects)


def _check(member: Member, settings: IngestSettings) -> _Readable | Reject:
    try:
        if member.format == "parquet":
            check_parquet(cast(Watched, member.stream), settings)
            return _Readable(member.name, PARQUET_ENCODING)
        encoding = find_encoding(member.stream, member.suffix, settings.max_invalid_share)
        return _Readable(member.name, encoding)
    except RejectedError as error:
        return error.at(member.name)


def _ingest_member(
    member: Member, encoding: str, builder: BlockBuilder, settings: IngestSettings
) -> Iterator[Ingested]:
    found = False
    try:
        for row in _read(member, encoding, settings):
            if isinstance(row, Reject):
                builder.reject(row._replace(member=member.name))
            elif not row.text or row.text.isspace():
                continue
            else:
                builder.add(row, member.name, encoding)
            found = True
            if builder.full:
                yield builder.take()
    except RejectedError as error:
        builder.reject(error.at(member.name))
        found = True
    if not found:
        builder.reject(Reject(member.name, 0, "empty", "a file must hold text, got white space at most"))


def _read(member: Member, encoding: str, settings: IngestSettings) -> Iterator[Document | Reject]:
    if member.format == "parquet":
        return read_parquet(cast(Watched, member.stream), settings)
    text = decoded(member.stream, encoding)
    match member.format:
        case "markdown":
            return read_markdown(text, settings)
        case "html":
            return read_html(text, settings)
        case "csv":
            return read_delimited(text, settings, ",")
        case "tsv":
            return read_delimited(text, settings, "\t")
        case "jsonl":
            return read_jsonl(text, settings)
        case "text":
            return read_text(text, settings)
