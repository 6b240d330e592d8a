"""Gathers documents and rejects into Arrow blocks of a bounded size, and cuts the sentences of each
block."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import pyarrow as pa

from tasks.corpus.normalise import convert_script
from tasks.corpus.readers.documents import Document
from tasks.corpus.rejects import Reject, one_line
from tasks.corpus.sentences import cut_sentences
from tasks.settings import IngestSettings
from tasks.tables import TABLES

BLOCK_BYTES = 8 << 20
BLOCK_DOCUMENTS = 65_536
BLOCK_REJECTS = 10_000
CHARACTER_BYTES = 3


@dataclass(frozen=True)
class Ingested:
    """A block of rows, in the schemas of their tables; any of the three may have none."""

    documents: pa.RecordBatch
    sentences: pa.RecordBatch
    rejects: pa.RecordBatch


def document_id(content_hash: str, member: str | None, record: int, part: int) -> int:
    """Return the key of a document: 63 bits of a hash of where it stands and in which file content."""
    key = f"{content_hash}\0{member or ''}\0{record}\0{part}"
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") >> 1


def text_hash(text: str) -> str:
    """Return the BLAKE2b-128 of a text, hexadecimal."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


class BlockBuilder:
    """Collects what one source gives; `take` returns it as Arrow batches and starts anew."""

    def __init__(self, batch_id: str, source: str, content_hash: str, settings: IngestSettings) -> None:
        self._batch_id = batch_id
        self._source = source
        self._content_hash = content_hash
        self._settings = settings
        self._documents: list[Document] = []
        self._origins: list[tuple[str | None, str]] = []
        self._rejects: list[Reject] = []
        self._bytes = 0
        self._rejects_before = 0

    @property
    def full(self) -> bool:
        """Whether the block has its size."""
        return (
            self._bytes >= BLOCK_BYTES
            or len(self._documents) >= BLOCK_DOCUMENTS
            or len(self._rejects) >= BLOCK_REJECTS
        )

    @property
    def empty(self) -> bool:
        """Whether there is nothing to take."""
        return not self._documents and not self._rejects

    def add(self, document: Document, member: str | None, encoding: str) -> None:
        """Collect a document of `member`."""
        self._documents.append(document)
        self._origins.append((member, encoding))
        self._bytes += len(document.text) * (1 if document.text.isascii() else CHARACTER_BYTES)

    def reject(self, reject: Reject) -> None:
        """Collect a reject."""
        self._rejects.append(reject)

    def take(self) -> Ingested:
        """Return what was collected."""
        texts = convert_script([document.text for document in self._documents], self._settings.script)
        ids = [
            document_id(self._content_hash, member, document.record, document.part)
            for document, (member, _) in zip(self._documents, self._origins, strict=True)
        ]
        block = Ingested(
            self._document_rows(ids, texts), self._sentence_rows(ids, texts), self._reject_rows()
        )
        self._rejects_before += len(self._rejects)
        self._documents, self._origins, self._rejects, self._bytes = [], [], [], 0
        return block

    def _document_rows(self, ids: list[int], texts: list[str]) -> pa.RecordBatch:
        number = len(ids)
        return _batch(
            "documents",
            {
                "batch_id": [self._batch_id] * number,
                "doc_id": ids,
                "source": [self._source] * number,
                "member": [member for member, _ in self._origins],
                "record": [document.record for document in self._documents],
                "part": [document.part for document in self._documents],
                "offset": [document.offset for document in self._documents],
                "encoding": [encoding for _, encoding in self._origins],
                "text_hash": [text_hash(text) for text in texts],
                "chars": [len(text) for text in texts],
                "replaced": [document.replaced for document in self._documents],
                "text": texts,
            },
        )

    def _sentence_rows(self, ids: list[int], texts: list[str]) -> pa.RecordBatch:
        columns: dict[str, list] = {name: [] for name in TABLES["sentences"].schema.names}
        for doc_id, text in zip(ids, texts, strict=True):
            sentences = cut_sentences(text, self._settings.max_sentence_chars)
            columns["doc_id"] += [doc_id] * len(sentences)
            columns["sentence_no"] += range(len(sentences))
            columns["start"] += [sentence.start for sentence in sentences]
            columns["chars"] += [sentence.chars for sentence in sentences]
            columns["text"] += [sentence.text for sentence in sentences]
        return _batch("sentences", columns)

    def _reject_rows(self) -> pa.RecordBatch:
        number = len(self._rejects)
        return _batch(
            "rejects",
            {
                "batch_id": [self._batch_id] * number,
                "reject_no": range(self._rejects_before, self._rejects_before + number),
                "source": [self._source] * number,
                "member": [reject.member for reject in self._rejects],
                "record": [reject.record for reject in self._rejects],
                "reason": [reject.reason for reject in self._rejects],
                "detail": [one_line(reject.detail) for reject in self._rejects],
                "excerpt": [reject.excerpt for reject in self._rejects],
            },
        )


def _batch(table: str, columns: Mapping[str, Sequence]) -> pa.RecordBatch:
    schema = TABLES[table].schema
    arrays = [pa.array(columns[field.name], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
