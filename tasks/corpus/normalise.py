"""Text as it is stored: one line end, no terminal escapes, no control characters, NFC.

Order: line ends, ANSI escape sequences out, controls and U+FEFF out, surrogates to U+FFFD, width, NFC.
Nothing reaches across a line end, so text may be normalised line by line. More than 30 combining marks
on a character are no text in any script (the bound of Unicode's stream-safe format, UAX #15) and make
NFC quadratic: the rest go.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Literal

import opencc

from tasks.corpus.encoding.decode import ENCODED_SURROGATE

Width = Literal["keep", "half", "full"]
Script = Literal["keep", "simplified", "traditional"]

LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
REPLACEMENT = "\ufffd"
MAX_MARKS = 30
ANSI = re.compile(
    r"\x1b\[[0-?]*+[ -/]*+[@-~]"  # a control sequence, such as a colour
    r"|\x1b[\]PX^_][^\x07\x1b\n]*+(?:\x07|\x1b\\)"  # a string, such as a window title
    r"|\x1b[ -/]++[0-~]|\x1b[0-Z\\`-~]"
)
CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff"
NOT_TEXT = re.compile(f"[{CONTROLS}]")
SURROGATE = re.compile("[\ud800-\udfff]")
OPENCC_CONFIGS = {"simplified": "t2s", "traditional": "s2t"}
_TO_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_WIDTHS = {"half": _TO_HALF, "full": {half: full for full, half in _TO_HALF.items()}}


@lru_cache(maxsize=1)
def _marks() -> str:
    """Return all combining marks as a regular expression class without its brackets."""
    return "".join(chr(c) for c in range(0x300, 0x1E94B) if unicodedata.combining(chr(c)))


@lru_cache(maxsize=1)
def _too_many_marks() -> re.Pattern[str]:
    return re.compile(f"([{_marks()}]{{{MAX_MARKS}}})[{_marks()}]++")


@lru_cache(maxsize=1)
def _suspect() -> re.Pattern[str]:
    """Return what a text must not hold for NFC alone to normalise it."""
    narrow = "".join(mark for mark in _marks() if mark < "\U00010000")
    return re.compile(f"[{CONTROLS}\u2028\u2029\ud800-\udfff{narrow}\U00010376-\U0001e94a]")


def half_width() -> dict[int, int]:
    """Return the code points of full-width ASCII forms, each with the half-width one it folds to."""
    return dict(_TO_HALF)


def is_normal(text: str, width: Width = "keep") -> bool:
    """Tell quickly that `normalise` would not change any line of `text`; False when it might."""
    return width == "keep" and _suspect().search(text) is None and unicodedata.is_normalized("NFC", text)


def normalise(text: str, width: Width = "keep") -> tuple[str, int]:
    r"""Return the normalised text and how many characters were dropped or replaced for not being text.

    >>> normalise("\x1b[1mＡ\r\nb\x00", "half")
    ('A\nb', 5)
    """
    if is_normal(text, width):
        return text, 0
    text = LINE_END.sub("\n", text)
    size = len(text)
    text = NOT_TEXT.sub("", ANSI.sub("", text))
    replaced = size - len(text)
    text, encoded = ENCODED_SURROGATE.subn(REPLACEMENT, text)
    text, lone = SURROGATE.subn(REPLACEMENT, text)
    if width != "keep":
        text = text.translate(_WIDTHS[width])
    size = len(text)
    text = _too_many_marks().sub(r"\1", text)
    replaced += encoded + lone + size - len(text)
    return unicodedata.normalize("NFC", text), replaced


@lru_cache(maxsize=2)
def _converter(config: str) -> opencc.OpenCC:
    return opencc.OpenCC(config)


def convert_script(texts: list[str], script: Script) -> list[str]:
    """Return the texts in one script; whole ones, as a phrase decides on the form of its characters."""
    if script == "keep" or not texts:
        return texts
    converted = _converter(OPENCC_CONFIGS[script]).convert("\0".join(texts)).split("\0")
    if len(converted) != len(texts):
        raise ValueError(f"{len(texts)} texts must stay as many when converted, got {len(converted)}")
    return [unicodedata.normalize("NFC", text) for text in converted]
