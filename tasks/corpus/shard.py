"""One shard of files read, held to the contract and written as one part of each table.

A shard runs in a process of its own; what it writes depends on its files and settings alone.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc

from tasks.checks.contract import split
from tasks.corpus.ingest import Ingested, ingest_source
from tasks.corpus.sources import Source, check_unchanged
from tasks.errors import InputError
from tasks.settings import IngestSettings
from tasks.store.parts import PartWriter, TableWriter
from tasks.tables import TABLES

SHARD_TABLES = ("documents", "sentences", "rejects")
REJECTS_A_SHARD = 1 << 40


@dataclass(frozen=True)
class ShardJob:
    """What a process needs to read one shard."""

    number: int
    batch_id: str
    sources: tuple[Source, ...]
    write: TableWriter
    scratch: str
    settings: IngestSettings


@dataclass(frozen=True)
class SourceCount:
    """What came of one file."""

    source: Source
    documents: int
    rejects: int


class SourceFile(io.FileIO):
    """A file whose errors name it, as those of `open` do, so that no other file's are taken for them."""

    def readinto(self, buffer: Any, /) -> int:
        """Fill `buffer`."""
        with self._named():
            return super().readinto(buffer)

    def readall(self) -> bytes:
        """Return what is left."""
        with self._named():
            return super().readall()

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to `offset`."""
        with self._named():
            return super().seek(offset, whence)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            error.filename = self.name
            raise


def ingest_shard(job: ShardJob) -> list[SourceCount]:
    """Read the shard's files into part `number` of each table; InputError when a file cannot be read."""
    writers = {table: job.write.part(table, job.number) for table in SHARD_TABLES}
    counts = []
    for source in job.sources:
        before = {table: writer.rows for table, writer in writers.items()}
        try:
            _ingest(job, source, writers)
            check_unchanged(source)
        except OSError as error:
            # Also a disk may be full to which an archive is unpacked or a part is written.
            if str(error.filename) != source.path:
                raise
            raise InputError(f"cannot read {source.path!r}: {error.strerror or error}") from None
        counts.append(
            SourceCount(
                source,
                writers["documents"].rows - before["documents"],
                writers["rejects"].rows - before["rejects"],
            )
        )
    for writer in writers.values():
        writer.close()
    return counts


def _ingest(job: ShardJob, source: Source, writers: dict[str, PartWriter]) -> None:
    def open_source() -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(SourceFile(source.path)))

    left = job.settings.sample
    for block in ingest_source(
        job.batch_id, source.name, source.content_hash, open_source, job.settings, scratch=job.scratch
    ):
        documents, broken = split(block.documents, TABLES["documents"])
        documents = documents.slice(0, left)
        writers["documents"].write(documents)
        writers["sentences"].write(_sentences_of(documents, block))
        rejected = [block.rejects, _contract_rejects(block.documents, broken)]
        _write_rejects(writers["rejects"], job.number, rejected)
        if left is not None:
            left -= documents.num_rows
            if left == 0:
                return


def _sentences_of(documents: pa.RecordBatch, block: Ingested) -> pa.RecordBatch:
    if documents.num_rows == block.documents.num_rows:
        return block.sentences
    return block.sentences.filter(pc.is_in(block.sentences["doc_id"], documents["doc_id"]))


def _contract_rejects(documents: pa.RecordBatch, broken: list[tuple[int, str]]) -> pa.RecordBatch:
    rows = [
        {
            "batch_id": documents["batch_id"][row].as_py(),
            "reject_no": 0,
            "source": documents["source"][row].as_py(),
            "member": documents["member"][row].as_py(),
            "record": documents["record"][row].as_py(),
            "reason": "contract",
            "detail": f"a document must keep: {rule}",
            "excerpt": (documents["text"][row].as_py() or "")[:80],
        }
        for row, rule in broken
    ]
    return pa.RecordBatch.from_pylist(rows, schema=TABLES["rejects"].schema)


def _write_rejects(writer: PartWriter, shard: int, batches: Iterable[pa.RecordBatch]) -> None:
    for batch in batches:
        if batch.num_rows == 0:
            continue
        first = shard * REJECTS_A_SHARD + writer.rows
        numbers = pa.array(range(first, first + batch.num_rows), pa.int64())
        at = batch.schema.get_field_index("reject_no")
        writer.write(batch.set_column(at, batch.schema.field(at), numbers))
