"""What two runs of one corpus differ in: settings, figures, files and words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.evaluation.contrast import contrast, frequent_words
from tasks.store.history import RunHistory

MIN_COUNT = 5
COLUMNS = {"lexicon": ("word", "count", "gain"), "words": ("word", "count"), "sources": ("source",)}


@dataclass(frozen=True, kw_only=True)
class TableChanges:
    """What of a corpus's tables changed from one run to another; None where a table of either was removed."""

    words_in: pl.DataFrame | None = None
    words_out: pl.DataFrame | None = None
    shifts: pl.DataFrame | None = None
    files_in: list[str] | None = None
    files_out: list[str] | None = None
    removed: tuple[tuple[str, str], ...] = ()


def changed_tables(history: RunHistory, before: str, after: str, top: int) -> TableChanges:
    """Return what changed from the run `before` to the run `after`: every word and file, the `top` shifts of use.

    `removed` has (table, run) of each table that is there no more.
    """
    pairs = {
        name: [history.table(run_id, name, columns) for run_id in (before, after)]
        for name, columns in COLUMNS.items()
    }
    found: dict[str, Any] = {}
    for name, (old, new) in pairs.items():
        if old is None or new is None:
            continue
        if name == "lexicon":
            found["words_in"], found["words_out"] = changed_words(old, new)
        elif name == "words":
            found["shifts"] = shifted_words(old, new, top)
        else:
            found["files_in"], found["files_out"] = changed_names(old["source"], new["source"])
    removed = [
        (name, run_id)
        for name, pair in pairs.items()
        for run_id, rows in zip((before, after), pair, strict=True)
        if rows is None
    ]
    return TableChanges(**found, removed=tuple(removed))


def changed_settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return (before, after) of every setting that is not the same, by its dotted name; None where it is missing.

    >>> changed_settings({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}})
    {'a.c': (2, 3)}
    """
    old, new = dict(_flat(before)), dict(_flat(after))
    names = sorted(old.keys() | new.keys())
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def changed_metrics(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return the figures (stage, metric, value, unit) that both runs measured and found different, with the change."""
    joined = before.select("stage", "metric", "unit", before="value").join(
        after.select("stage", "metric", "unit", after="value"),
        on=["stage", "metric", "unit"],
    )
    differing = joined.filter(pl.col("before") != pl.col("after"))
    return differing.with_columns(change=pl.col("after") - pl.col("before")).sort("stage", "metric")


def changed_names(before: pl.Series, after: pl.Series) -> tuple[list[str], list[str]]:
    """Return (names that came, names that went), each in order."""
    old, new = set(before.to_list()), set(after.to_list())
    return sorted(new - old), sorted(old - new)


def changed_words(before: pl.DataFrame, after: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the lexicon's rows (word, count, gain) that came in and that went out, greatest gain first."""
    words_in = after.join(before, on="word", how="anti")
    words_out = before.join(after, on="word", how="anti")
    return _by_gain(words_in), _by_gain(words_out)


def _by_gain(words: pl.DataFrame) -> pl.DataFrame:
    return words.sort("gain", "word", descending=[True, False])


def shifted_words(before: pl.DataFrame, after: pl.DataFrame, top: int) -> pl.DataFrame:
    """Return the words (word, count) of both runs whose share of the tokens shifted most, by |z| of the log-odds.

    Columns word, before, after, log_odds (nats, above 0 for more use after), z; words used fewer than 5 times in
    both together, and words of one run alone, are left out.
    """
    measured = frequent_words(contrast(after, before), MIN_COUNT)
    both = measured.filter(pl.col("count_a") > 0, pl.col("count_b") > 0, pl.col("z") != 0)
    shown = both.sort(pl.col("z").abs(), "word", descending=[True, False]).head(top)
    return shown.select("word", before="count_b", after="count_a", log_odds="log_odds", z="z")
