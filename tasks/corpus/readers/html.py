"""The running text of an HTML stream.

Scripts, styles, heads and comments are dropped, tags leave nothing but the line breaks of block
elements, and white space is folded as a browser folds it. The standard library's parser takes quadratic
time on hostile input and holds an unclosed tag for ever; here each character is looked at a bounded
number of times, and what is held is bounded too. A tag with a quote that never closes ends at the next
'>', as do all tags near it.
"""

import html
import re
from collections.abc import Iterable, Iterator

from tasks.corpus.readers.documents import Document
from tasks.corpus.readers.text import read_text
from tasks.corpus.rejects import Reject, excerpt
from tasks.settings import IngestSettings

MAX_TAG_CHARS = 1 << 16
MAX_REFERENCE_CHARS = 40
MAX_END_TAG_CHARS = 20
RAW = frozenset({"script", "style", "title", "iframe", "noframes"})
IN_HEAD = RAW | {"html", "head", "meta", "link", "base", "noscript", "template"}
PARAGRAPHS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl"}
    | {"dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"}
    | {"header", "hgroup", "hr", "legend", "main", "menu", "nav", "ol", "p", "pre", "search", "section"}
    | {"summary", "table", "ul"}
)
LINES = frozenset(
    {"br", "button", "caption", "li", "option", "optgroup", "select", "tbody", "td", "textarea", "tfoot"}
    | {"th", "thead", "tr"}
)
SPACE, LINE, PARAGRAPH = 1, 2, 3
GAPS = ("", " ", "\n", "\n\n")

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*+)(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])))*+>")
_CARELESS_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*+)[^>]*+>")
_TAG_NAME = re.compile(r"</?([a-zA-Z][^\s/>]{0,20})")
_TAG_END, _COMMENT_END = re.compile(">"), re.compile("--!?>")
_BLANKS = re.compile("[ \t\n\r\f]++")
_REFERENCE_BEGUN = re.compile(r"&[#0-9A-Za-z]*+\Z")
_ZEROS = re.compile(r"&#([xX]?)0{2,}+")
_HUGE = re.compile(r"&#(?:[0-9]{8,}+|[xX][0-9a-fA-F]{8,}+);?")


def read_html(blocks: Iterable[str], settings: IngestSettings) -> Iterator[Document | Reject]:
    """Yield the documents of an HTML page; lines and offsets are those of its extracted text."""
    page = HtmlText()
    yield from read_text(page.texts(blocks), settings)
    if page.unclosed is not None:
        detail = "a tag, comment or script must end, this one takes up the rest"
        yield Reject(None, 0, "unclosed_markup", detail, excerpt(page.unclosed))


class HtmlText:
    """Extracts the text of one page, piece by piece; elements in `raw` are dropped with their content."""

    def __init__(self, raw: frozenset[str] = RAW) -> None:
        self._raw = raw
        self._buffer = ""
        self._skip_to: re.Pattern[str] | None = None
        self._skipped = ""
        self._careless_to = 0
        self._in_head = False
        self._preformatted = 0
        self._gap = 0
        self._begun = False
        self._out: list[str] = []
        self.unclosed: str | None = None

    def texts(self, blocks: Iterable[str]) -> Iterator[str]:
        """Yield the text of the page; `unclosed` then tells whether its end was swallowed by markup."""
        for block in blocks:
            yield self._feed(block, False)
        yield self._feed("", True)

    def _feed(self, block: str, final: bool) -> str:
        self._buffer += block
        at: int | None = 0
        while at is not None:
            at = self._step(self._buffer, at, final)
        text = "".join(self._out)
        self._out.clear()
        return text

    def _step(self, buffer: str, at: int, final: bool) -> int | None:
        """Consume text, a tag or what is skipped from `at` on; return where to go on, None at the end."""
        if self._skip_to is not None:
            return self._skip(buffer, at, final)
        markup = buffer.find("<", at)
        if markup != at:
            end = len(buffer) if markup < 0 else markup
            if markup < 0 and not final:
                begun = _REFERENCE_BEGUN.search(buffer, max(at, end - MAX_REFERENCE_CHARS))
                end = begun.start() if begun else end
            self._text(buffer[at:end])
            return self._wait(buffer, end) if markup < 0 else markup
        after = self._markup(buffer, at, final)
        return self._wait(buffer, at) if after is None else after

    def _wait(self, buffer: str, at: int) -> int | None:
        """Keep what begins at `at` until more input comes."""
        self._buffer = buffer[at:]
        self._careless_to -= at
        return None

    def _skip(self, buffer: str, at: int, final: bool) -> int | None:
        end = self._skip_to.search(buffer, at) if self._skip_to is not None else None
        if end is None:
            if final:
                self.unclosed = self._skipped
            return self._wait(buffer, max(at, len(buffer) - MAX_END_TAG_CHARS))
        self._skip_to = None
        return end.start() if end.group().startswith("<") else end.end()

    def _markup(self, buffer: str, at: int, final: bool) -> int | None:
        """Consume what the '<' at `at` begins; None when more input must tell."""
        begin = buffer[at : at + 4]
        if not final and begin in ("<", "</", "<!", "<!-"):
            return None
        if begin[1:2] in ("!", "?"):
            self._begin_skip(_COMMENT_END if begin == "<!--" else _TAG_END, buffer[at : at + 80])
            return at + 2
        if not begin[1:3].lstrip("/")[:1].isascii() or not begin[1:3].removeprefix("/")[:1].isalpha():
            self._text("<")
            return at + 1
        end = at + MAX_TAG_CHARS
        careless = at < self._careless_to
        tag = (_CARELESS_TAG if careless else _TAG).match(buffer, at, end)
        if tag is None and not careless and (final or len(buffer) > end):
            self._careless_to = end
            tag = _CARELESS_TAG.match(buffer, at, end)
        if tag is not None:
            self._tag(tag[2].lower(), bool(tag[1]), buffer[at : at + 80])
            return tag.end()
        if len(buffer) > end:
            name = _TAG_NAME.match(buffer, at)
            self._begin_skip(_TAG_END, buffer[at : at + 80])
            self._break(name[1].lower() if name else "")
            return end
        if final:
            self._text(buffer[at:])
            return len(buffer)
        return None

    def _begin_skip(self, end: re.Pattern[str], skipped: str) -> None:
        self._skip_to, self._skipped = end, skipped

    def _tag(self, name: str, closing: bool, source: str) -> None:
        self._break(name)
        if not closing and name in self._raw:
            self._begin_skip(re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE), source)
        if name == "pre":
            self._preformatted = max(self._preformatted + (-1 if closing else 1), 0)
        if name == "head":
            self._in_head = not closing
        elif name not in IN_HEAD:
            self._in_head = False

    def _break(self, name: str) -> None:
        self._gap = max(self._gap, PARAGRAPH if name in PARAGRAPHS else LINE if name in LINES else 0)

    def _text(self, text: str) -> None:
        if self._in_head:
            return
        text = _unescaped(text)
        for number, line in enumerate(text.split("\n") if self._preformatted else [text]):
            if number:
                self._gap = max(self._gap, LINE)
            folded = _BLANKS.sub(" ", line)
            words = folded.strip(" ")
            if folded.startswith(" "):
                self._gap = max(self._gap, SPACE)
            if words:
                self._out.append(GAPS[self._gap] * self._begun + words)
                self._begun = True
                self._gap = SPACE if folded.endswith(" ") else 0


def _unescaped(text: str) -> str:
    """Return `text` with its character references resolved; numbers beyond Unicode become U+FFFD."""
    if "&#" in text:
        text = _HUGE.sub("\ufffd", _ZEROS.sub(r"&#\g<1>0", text))
    return html.unescape(text) if "&" in text else text
