"""A corpus as a notebook shows it."""

from html import escape
from typing import TYPE_CHECKING

from tasks.store.catalog import corpus_frame

if TYPE_CHECKING:
    from minlex.corpus import Corpus

_COUNTS = "select count(*) as documents, coalesce(sum(chars), 0)::bigint as characters from documents"
_WORDS = "select word from lexicon where length > 1 order by gain desc nulls last limit 20"
_LADDER = "select rung, bits_per_char from entropy_ladder order by step"


def corpus_html(corpus: "Corpus") -> str:
    """Return counts, the words of highest gain and the ladder of a corpus, HTML."""
    counts = corpus_frame(corpus.name, corpus.home, "documents", _COUNTS).row(0)
    words = corpus_frame(corpus.name, corpus.home, "lexicon", _WORDS)["word"].to_list()
    rungs = corpus_frame(corpus.name, corpus.home, "entropy_ladder", _LADDER).rows()
    ladder = "".join(f"<tr><td>{escape(rung)}</td><td>{bits:.2f}</td></tr>" for rung, bits in rungs)
    return (
        f"<p><b>{escape(corpus.name)}</b>: {counts[0]:,} documents, {counts[1]:,} characters</p>"
        f"<p>{escape(' '.join(words))}</p>"
        f"<table><thead><tr><th>model</th><th>bits a character</th></tr></thead><tbody>{ladder}</tbody></table>"
    )
