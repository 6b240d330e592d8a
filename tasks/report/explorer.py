"""The lexicon as the report's explorer gets it: every word's figures, and cards of those that save most.

The page embeds at most ROWS words, by gain, those of one character last; the first CARDS of them bring what
decided about them and LINES lines of context. That keeps the page of a lexicon of 50,000 words near 4 MB.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from tasks.explain.contexts import around
from tasks.report.strings import named
from tasks.report.text import visible

ROWS, CARDS, LINES = 100_000, 1_000, 3
FIGURES = ("length", "count", "gain", "pmi", "left_entropy", "right_entropy", "bits")
LABELS = (*FIGURES, "parts", "known", "decision", "no_context", "status", "yes", "no")

WORDS = f"""
    select word, parts, known, {", ".join(FIGURES)} from lexicon
    order by length = 1 or count = 0, gain desc, word limit {ROWS}
"""
# The first sentences of documents in the order of their keys, which are hashes: lines from all over the corpus.
CONTEXTS = f"""
    with chosen as (
        select word, unnest(min({{'sentence_no': sentence_no, 'doc_id': doc_id, 'start': start}}, {LINES})) as place
        from tokens where word in (select unnest($words)) group by word
    )
    select word, place.start as start, text from chosen join sentences
    on sentences.doc_id = place.doc_id and sentences.sentence_no = place.sentence_no
    order by word, place.sentence_no, place.doc_id, place.start
"""
DECISIONS = """
    select candidate, reason, detail from lexicon_decisions where candidate in (select unnest($words))
"""


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """Rows of words, how many the lexicon has in all, and by word its decision and its lines (before, after)."""

    words: Sequence[dict[str, Any]]
    total: int
    decisions: dict[str, tuple[str, str]]
    contexts: dict[str, list[tuple[str, str]]]


def find_lexicon(connection: duckdb.DuckDBPyConnection) -> Lexicon | None:
    """Query the views of a corpus; None when its lexicon is empty."""
    words = connection.execute(WORDS).to_arrow_table().to_pylist()
    if not words:
        return None
    chosen = {"words": [row["word"] for row in words[:CARDS]]}
    contexts: dict[str, list[tuple[str, str]]] = {}
    for word, start, text in connection.execute(CONTEXTS, chosen).fetchall():
        contexts.setdefault(word, []).append(around(text, start, len(word)))
    decided = connection.execute(DECISIONS, chosen).fetchall()
    (total,) = connection.execute("select count(*) from lexicon").fetchall()[0]
    return Lexicon(
        words=words,
        total=total,
        decisions={word: (reason, detail) for word, reason, detail in decided},
        contexts=contexts,
    )


def explorer_data(lexicon: Lexicon, t: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns of the words, and the cards of the first of them: [decision, [before, after] a line]."""

    def decision(word: str) -> str:
        reason, detail = lexicon.decisions[word]
        return f"{named(t, 'reason', reason)}: {visible(detail)}"

    cards = [
        [
            decision(row["word"]) if row["word"] in lexicon.decisions else "",
            [[visible(before), visible(after)] for before, after in lexicon.contexts.get(row["word"], [])],
        ]
        for row in lexicon.words[:CARDS]
    ]
    columns = {name: [_rounded(name, row[name]) for row in lexicon.words] for name in FIGURES}
    return columns | {
        "word": [visible(row["word"]) for row in lexicon.words],
        "parts": [_parts(visible(row["word"]), visible(row["parts"])) for row in lexicon.words],
        "known": [int(row["known"]) for row in lexicon.words],
        "cards": cards,
    }


def _parts(word: str, parts: str) -> str:
    """Return nothing for the characters of the word, which most words are cheapest in; the page parts those itself."""
    return "" if parts == " ".join(word) else parts


def _rounded(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    return round(value, 0 if name == "gain" else 2)
