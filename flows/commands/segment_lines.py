"""Text from a file or a pipe cut into words, line by line, in blocks that threads work on."""

from operator import attrgetter
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from flows.commands.line_blocks import BLOCK_BYTES, LINE_FEED, Block, Source, line_blocks
from flows.commands.segment_request import PLAIN, Request
from tasks.engines.kernels import load_without_blas
from tasks.engines.threads import cores, map_threads
from tasks.errors import InputError
from tasks.segment.joining import join_words
from tasks.segment.segmenters import SegmenterKind, load_segmenter
from tasks.store.homes import store_with
from tasks.text.segmentation import Segmenter

LEAST_BYTES = 1 << 12


def segment_lines(
    segmenter: Segmenter,
    source: Source,
    sink: BinaryIO,
    request: Request = PLAIN,
    workers: int | None = None,
) -> None:
    """Write each line of a source, cut as requested, to `sink`: words joined by blanks, or JSON.

    A line that has come is written before the next is waited for. What is written does not depend on `workers`,
    by default one a core.
    """

    def cut(block: Block) -> tuple[bytes, bool]:
        return answer(segmenter, block.data, block.first, request), block.waits

    # of each line as much as `nbest` times its size is at hand
    blocks = line_blocks(source, max(BLOCK_BYTES // (request.nbest or 1), LEAST_BYTES))
    for written, waits in map_threads(cut, blocks, workers or cores(), attrgetter("waits")):
        sink.write(written)
        if waits:
            sink.flush()
    sink.flush()


def answer(segmenter: Segmenter, lines: bytes, first: int = 0, request: Request = PLAIN) -> bytes:
    """Return what is printed of lines in UTF-8, the first of which is line `first` of the text, from 0."""
    texts = _column(lines)
    if request.described:
        from flows.commands.segment_json import json_lines  # plain words need none of what it imports

        return json_lines(segmenter, texts, first, request)
    if request.sample:
        from flows.commands.segment_json import drawn

        return join_words(drawn(segmenter, texts, first, request)).tobytes()
    return join_words(segmenter.segment(texts)).tobytes()


def published_segmenter(corpus: str, home: str | None, which: SegmenterKind | None) -> Segmenter:
    """Return the segmenter that is published of a corpus; InputError when there is none."""
    store = store_with(corpus, home)
    tables = {name: store.corpus(corpus).published_datasets(name) for name in ("models", "lexicon")}
    if not tables["lexicon"]:
        raise InputError(f"corpus {corpus!r} has no lexicon yet; mine it to the end first")
    load_without_blas()
    return load_segmenter(store, tables, store.corpus(corpus).published().state, which)


def _column(lines: bytes) -> pa.LargeStringArray:
    """Return lines, each with its end, as strings in the memory that they are in."""
    ends = np.flatnonzero(np.frombuffer(lines, np.uint8) == LINE_FEED) + 1
    unended = [len(lines)] if lines and not lines.endswith(b"\n") else []
    offsets = np.concatenate([[0], ends, unended]).astype(np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(lines)]
    return pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, buffers)
