"""The words that a user lists, from settings or files, as the characters of the corpus are folded."""

from collections.abc import Iterable
from pathlib import Path

from tasks.corpus.normalise import convert_script, normalise
from tasks.errors import InputError
from tasks.settings import IngestSettings, LexiconSettings
from tasks.text.user_dictionary import UserDictionary


def known_words(lines: Iterable[str]) -> frozenset[str]:
    """Return the first field of each line, so that dictionaries with frequencies serve as well.

    >>> sorted(known_words(["科学 12 n", "", "名著"]))
    ['名著', '科学']
    """
    return frozenset(fields[0] for line in lines if (fields := line.split()))


def load_known_words(path: Path) -> frozenset[str]:
    """Return the words that a UTF-8 file lists; InputError when it cannot be read."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read the words of {str(path)!r}: {reason}") from None
    return known_words(text.split("\n"))


def load_dictionary(
    lexicon: LexiconSettings, ingest: IngestSettings
) -> tuple[UserDictionary, frozenset[str]]:
    """Return the dictionary that the settings ask for, and the words known; InputError for what cannot be."""
    force, forbid, known = (
        _listed(words, ingest) for words in (lexicon.force, lexicon.forbid, lexicon.known)
    )
    stop = "".join(_folded([lexicon.stop_characters], ingest))
    return UserDictionary.of(force, forbid, stop), frozenset(known)


def _listed(words: tuple[str, ...] | str, ingest: IngestSettings) -> list[str]:
    listed = sorted(load_known_words(Path(words).expanduser())) if isinstance(words, str) else list(words)
    return _folded(listed, ingest)


def _folded(words: list[str], ingest: IngestSettings) -> list[str]:
    return convert_script([normalise(word, ingest.width)[0] for word in words], ingest.script)
