"""The home folder to use, and the corpora it holds."""

import os
from pathlib import Path

from tasks.errors import InputError
from tasks.store.datasets import Store
from tasks.store.names import check_corpus_name


def home_folder(home: str | None = None) -> str:
    """Return the home to use: the one given, else MINLEX_HOME, else `data`; InputError for a path that is a pattern."""
    folder = str(Path(home or os.environ.get("MINLEX_HOME") or "data").expanduser().resolve())
    if any(character in folder for character in "?*["):
        raise InputError(
            f"home must not have ?, * or [ in its path, which DuckDB and Polars take for a pattern; got {folder!r}"
        )
    if any("\ud800" <= character <= "\udfff" for character in folder):
        raise InputError(f"home must have a path in UTF-8; rename its folder or give another, got {folder!r}")
    return folder


def store_with(corpus: str, home: str | None) -> Store:
    """Return the store of a home that holds a corpus; otherwise InputError listing the corpora it does hold."""
    check_corpus_name(corpus)
    store = Store(home_folder(home))
    if corpus not in (known := store.corpora()):
        there_are = ", ".join(known) or "none yet, run minlex mine or minlex demo"
        raise InputError(f"corpus must be one mined below {str(store.home)!r}: {there_are}; got {corpus!r}")
    return store
