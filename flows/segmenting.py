"""Text from a file or a pipe cut into words, line by line, in blocks."""

import io
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from flows.cut_description import described, json_line
from flows.cut_request import PLAIN, Request
from tasks.errors import InputError
from tasks.publish import store_with
from tasks.segment.loading import Cutter, Which, load_segmenter
from tasks.segment.viterbi import Segmentation

LINES_A_BLOCK = 4_096


def segment_lines(
    corpus: str,
    home: str | None,
    which: Which | None,
    file: Path | None,
    encoding: str,
    source: BinaryIO,
    sink: BinaryIO,
    request: Request = PLAIN,
) -> None:
    """Write each line of `file`, or of `source`, cut as requested, to `sink`: words joined by blanks, or JSON."""
    if request.needs_lexicon and which not in (None, "lexicon"):
        raise InputError(f"--nbest and --sample must go with --model lexicon; got {which}")
    segmenter = published_segmenter(corpus, home, "lexicon" if request.needs_lexicon else which)
    try:
        "".encode(encoding)
        opened = file.open("rb") if file else source
    except (LookupError, ValueError):
        raise InputError(f"encoding must be one Python knows, such as gb18030; got {encoding!r}") from None
    except OSError as error:
        raise InputError(f"cannot read {str(file)!r}: {error.strerror}") from None
    with io.TextIOWrapper(opened, encoding=encoding, newline="\n") as text:
        for first, block in _blocks(text, str(file or "standard input"), encoding):
            sink.write(answer(segmenter, block, first, request).encode())
    sink.flush()


def answer(segmenter: Cutter, lines: list[str], first: int, request: Request = PLAIN) -> str:
    """Return what is printed of lines, the first of which is line `first` of the text, from 0."""
    texts = pa.array([_plain(line) for line in lines], pa.string())
    if request.needs_lexicon or request.json or request.probabilities:
        rows = described(segmenter, texts, first, request)
        if request.json or not request.sample:
            return "".join(json_line(row) for row in rows)
        drawn = (row["cuts"][0] for row in rows)
        cut = [(cut["starts"], cut["ends"]) for cut in drawn]
    else:
        cut = _spans(segmenter.segment(texts), len(lines))
    return "".join(_join(line, *spans) for line, spans in zip(lines, cut, strict=True))


def published_segmenter(corpus: str, home: str | None, which: Which | None) -> Cutter:
    """Return the segmenter that is published of a corpus; InputError when there is none."""
    store = store_with(corpus, home)
    tables = {name: store.published_datasets(corpus, name) for name in ("models", "lexicon")}
    if not tables["lexicon"]:
        raise InputError(f"corpus {corpus!r} has no lexicon yet; mine it to the end first")
    return load_segmenter(store, tables, store.published(corpus)["state"], which)


def _spans(tokens: Segmentation, lines: int) -> list[tuple[list[int], list[int]]]:
    bounds = tokens.sentence_index.searchsorted(range(lines + 1)).tolist()
    starts, ends = tokens.start.tolist(), tokens.end.tolist()
    return [(starts[i:j], ends[i:j]) for i, j in pairwise(bounds)]


def _join(line: str, starts: list[int], ends: list[int]) -> str:
    body = line.rstrip("\r\n")
    words: list[str] = []
    free_from = 0
    for start, end in zip(starts, ends, strict=True):
        words += body[free_from:start].replace(" ", "")
        words.append(body[start:end])
        free_from = end
    words += body[free_from:].replace(" ", "")
    return " ".join(words) + line[len(body) :]


def _plain(line: str) -> str:
    return line.rstrip("\r\n").encode("utf-8", "replace").decode()


def _blocks(text: io.TextIOWrapper, name: str, encoding: str) -> Iterator[tuple[int, list[str]]]:
    read = 0
    while True:
        try:
            block = list(islice(text, LINES_A_BLOCK))
        except UnicodeError as error:
            reason = getattr(error, "reason", error)
            raise InputError(
                f"{name} is not {encoding} after line {read}: {reason}; give its --encoding"
            ) from None
        if not block:
            return
        yield read, block
        read += len(block)
