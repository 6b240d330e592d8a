"""The queries of data/sql, one a file: a comment that says what it answers, then the query on a corpus's tables."""

from dataclasses import dataclass
from pathlib import Path

from tasks.errors import InputError

FOLDER = Path(__file__).resolve().parents[1] / "data" / "sql"


@dataclass(frozen=True, kw_only=True)
class ReadyQuery:
    """A query by name, and the question it answers."""

    name: str
    meaning: str
    query: str


def ready_queries() -> list[ReadyQuery]:
    """Return every ready query, by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.sql"))]


def ready_query(name: str) -> ReadyQuery:
    """Return the ready query called `name`; InputError when there is none."""
    known = {query.name: query for query in ready_queries()}
    if name not in known:
        raise InputError(f"@{name} is no ready query; there are: {', '.join(known) or 'none'}")
    return known[name]


def _read(path: Path) -> ReadyQuery:
    first, _, query = path.read_text(encoding="utf-8").partition("\n")
    return ReadyQuery(name=path.stem, meaning=first.removeprefix("-- "), query=query.strip())
