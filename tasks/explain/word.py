"""Everything the tables of a corpus hold about one word.

Raw occurrences include overlaps and those inside longer words; uses are tokens of the cut corpus. A word that
is not in the lexicon has no cost of its own; it is given the one it would have if each occurrence were a use:
-log2(occurrences / tokens of the corpus).
"""

import math
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import duckdb
import numpy as np

from tasks.errors import InputError
from tasks.explain.bootstrap import Interval, count_interval
from tasks.explain.contexts import Context, around, occurrences, places
from tasks.explain.spelling import Spelling, best_other_spelling, substrings
from tasks.explain.undecided import gain_as_one_word, spellings

TABLES_READ = ("ngrams", "lexicon", "lexicon_decisions", "tokens", "words", "sentences", "documents")
LONGEST = 64
LINES = 5

_HOLDING = "select count(*), count(distinct doc_id) from sentences where contains(text, $word)"
_TOTALS = "select (select count(*) from documents), (select coalesce(sum(count), 0)::bigint from words)"
_BY_DOCUMENT = """
    select count, count(*) from (select count(*) as count from tokens where word = $word group by doc_id)
    group by count order by count
"""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What the tables say of a string; None where no table does. PMI and entropies in nats, gains in bits."""

    string: str
    raw_count: int | None
    token_count: int
    token_documents: int
    pmi: float | None
    npmi: float | None
    gain: float | None
    left_entropy: float | None
    right_entropy: float | None
    bits: float | None
    lexicon_gain: float | None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The row of lexicon_decisions; advantage_bits is what one use saves over its parts as then counted."""

    kept: bool
    step: str
    reason: str
    detail: str
    count: int
    pmi: float | None
    gain: float | None
    parts: str | None
    advantage_bits: float | None


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A word with all that decided about it; saved_bits is the cost of other_spelling less that of the word.

    A word that the user dictionary decides about may never occur; then its use has no cost.
    """

    word: str
    in_lexicon: bool
    occurrences: int
    occurrence_documents: int
    documents: int
    figures: Figures
    decision: Decision | None
    bits: float | None
    other_spelling: Spelling | None
    saved_bits: float | None
    parts: tuple[Figures, ...]
    interval: Interval | None
    contexts: tuple[Context, ...]

    @property
    def is_known(self) -> bool:
        """Whether any table but the sentences has the word."""
        return self.in_lexicon or bool(
            self.decision or self.figures.token_count or self.figures.raw_count is not None
        )


def explain(corpus: duckdb.DuckDBPyConnection, word: str, *, seed: int = 0) -> Explanation:
    """Gather what a corpus's tables (TABLES_READ, unqualified) hold about `word`.

    InputError when the word is empty, longer than LONGEST or not text, or neither occurs in the corpus nor
    was decided about.
    """
    _check(word)
    sentences, occurring = _row(corpus, _HOLDING, word=word)
    decided = _dicts(corpus, "decided.sql", word=word)
    if not sentences and not decided:
        raise InputError(f"a word must occur in the corpus to be explained; {word!r} does not, anywhere")
    documents, tokens = _row(corpus, _TOTALS)
    known = {figures.string: figures for figures in _figures(corpus, substrings(word))}
    figures = known[word]
    raw_count = _count(corpus, word) if figures.raw_count is None else figures.raw_count
    costs = {f.string: f.bits for f in known.values() if f.bits is not None and math.isfinite(f.bits)}
    spelling = best_other_spelling(word, costs)
    bits = _cost(figures, raw_count, tokens)
    by_document = np.array(corpus.execute(_BY_DOCUMENT, {"word": word}).fetchall(), np.int64).reshape(-1, 2)
    return Explanation(
        word=word,
        in_lexicon=figures.bits is not None,
        occurrences=raw_count,
        occurrence_documents=occurring,
        documents=documents,
        figures=figures,
        decision=Decision(**decided[0]) if decided else _undecided(corpus, word, tokens),
        bits=bits,
        other_spelling=spelling,
        saved_bits=spelling.bits - bits
        if spelling and spelling.bits is not None and bits is not None
        else None,
        parts=tuple(known[part] for part in spelling.parts) if spelling else (),
        interval=count_interval(*by_document.T, total_documents=documents, seed=seed),
        contexts=_contexts(corpus, word, places(occurring, sentences, LINES)),
    )


def _undecided(corpus: duckdb.DuckDBPyConnection, word: str, tokens: int) -> Decision | None:
    """Return the decision about a string that is no pair of words; None when as one word it would save nothing."""
    found = spellings(corpus, word)
    places = found.total()
    spelled = [(parts, count) for parts, count in found.most_common() if len(parts) > 1]
    if not spelled or spelled[0][1] < 2:
        return None
    parts, count = spelled[0]
    uses = {f.string: f.token_count for f in _figures(corpus, sorted(set(parts)))}
    gain = gain_as_one_word(parts, count, uses, tokens)
    if gain <= 0:
        return None
    advantage = math.log2(count / tokens) - sum(math.log2(uses[part] / tokens) for part in parts)
    return Decision(
        kept=False,
        step="completion",
        reason="parts_are_free",
        detail=f"cut like this in {count} of {places} places, and never joined pair by pair",
        count=count,
        pmi=None,
        gain=gain,
        parts=" ".join(parts),
        advantage_bits=advantage,
    )


def _cost(figures: Figures, raw_count: int, tokens: int) -> float | None:
    """Return the bits of one use, from the lexicon or as if each occurrence were one; None without any."""
    if figures.bits is not None:
        return figures.bits if math.isfinite(figures.bits) else None
    return -math.log2(raw_count / max(tokens, raw_count)) if raw_count else None


def _check(word: str) -> None:
    if not 1 <= len(word) <= LONGEST:
        raise InputError(f"a word must have 1 to {LONGEST} characters, got {len(word)}")
    try:
        word.encode()
    except UnicodeEncodeError:
        raise InputError(f"a word must be text in UTF-8; got {word!r}") from None


def _figures(corpus: duckdb.DuckDBPyConnection, strings: list[str]) -> list[Figures]:
    return [Figures(**row) for row in _dicts(corpus, "figures.sql", strings=strings)]


def _count(corpus: duckdb.DuckDBPyConnection, word: str) -> int:
    """Count what was too long or too rare for ngrams."""
    held = corpus.execute("select text from sentences where contains(text, $word)", {"word": word})
    count = 0
    while rows := held.fetchmany(4_096):
        count += sum(1 for (text,) in rows for _ in occurrences(text, word))
    return count


def _contexts(corpus: duckdb.DuckDBPyConnection, word: str, chosen: list[int]) -> tuple[Context, ...]:
    found = []
    for row in _dicts(corpus, "contexts.sql", word=word, places=chosen):
        text, token_start = row.pop("text"), row.pop("token_start")
        start = text.find(word) if token_start is None else token_start
        before, after = around(text, start, len(word))
        found.append(
            Context(
                start=start, before=before, word=word, after=after, is_token=token_start is not None, **row
            )
        )
    return tuple(found)


def _row(corpus: duckdb.DuckDBPyConnection, query: str, **values: Any) -> tuple[Any, ...]:
    return corpus.execute(query, values).fetchall()[0]


def _dicts(corpus: duckdb.DuckDBPyConnection, file: str, **values: Any) -> list[dict[str, Any]]:
    query = files(__package__).joinpath(file).read_text(encoding="utf-8")
    return corpus.execute(query, values).to_arrow_table().to_pylist()
