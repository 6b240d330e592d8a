"""What the report says is new: words in, words out and shifts of use since the run before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.evaluation.difference import changed_tables
from tasks.store.history import RunNotes

Row = dict[str, Any]

SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class News:
    """How many words and files came and went since the run `since`; with the most telling words and shifts.

    A number is None where one of the runs has its table no more.
    """

    since: str
    started: str
    words_in: int | None
    words_out: int | None
    files_in: int | None
    files_out: int | None
    top_in: Sequence[Row]
    top_out: Sequence[Row]
    shifts: Sequence[Row]

    @property
    def nothing(self) -> bool:
        """Whether everything could be compared and nothing had changed."""
        numbers = (self.words_in, self.words_out, self.files_in, self.files_out)
        return all(number == 0 for number in numbers) and not self.shifts


def find_news(notes: RunNotes, run_id: str) -> News | None:
    """Set the run against the one before its corpus was last mined; None when there is none before."""
    before = notes.before
    if before is None:
        return None
    changes = changed_tables(notes.history, before["run_id"], run_id, SHOWN)
    return News(
        since=before["run_id"],
        started=f"{before['started']:%Y-%m-%d %H:%M} UTC",
        words_in=_number(changes.words_in),
        words_out=_number(changes.words_out),
        files_in=_number(changes.files_in),
        files_out=_number(changes.files_out),
        top_in=_rows(changes.words_in),
        top_out=_rows(changes.words_out),
        shifts=_rows(changes.shifts),
    )


def _number(changed: pl.DataFrame | list[str] | None) -> int | None:
    return None if changed is None else len(changed)


def _rows(changed: pl.DataFrame | None) -> list[Row]:
    return [] if changed is None else changed.head(SHOWN).to_dicts()
