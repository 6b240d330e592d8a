"""Finds the encoding of a stream of text by reading all of it once.

UTF-8 and UTF-16 prove themselves by their structure. GB18030 and Big5 accept most bytes, so of these
(and of UTF-16 without a byte order mark) the one whose text is commonest Chinese wins, if it is common
enough; Japanese and Korean that would pass for it are told by what they are in their own encodings.
"""

from tasks.corpus.archives.streams import Readable, blocks
from tasks.corpus.encoding.common_characters import score
from tasks.corpus.encoding.decode import Decoder, undecodable
from tasks.corpus.readers.formats import ENCODING_HINTS
from tasks.corpus.rejects import RejectedError, excerpt

MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
UTF32_MARK = b"\xff\xfe\0\0"
LEGACY = ("gb18030", "big5hkscs", "cp950")
WIDE = ("utf-16-le", "utf-16-be")
CONTROLS = bytes(sorted({*range(0x20), 0x7F} - {*b"\t\n\f\r\x1b"}))
MAX_UTF8_CONTROLS = 0.3
MAX_CONTROLS = 0.05
MAX_INVALID = 0.1
SAMPLE_BYTES = 1 << 20
SURE_CHARACTERS = 1000
MIN_SCORE = 0.1
HINT_SCORE = 1.0
RIVALS = (("euc_jp", "\u3041", "\u30fe", 10, 0.2), ("euc_kr", "가", "힣", 30, 0.97))


class _Trial:
    """One encoding being tried: how much of the stream it cannot decode."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self.invalid = 0
        self.bytes = 0
        self.wide = 0
        self._decoder = Decoder(encoding)

    def feed(self, block: bytes, final: bool = False) -> None:
        text = self._decoder.decode(block, final)
        self.bytes += len(block)
        self.invalid += undecodable(text, self.encoding)
        self.wide += len(block) - len(text)

    @property
    def hopeless(self) -> bool:
        return self.bytes >= SAMPLE_BYTES and self.invalid > MAX_INVALID * self.bytes


def find_encoding(stream: Readable, suffix: str, max_invalid_share: float) -> str:
    """Return the encoding that all of `stream` is in; RejectedError when there is none or no byte at all.

    `suffix` (.gbk, .big5) speaks for one of them; at most `max_invalid_share` of the bytes may be
    undecodable.
    """
    return _Search(max_invalid_share, ENCODING_HINTS.get(suffix)).run(stream)


class _Search:
    def __init__(self, max_invalid_share: float, hint: str | None) -> None:
        self._share = max_invalid_share
        self._hint = hint
        self._bytes = 0
        self._controls = 0
        self._sample = b""
        self._utf8 = _Trial("utf-8")
        self._others = [_Trial(encoding) for encoding in LEGACY + WIDE]

    def run(self, stream: Readable) -> str:
        head = b""
        marked: _Trial | None = None
        for block in blocks(stream):
            if not self._bytes:
                head = block[:512]
                marked = _marked(head)
            self._bytes += len(block)
            self._controls += len(block) - len(block.translate(None, CONTROLS))
            if marked is not None:
                marked.feed(block)
            else:
                self._feed(block)
        if not self._bytes:
            raise RejectedError("empty", "a file must hold text, got no bytes")
        if marked is not None:
            marked.feed(b"", final=True)
            if marked.invalid <= self._share * self._bytes:
                return marked.encoding
            detail = f"marked as {marked.encoding}, but {marked.invalid} of {self._bytes} bytes are not"
            raise RejectedError("unknown_encoding", detail, excerpt(head))
        found = self._decide()
        if found is None:
            detail = (
                f"at most a share of {self._share:g} of the bytes may be undecodable, but of {self._bytes}"
                f" {self._utf8.invalid} are not UTF-8, {self._controls} are control characters"
                " and no other encoding fits"
            )
            raise RejectedError("unknown_encoding", detail, excerpt(head))
        return found

    def _feed(self, block: bytes) -> None:
        ascii_only = block.isascii() and not self._sample and not self._controls
        if not ascii_only and len(self._sample) < SAMPLE_BYTES:
            self._sample += block
        self._utf8.feed(block)
        if not self._utf8.invalid and (ascii_only or self._utf8.wide > SURE_CHARACTERS):
            if self._utf8.wide > SURE_CHARACTERS:
                self._others = []
            return
        self._others = [trial for trial in self._others if not trial.hopeless]
        for trial in self._others:
            trial.feed(block)

    def _decide(self) -> str | None:
        allowed = self._share * self._bytes
        self._utf8.feed(b"", final=True)
        for trial in self._others:
            trial.feed(b"", final=True)
        utf8_text = self._controls <= MAX_UTF8_CONTROLS * self._bytes
        if utf8_text and not self._utf8.invalid:
            return "utf-8"
        best = self._best([t for t in self._others if t.invalid <= allowed and not t.hopeless])
        utf8_likely = utf8_text and self._utf8.invalid <= allowed
        if utf8_likely and (best is None or self._utf8.wide > self._utf8.invalid):
            return "utf-8"
        return best

    def _best(self, trials: list[_Trial]) -> str | None:
        """Return the encoding in which the sample is the commonest Chinese; None when in none it is."""
        best, best_rank = None, (float("-inf"), 0)
        for trial in trials:
            wide = trial.encoding in WIDE
            if not wide and self._controls > MAX_CONTROLS * self._bytes:
                continue
            text = Decoder(trial.encoding).decode(self._sample[:SAMPLE_BYTES])
            value, number = score(text, count_ascii=wide)
            if trial.encoding == self._hint:
                value += HINT_SCORE
            rank = (value, -trial.invalid)
            if (
                number
                and value >= MIN_SCORE
                and rank > best_rank
                and (wide or not _foreign(self._sample[:SAMPLE_BYTES]))
            ):
                best, best_rank = trial.encoding, rank
        return best


def _marked(head: bytes) -> _Trial | None:
    if head.startswith(UTF32_MARK):
        return None
    return next((_Trial(encoding) for mark, encoding in MARKS if head.startswith(mark)), None)


def _foreign(sample: bytes) -> bool:
    """Tell whether the bytes read as Japanese in EUC-JP or as Korean in EUC-KR."""
    for encoding, first, last, enough, least in RIVALS:
        text = sample.decode(encoding, "replace")
        letters = [c for c in text if c.isalpha() and not c.isascii()]
        if len(letters) >= enough and text.count("\ufffd") < 0.02 * len(letters):
            own = sum(first <= c <= last for c in letters)
            if own > least * len(letters):
                return True
    return False
