"""Identities between the `ngrams` table and its shards, recounted in SQL from the shards alone.

Right extensions and ends of a gram sum to its count, and so do left extensions and starts: the left side comes from
other windows than the count, so a lost or altered row shows. Checked on all grams whose first character's code
point is a multiple of `sample`; the sum of order 1 is checked on everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tasks.ngrams.measure import Shards
from tasks.ngrams.rows import CHARS_PER_WORD, words_for
from tasks.settings import NgramSettings

_SQL = Path(__file__).with_name("identities.sql")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """One identity: its name, whether it holds, and how many grams break it."""

    name: str
    passed: bool
    observed: str


def check_identities(
    ngrams: Sequence[str],
    shards: Shards,
    settings: NgramSettings,
    *,
    characters: int,
    memory_bytes: int,
    scratch: str,
    sample: int = 1,
) -> list[Identity]:
    """Check `ngrams` files against shards (paths, weight) of `characters` characters in all."""
    depth = settings.max_order + 1
    limit = max(256, memory_bytes >> 20)
    with duckdb.connect(
        ":memory:", config={"memory_limit": f"{limit}MiB", "temp_directory": scratch}
    ) as connection:
        _view_shards(connection, shards, depth)
        connection.read_parquet(list(ngrams)).create_view("ngrams")
        rows = connection.execute(
            _SQL.read_text(encoding="utf-8").replace("{letters}", _letters(depth)),
            {
                "sample": sample,
                "max_order": settings.max_order,
                "min_count": settings.min_count,
                "characters": characters,
            },
        ).fetchall()
    return [
        Identity(name=name, passed=broken == 0, observed=f"{broken} of {tried} broken")
        for name, tried, broken in rows
    ]


def _view_shards(connection: duckdb.DuckDBPyConnection, shards: Shards, depth: int) -> None:
    words = ", ".join(f"k{w}" for w in range(words_for(depth)))
    parts = []
    for number, (paths, weight) in enumerate(shards):
        connection.read_parquet(list(paths)).create_view(f"shard_{number}")
        parts.append(f"select {words}, count, {int(weight)} as weight from shard_{number}")
    connection.execute("create view shard_rows as " + " union all ".join(parts))


def _letters(depth: int) -> str:
    """SQL that spells a window from its words; padding spells nothing."""
    codes = [f"(k{t // CHARS_PER_WORD} >> {42 - 21 * (t % CHARS_PER_WORD)}) & 2097151" for t in range(depth)]
    return "concat(" + ", ".join(f"case when {c} > 0 then chr(({c})::int) else '' end" for c in codes) + ")"
