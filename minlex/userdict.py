"""User dictionaries as jieba reads them: a word a line, then a frequency and a tag if there are any."""

from pathlib import Path

from tasks.errors import InputError

_MOST = 3


def words_of_file(file: Path) -> list[str]:
    """Return the words of a file in UTF-8; InputError with file and line for a line that is no entry."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read words from {str(file)!r}: {error}") from None
    words = []
    for number, line in enumerate(lines, 1):
        fields = line.split()
        if not fields:
            continue
        has_frequency = len(fields) < _MOST or fields[1].isdecimal()
        if len(fields) > _MOST or not has_frequency:
            raise InputError(
                f"{str(file)!r} line {number} must be a word, a frequency and a tag; got {line.strip()!r}"
            )
        words.append(fields[0])
    return words
