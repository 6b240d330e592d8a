"""A word in its contexts: which sentences to show, and where in them to look.

Sentences come from all over the corpus: with the first sentence of every document that holds the word in the
order of the documents' keys, which are hashes and so in no order of the corpus, one is taken from the middle of
each of equally long stretches. When there are fewer documents than lines to show, each gives its second
sentence, and so on. The same corpus gives the same lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass

SIDE_CHARS = 30


@dataclass(frozen=True, kw_only=True)
class Context:
    """An occurrence with the text around it; is_token says whether the corpus is cut to this word there."""

    source: str
    record: int
    sentence_no: int
    start: int
    before: str
    word: str
    after: str
    is_token: bool


def places(documents: int, sentences: int, lines: int) -> list[int]:
    """Return which of the sentences to show, where the first `documents` are of different documents.

    >>> places(100, 300, 5), places(2, 4, 5)
    ([10, 30, 50, 70, 90], [0, 1, 2, 3])
    """
    if documents < lines:
        return list(range(min(sentences, lines)))
    return [(2 * line + 1) * documents // (2 * lines) for line in range(lines)]


def occurrences(text: str, word: str) -> Iterator[int]:
    """Yield where `word` begins in `text`, overlaps included.

    >>> list(occurrences("哈哈哈", "哈哈"))
    [0, 1]
    """
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def around(text: str, start: int, length: int) -> tuple[str, str]:
    """Return what stands before and after, at most SIDE_CHARS characters each."""
    end = start + length
    return text[max(start - SIDE_CHARS, 0) : start], text[end : end + SIDE_CHARS]
