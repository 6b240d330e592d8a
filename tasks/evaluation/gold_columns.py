"""Gold words from columns: a token or a character a line, an empty line after each sentence.

`conll`: columns separated by tabs; the word is the second where the first numbers the words of the sentence (CoNLL-X,
CoNLL-U), else the first. Of CoNLL-U, a range such as 3-4 is the word as written and stands for those it spans, empty
nodes (3.1) are left out, and `# text =` has to be what the words spell.

`bmes`: a character and its tag, b m e s in either case, i for m, with or without a suffix such as -NN; tags have to
make words.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tasks.errors import InputError

FIRST_NUMBER = re.compile(r"(?:1|0\.1|1-\d+)\t")
NUMBER = re.compile(r"\d+(?:[-.]\d+)?")
TAGGED = re.compile(r"(\S)[ \t]+(?:\S+[ \t]+)*([A-Za-z])(?:-\S+)?\s*")
_FOLLOWERS = {"": "bs", "b": "me", "m": "me", "e": "bs", "s": "bs"}


@dataclass(frozen=True)
class GoldLine:
    """The words of one text and the number of the line it begins at, from 1."""

    number: int
    words: tuple[str, ...]


@dataclass
class _Sentence:
    """What has been read of a sentence."""

    number: int
    words: list[str] = field(default_factory=list)
    text: str | None = None
    spanned: int = 0
    numbered: bool = False


def looks_like_columns(lines: Sequence[str]) -> Literal["conll", "bmes"] | None:
    """Recognise the format of lines that are not empty; None when they are not columns."""
    content = [line for line in lines if not line.startswith("#")]
    if content and all(TAGGED.fullmatch(line) for line in content):
        return "bmes"
    if content and all("\t" in line.strip() and " " not in line.split("\t")[0] for line in content):
        return "conll"
    return None


def read_conll(lines: Iterable[str], name: str) -> Iterator[GoldLine]:
    """Yield the sentences of CoNLL columns; InputError naming the line that breaks a rule."""
    for first, block in _blocks(lines, name):
        rows = [line for _, line in block if not line.startswith("#")]
        sentence = _Sentence(first, numbered=bool(rows) and FIRST_NUMBER.match(rows[0]) is not None)
        for number, line in block:
            _add_row(sentence, line, name, number)
        if not sentence.words:
            raise InputError(f"{name}, line {first}: a sentence must have words; got an empty one")
        spelled = "".join(sentence.words)
        if sentence.text is not None and "".join(sentence.text.split()) != spelled:
            raise InputError(
                f"{name}, line {first}: words must spell the text; they spell {spelled[:30]!r}, "
                f"the text is {sentence.text[:30]!r}"
            )
        yield GoldLine(first, tuple(sentence.words))


def read_bmes(lines: Iterable[str], name: str) -> Iterator[GoldLine]:
    """Yield the sentences of characters with tags; InputError naming the line that breaks a rule."""
    for first, block in _blocks(lines, name):
        words: list[str] = []
        before = ""
        for number, line in block:
            columns = line.split()
            tag = columns[-1].lower().partition("-")[0] if len(columns) > 1 else ""
            tag = "m" if tag == "i" else tag
            if tag not in _FOLLOWERS or not tag:
                raise InputError(
                    f"{name}, line {number}: tag must be one of b, m, e, s; got {line.strip()!r}"
                )
            if len(columns[0]) != 1:
                raise InputError(
                    f"{name}, line {number}: a line must begin with one character; got {columns[0]!r}"
                )
            if tag not in _FOLLOWERS[before]:
                after = f"after {before}" if before else "at the beginning"
                raise InputError(f"{name}, line {number}: {after} must come {_either(before)}; got {tag}")
            if tag in "bs":
                words.append(columns[0])
            else:
                words[-1] += columns[0]
            before = tag
        if before in ("b", "m"):
            raise InputError(f"{name}, line {number}: a sentence must end with e or s; got {before}")
        yield GoldLine(first, tuple(words))


def _either(before: str) -> str:
    return " or ".join(_FOLLOWERS[before])


def _blocks(lines: Iterable[str], name: str) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """Yield the lines between empty ones and the number of the first; InputError for a sentence without any."""
    block: list[tuple[int, str]] = []
    empty_at: int | None = None
    for number, line in enumerate(lines, 1):
        if line.strip():
            if empty_at is not None:
                raise InputError(f"{name}, line {empty_at}: a sentence must have words; got an empty one")
            block.append((number, line))
        elif block:
            yield block[0][0], block
            block = []
        elif empty_at is None:
            empty_at = number
    if block:
        yield block[0][0], block


def _add_row(sentence: _Sentence, line: str, name: str, number: int) -> None:
    if line.startswith("#"):
        key, equals, value = line[1:].partition("=")
        if equals and key.strip() == "text":
            sentence.text = value
        return
    columns = line.split("\t")
    word = columns[0]
    if sentence.numbered:
        if not NUMBER.fullmatch(columns[0]) or len(columns) < 2:
            raise InputError(
                f"{name}, line {number}: a row must begin with a number and a word; got {line[:30]!r}"
            )
        word = columns[1]
        if "." in columns[0]:
            return
        first, dash, last = columns[0].partition("-")
        if not dash and int(first) <= sentence.spanned:
            return
        sentence.spanned = int(last) if dash else sentence.spanned
    if not word or word.split() != [word]:
        raise InputError(f"{name}, line {number}: a word must be without white space; got {word!r}")
    sentence.words.append(word)
