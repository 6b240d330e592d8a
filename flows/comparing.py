"""Two corpora set against each other on the terminal."""

import orjson
import polars as pl
from rich.table import Table

from flows.console import Shown, output, say, shown_width, visible
from flows.querying import corpus_frame
from tasks.evaluation.contrast import contrast, frequent_words, telling_words
from tasks.export.comma_separated import comma_separated

WORDS = "select word, count from words order by word"
IN_TEXT = "select gram as word from ngrams where gram in (select unnest($words)) order by gram"


def compare_corpora(
    corpus_a: str, corpus_b: str, home: str | None, top: int, min_count: int, style: str
) -> None:
    """Print the words that set two corpora apart as `table`, `csv` or `json`; InputError for an unknown one."""
    words_a, words_b = (corpus_frame(corpus, home, "words", WORDS) for corpus in (corpus_a, corpus_b))
    measured = frequent_words(contrast(words_a, words_b), min_count)
    cut_otherwise = {
        word
        for side, corpus in (("a", corpus_a), ("b", corpus_b))
        for word in _in_text(corpus, home, measured.filter(pl.col(f"count_{side}") == 0)["word"].to_list())
    }
    told = telling_words(measured, top, cut_otherwise)
    if style == "json":
        for row in told.iter_rows(named=True):
            output(orjson.dumps(row).decode())
    elif style == "csv":
        output(comma_separated(told).removesuffix("\n"))
    elif told.is_empty():
        say(f"no word used {min_count} times or more sets {corpus_a} and {corpus_b} apart")
    else:
        _print(told, corpus_a, corpus_b)
    if cut_otherwise:
        say(f"{len(cut_otherwise)} words left out that one corpus uses and the other cuts otherwise")


def _in_text(corpus: str, home: str | None, words: list[str]) -> list[str]:
    return corpus_frame(corpus, home, "ngrams", IN_TEXT, words=words)["word"].to_list()


def _print(told: pl.DataFrame, corpus_a: str, corpus_b: str) -> None:
    console = Shown(markup=False, highlight=False, width=shown_width())
    titles = {
        "new_in_a": f"new in {corpus_a}: not in the text of {corpus_b}",
        "more_in_a": f"used more in {corpus_a}",
        "more_in_b": f"used more in {corpus_b}",
    }
    for (group,), rows in told.group_by("group", maintain_order=True):
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in (
            "word",
            corpus_a,
            corpus_b,
            f"{corpus_a}/million",
            f"{corpus_b}/million",
            "log-odds",
            "z",
        ):
            table.add_column(name, justify="left" if name == "word" else "right", overflow="fold")
        for row in rows.iter_rows(named=True):
            table.add_row(
                visible(row["word"]), str(row["count_a"]), str(row["count_b"]),
                f"{row['per_million_a']:.1f}", f"{row['per_million_b']:.1f}",
                f"{row['log_odds']:.2f}", f"{row['z']:.1f}",
            )  # fmt: skip
        console.print(titles[str(group)], style="bold")
        console.print(table)
        console.print()
