"""The running text of a Markdown stream: Markdown to HTML by mistune, HTML to text.

mistune wants the whole source; it gets chunks cut at blank lines, of a bounded size, because its time
can grow with the square of it. A line longer than a chunk is taken as plain text. Front matter and code
blocks are dropped.
"""

import html
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import mistune

from tasks.corpus.readers.documents import Document
from tasks.corpus.readers.html import RAW, HtmlText
from tasks.corpus.readers.text import read_text
from tasks.corpus.rejects import Reject, excerpt
from tasks.settings import IngestSettings

CHUNK_CHARS = 1 << 14
FRONT_MATTER_CHARS = 1 << 16
_FRONT_MATTER_ENDS = {"---": ("---", "..."), "+++": ("+++",)}
_FRONT_MATTER_LINE = re.compile(r"\s|#|- |\[|[\w.\"' -]{1,100}+\s*+[:=]|\Z")
_LINE = re.compile(r"[^\r\n]*+(?:\r\n?|\n)")
_FENCE = re.compile(r" {0,3}+(`{3,}+(?=[^`]*\Z)|~{3,}+)")


def read_markdown(blocks: Iterable[str], settings: IngestSettings) -> Iterator[Document | Reject]:
    """Yield the documents of a Markdown text; lines and offsets are those of its extracted text."""
    page = HtmlText(RAW | {"pre"})
    yield from read_text(
        page.texts(_rendered(_without_code(_without_front_matter(_lines(blocks))))), settings
    )
    if page.unclosed is not None:
        detail = "a tag, comment or script must end, this one takes up the rest"
        yield Reject(None, 0, "unclosed_markup", detail, excerpt(page.unclosed))


def _lines(blocks: Iterable[str]) -> Iterator[str]:
    """Yield lines ended by LF; one longer than CHUNK_CHARS in pieces, only the last of them ended."""
    carry = held = ""
    for block in blocks:
        buffer = carry + held + block
        held = "\r" if buffer.endswith("\r") else ""
        buffer = buffer.removesuffix(held)
        ends = 1 + max(buffer.rfind("\n"), buffer.rfind("\r"))
        for line in _LINE.findall(buffer[:ends]):
            yield from _bounded(line.rstrip("\r\n") + "\n")
        carry = buffer[ends:]
        while len(carry) > CHUNK_CHARS:
            yield carry[:CHUNK_CHARS]
            carry = carry[CHUNK_CHARS:]
    if carry:
        yield from _bounded(carry + "\n")


def _bounded(line: str) -> Iterator[str]:
    for start in range(0, len(line), CHUNK_CHARS):
        yield line[start : start + CHUNK_CHARS]


def _without_front_matter(lines: Iterator[str]) -> Iterator[str]:
    first = next(lines, "")
    ends = _FRONT_MATTER_ENDS.get(first.rstrip())
    held = [first]
    size = 0
    while ends is not None:
        line = next(lines, "")
        if line.rstrip() in ends:
            held = []
            break
        held.append(line)
        size += len(line)
        if not line or size > FRONT_MATTER_CHARS or not _FRONT_MATTER_LINE.match(line):
            break
    yield from filter(None, held)
    yield from lines


def _without_code(lines: Iterable[str]) -> Iterator[str]:
    """Leave out fenced code blocks, whose blank lines are no place to cut."""
    fence = ""
    for line in lines:
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not line[found.end() :].strip():
                fence = ""
        elif found:
            fence = found[1]
            yield "\n"
        else:
            yield line


def _rendered(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines as HTML, chunk by chunk."""
    held: list[str] = []
    size = 0
    within_line = False
    for line in lines:
        if within_line or not line.endswith("\n"):
            yield _html("".join(held)) + "<p>" * (not within_line) + html.escape(line, quote=False)
            held, size = [], 0
            within_line = not line.endswith("\n")
            continue
        if size + len(line) > CHUNK_CHARS or (size > CHUNK_CHARS // 2 and not line.strip()):
            yield _html("".join(held))
            held, size = [], 0
        held.append(line)
        size += len(line)
    yield _html("".join(held))


@lru_cache(maxsize=1)
def _markdown() -> mistune.Markdown:
    return mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])


def _html(source: str) -> str:
    return str(_markdown()(source)) if source else ""
