"""Pre-tokenisation: script classes, and the token rules that turn them into runs.

A word lies within one class. Runs of Han, kana, hangul or other letters are *mined*: a lexicon decides how
they are cut. The rest follows a rule:

- digits form one token, joined by a point between digits (12.5, 3·15) and closed by a percent sign; with
  `dates` a following 年, 月, 日 or 时 belongs to it;
- with `numbers`, three or more Chinese numerals (六千九百万, 二○○一) form one token, with 点 between two of them, with
  第 before them, and so do any after 百分之; `dates` closes them too;
- Latin letters, with apostrophes between them, form one token, unless the corpus is mostly Latin: then they
  are mined like Han;
- dashes, ellipses and hyphens repeated are one token, every other symbol stands alone;
- white space separates and is never part of a token.
"""

import unicodedata
from dataclasses import asdict, dataclass
from functools import cache

import numpy as np
from numba import njit

from tasks.text.characters import CODE_POINTS, Characters

SPACE, SYMBOL, REPEATED, POINT, PERCENT, APOSTROPHE, DIGIT, LATIN, HAN, KANA, HANGUL, LETTER = range(12)

MINED, MINED_START, RULE, RULE_START, BLANK = range(5)

_RANGES = (
    (HAN, 0x3400, 0x4DBF), (HAN, 0x4E00, 0x9FFF), (HAN, 0xF900, 0xFAFF), (HAN, 0x20000, 0x3FFFF),
    (HAN, 0x2E80, 0x2FDF), (KANA, 0x3041, 0x30FA), (KANA, 0x30FC, 0x30FF), (KANA, 0x31F0, 0x31FF),
    (KANA, 0xFF66, 0xFF9F), (HANGUL, 0x1100, 0x11FF), (HANGUL, 0x3130, 0x318F), (HANGUL, 0xA960, 0xA97F),
    (HANGUL, 0xAC00, 0xD7FF),
)  # fmt: skip
_SINGLES = ((HAN, "々〆〇○〻"), (REPEATED, "—…-―–"), (POINT, ".．·"), (PERCENT, "%％‰"), (APOSTROPHE, "'’"))
_DATES = "年月日时時"
_NUMERALS = "〇○零一二三四五六七八九十百千万亿两萬億兩"
_FRACTION, _OF, _POINT, _ORDINAL = (tuple(map(ord, c)) for c in ("百千万萬", "分之", "点點", "第"))
_LEAST_NUMERALS = 3
_CLOSES_DATE, _NUMERAL = 1, 2


@dataclass(frozen=True, kw_only=True)
class TokenRules:
    """What is a token by rule: without `classes` nothing is, with `mine_latin` Latin letters are not."""

    classes: bool = True
    mine_latin: bool = False
    dates: bool = False
    numbers: bool = False

    @property
    def flags(self) -> tuple[bool, bool, bool, bool]:
        """Rules as kernels take them: classes, mine_latin, dates, numbers."""
        return self.classes, self.mine_latin, self.dates, self.numbers

    def as_state(self) -> dict[str, bool]:
        """Return the fields by name, to be kept beside a lexicon."""
        return asdict(self)

    def mines(self, characters: np.ndarray) -> np.ndarray:
        """Return bool[...], whether a lexicon decides how runs of such characters are cut; code points [...]."""
        kind = class_table()[characters]
        if not self.classes:
            return kind != SPACE
        return (kind > LATIN) | ((kind == LATIN) & self.mine_latin)

    @classmethod
    def of(
        cls, characters: np.ndarray, counts: np.ndarray, *, dates: bool = False, numbers: bool = False
    ) -> "TokenRules":
        """Mine Latin when it makes up most of a corpus, given as code points [n] and their counts [n]."""
        kinds = class_table()[characters]
        visible = counts[kinds != SPACE].sum()
        return cls(mine_latin=bool(2 * counts[kinds == LATIN].sum() > visible), dates=dates, numbers=numbers)


RAW = TokenRules(classes=False)


@cache
def class_table() -> np.ndarray:
    """Return the class of every code point: uint8[0x110000]."""
    table = np.full(CODE_POINTS, SYMBOL, np.uint8)
    for kind, first, last in _RANGES:
        table[first : last + 1] = kind
    for code in np.flatnonzero(table[:0x20000] == SYMBOL).tolist():
        character = chr(code)
        category = unicodedata.category(character)
        if character.isspace():
            table[code] = SPACE
        elif category == "Nd":
            table[code] = DIGIT
        elif category[0] in "LM":
            latin = code < 0x2E80 or 0xA720 <= code < 0xAB70 or 0xFF00 <= code < 0xFF60
            table[code] = LATIN if latin and "LATIN" in unicodedata.name(character, "") else LETTER
    for kind, characters in _SINGLES:
        table[[ord(c) for c in characters]] = kind
    table.setflags(write=False)
    return table


@cache
def _marks() -> np.ndarray:
    table = np.zeros(CODE_POINTS, np.uint8)
    for mark, characters in ((_CLOSES_DATE, _DATES), (_NUMERAL, _NUMERALS)):
        table[[ord(c) for c in characters]] = mark
    return table


def class_tables() -> tuple[np.ndarray, np.ndarray]:
    """Return (class uint8, whether it closes a date or is a Chinese numeral uint8) of every code point."""
    return class_table(), _marks()


def runs(text: Characters, token_rules: TokenRules) -> np.ndarray:
    """Return each character's span code uint8[n]: MINED or RULE, + 1 where its run starts; BLANK between runs."""
    span_codes = np.empty(len(text.codes), np.uint8)
    _runs(text.codes, text.offsets, class_tables(), token_rules.flags, span_codes)
    return span_codes


@njit(cache=True, nogil=True)
def _runs(codes, offsets, tables, rules, span_codes):
    for s in range(len(offsets) - 1):
        sentence_runs(codes, offsets[s], offsets[s + 1], tables, rules, span_codes)


@njit(cache=True, nogil=True)
def sentence_runs(codes, i, end, tables, rules, span_codes):
    """Write the span codes of characters [i, end), one sentence."""
    kinds, marks = tables
    classes, mine_latin, dates, numbers = rules
    while i < end:
        kind = kinds[codes[i]]
        j = i + 1
        place = RULE
        if kind == SPACE:
            span_codes[i] = BLANK
            i = j
            continue
        if not classes:
            place = MINED
            while j < end and kinds[codes[j]] != SPACE:
                j += 1
        elif kind == DIGIT:
            while j < end and (
                kinds[codes[j]] == DIGIT
                or (kinds[codes[j]] == POINT and j + 1 < end and kinds[codes[j + 1]] == DIGIT)
            ):
                j += 1
            if j < end and (kinds[codes[j]] == PERCENT or (dates and marks[codes[j]] == _CLOSES_DATE)):
                j += 1
        elif kind == REPEATED:
            while j < end and codes[j] == codes[i]:
                j += 1
        elif kind == HAN and numbers:
            j = _number_end(codes, i, end, marks)
            if j > i:
                if j < end and dates and marks[codes[j]] == _CLOSES_DATE:
                    j += 1
            else:
                place = MINED
                j = i + 1
                while j < end and kinds[codes[j]] == HAN and _number_end(codes, j, end, marks) == j:
                    j += 1
        elif kind >= LATIN:
            if kind != LATIN or mine_latin:
                place = MINED
            while j < end and (
                kinds[codes[j]] == kind
                or (
                    kind == LATIN
                    and kinds[codes[j]] == APOSTROPHE
                    and j + 1 < end
                    and kinds[codes[j + 1]] == LATIN
                )
            ):
                j += 1
        span_codes[i] = place + 1
        span_codes[i + 1 : j] = place
        i = j


@njit(cache=True, nogil=True, inline="always")
def _number_end(codes, i, end, marks):
    """Return where a number in Chinese numerals that begins at i ends, i where none does."""
    code = codes[i]
    if marks[code] != _NUMERAL and code not in _ORDINAL:
        return i
    least = _LEAST_NUMERALS
    first = i
    if code in _ORDINAL:
        first = i + 1
    elif i + 3 < end and code in _FRACTION and codes[i + 1] == _OF[0] and codes[i + 2] == _OF[1]:
        first = i + 3
        least = 1
    j = first
    while j < end and (
        marks[codes[j]] == _NUMERAL
        or (codes[j] in _POINT and j > first and j + 1 < end and marks[codes[j + 1]] == _NUMERAL)
    ):
        j += 1
    return j if j - first >= least else i
