"""Names that are safe as folders, in SQL and on the command line: of corpora, runs and models."""

import re

from tasks.errors import InputError
from tasks.store.sql_keywords import SQL_KEYWORDS

CORPUS_RULE = re.compile(r"[a-z][a-z0-9_]{0,39}")
RESERVED_CORPORA = frozenset({"main", "temp", "system", "information_schema", "pg_catalog"})
KEY_RULE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check_corpus_name(name: str) -> str:
    """Return `name` when it is valid as the name of a corpus; InputError when not."""
    if not is_corpus_name(name):
        raise InputError(
            f"corpus must be 1 to 40 of a-z, 0-9 and _, begin with a letter and be no SQL keyword and none of "
            f"{', '.join(sorted(RESERVED_CORPORA))}; got {name!r}"
        )
    return name


def is_corpus_name(name: str) -> bool:
    """Return whether `name` is valid as the name of a corpus."""
    return bool(CORPUS_RULE.fullmatch(name)) and name not in RESERVED_CORPORA | SQL_KEYWORDS


def check_key(key: str) -> str:
    """Return `key` when it is valid as the name of a run or model; InputError when not."""
    if not KEY_RULE.fullmatch(key):
        raise InputError(f"key must be 1 to 64 letters, digits, _ or -; got {key!r}")
    return key
