"""Documents cut into sentences.

A sentence ends at a line end or after 。！？；…… and their kin; a full stop of Latin script ends one only
before white space or the end. Quotation marks and brackets that close there stay with it. No pattern
backtracks.
"""

import re
from typing import NamedTuple

FINAL = "。！？；!?;｡﹗﹖﹔‼⁇⁈⁉"
ELLIPSES = "…⋯"
STOPS = ".．"
CLOSING = "\"'”’」』）)】〕》〉］\\]｝}＂＇｣〗〙〛»›"

_END = re.compile(
    f"[\n{FINAL}{ELLIPSES}{STOPS}](?:(?<=\n)|(?:"
    f"(?<=[{FINAL}])"
    f"|(?<=[{ELLIPSES}])[{ELLIPSES}]++"
    f"|(?<=[{STOPS}])(?=[{CLOSING}]*+(?:\\s|\\Z))"
    f")[{FINAL}{ELLIPSES}{CLOSING}]*+)"
)


class Sentence(NamedTuple):
    """A sentence: where it starts in its document, its characters that are not white space, its text."""

    start: int
    chars: int
    text: str


def cut_sentences(text: str, max_chars: int) -> list[Sentence]:
    """Return the sentences of `text`, none longer than `max_chars`; all but white space is in one.

    >>> [s.text for s in cut_sentences("他说：“走！”她3.5秒后走了。", 100)]
    ['他说：“走！”', '她3.5秒后走了。']
    """
    sentences: list[Sentence] = []
    start = 0
    for end in (*(found.end() for found in _END.finditer(text)), len(text)):
        sentence = text[start:end].strip()
        if sentence:
            first = start if text[start] == sentence[0] else end - len(text[start:end].lstrip())
            if len(sentence) <= max_chars:
                sentences.append(Sentence(first, _chars(sentence), sentence))
            else:
                sentences += _cut(sentence, first, max_chars)
        start = end
    return sentences


def _cut(sentence: str, start: int, max_chars: int) -> list[Sentence]:
    cut: list[Sentence] = []
    for at in range(0, len(sentence), max_chars):
        piece = sentence[at : at + max_chars]
        text = piece.strip()
        if text:
            cut.append(Sentence(start + at + len(piece) - len(piece.lstrip()), _chars(text), text))
    return cut


def _chars(text: str) -> int:
    words = text.split()
    return len(text) if len(words) == 1 else sum(map(len, words))
