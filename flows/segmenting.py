"""Text from a file or a pipe cut into words, line by line, in blocks."""

import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from tasks.errors import InputError
from tasks.publish import home_folder
from tasks.segment.loading import Cutter, Which, load_segmenter
from tasks.store import Store, check_corpus_name

LINES_A_BLOCK = 4_096


def segment_lines(
    corpus: str,
    home: str | None,
    which: Which | None,
    file: Path | None,
    encoding: str,
    source: BinaryIO,
    sink: BinaryIO,
) -> None:
    """Write each line of `file`, or of `source`, to `sink` with its words joined by blanks."""
    segmenter = published_segmenter(corpus, home, which)
    try:
        "".encode(encoding)
        opened = file.open("rb") if file else source
    except (LookupError, ValueError):
        raise InputError(f"encoding must be one Python knows, such as gb18030; got {encoding!r}") from None
    except OSError as error:
        raise InputError(f"cannot read {str(file)!r}: {error.strerror}") from None
    with io.TextIOWrapper(opened, encoding=encoding, newline="\n") as text:
        for block in _blocks(text, str(file or "standard input"), encoding):
            sink.write("".join(cut_lines(segmenter, block)).encode())
    sink.flush()


def published_segmenter(corpus: str, home: str | None, which: Which | None) -> Cutter:
    """Return the segmenter that is published of a corpus; InputError when there is none."""
    store = Store(home_folder(home))
    check_corpus_name(corpus)
    tables = {name: store.published_datasets(corpus, name) for name in ("models", "lexicon")}
    if not tables["lexicon"]:
        known = ", ".join(store.corpora()) or "none"
        raise InputError(f"corpus {corpus!r} has no lexicon below {str(store.home)!r}; there are: {known}")
    return load_segmenter(store, tables, store.published(corpus)["state"], which)


def cut_lines(segmenter: Cutter, lines: list[str]) -> list[str]:
    """Return each line with blanks between its words and its characters and line end as they were.

    A blank in the line parts words as it did; other white space is a word of its own.
    """
    texts = pa.array([_plain(line) for line in lines], pa.string())
    tokens = segmenter.segment(texts)
    cut = []
    row_starts = tokens.sentence_index.searchsorted(range(len(lines) + 1))
    starts, ends = tokens.start.tolist(), tokens.end.tolist()
    for row, line in enumerate(lines):
        body = line.rstrip("\r\n")
        words: list[str] = []
        free_from = 0
        for at in range(row_starts[row], row_starts[row + 1]):
            words += body[free_from : starts[at]].replace(" ", "")
            words.append(body[starts[at] : ends[at]])
            free_from = ends[at]
        words += body[free_from:].replace(" ", "")
        cut.append(" ".join(words) + line[len(body) :])
    return cut


def _plain(line: str) -> str:
    return line.rstrip("\r\n").encode("utf-8", "replace").decode()


def _blocks(text: io.TextIOWrapper, name: str, encoding: str) -> Iterator[list[str]]:
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
        read += len(block)
        yield block
