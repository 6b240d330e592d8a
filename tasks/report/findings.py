"""What the report says, read out of the tables a run has made."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from tasks.report.crf import CrfFindings, find_crf
from tasks.report.explorer import Lexicon, find_lexicon
from tasks.report.lineage import Step, find_outputs, find_steps
from tasks.report.news import News
from tasks.report.text_vae import TextVaeFindings, find_text_vae

Row = dict[str, Any]

TOP_WORDS = """
    select word, length, count, gain, pmi, left_entropy, right_entropy, bits, parts
    from lexicon where length > 1 and count > 0 order by gain desc, word limit 300
"""
DROPPED = """
    select candidate, count, step, reason, detail, gain from lexicon_decisions
    where not kept order by count desc, candidate limit 100
"""
VERDICTS = """
    select step, reason, kept, count(*) as candidates from lexicon_decisions
    group by all order by candidates desc, step, reason
"""
LENGTHS = """
    select length, count(*) as types, sum(count)::bigint as tokens from words
    where in_lexicon group by length order by length
"""
ENTROPIES = """
    select word, count, gain, left_entropy, right_entropy from lexicon
    where length > 1 and left_entropy is not null order by count desc, word limit 1500
"""
RANKS = """
    with ranked as (select row_number() over (order by count desc, word) as rank, count from words)
    select rank, count from ranked where rank <= 20 or floor(20 * log10(rank)) > floor(20 * log10(rank - 1))
    order by rank
"""
# The rank of a count is how many n-grams of the order have it or more.
ORDERS = """
    with counts as (select length, count, count(*) as grams from ngrams group by length, count),
    ranked as (
        select length, count, sum(grams) over (partition by length order by count desc)::bigint as rank from counts
    )
    select length, count, rank from ranked
    qualify row_number() over (partition by length, floor(10 * log10(rank)) order by rank) = 1
    order by length, rank
"""
CANDIDATES = 800
ASSOCIATION = f"""
    select count, pmi, kept from lexicon_decisions where length > 1 and pmi is not null and count > 0
    qualify row_number() over (partition by kept order by md5(candidate)) <= {CANDIDATES}
    order by kept, md5(candidate)
"""
SAMPLES = """
    with chosen as (
        select doc_id, min(sentence_no) as sentence_no from sentences
        where chars between 15 and 60 group by doc_id order by doc_id % 1000003, doc_id limit 15
    )
    select sentences.text, list(tokens.word order by tokens.start) as words, list(tokens.start order by tokens.start)
    as starts from tokens join chosen using (doc_id, sentence_no) join sentences using (doc_id, sentence_no)
    group by doc_id, sentences.text order by doc_id % 1000003, doc_id
"""
REJECTS = "select reason, count(*) as rejects, min(source) as example from rejects group by all order by all"
DRAWN = """
    select kind, prompt, text, nats / ln(2) / greatest(chars, 1) as bits from generations join models using (model_id)
    order by kind, prompt, settings, number limit 30
"""
TOPICS = """
    select topic, share, npmi, list(word order by rank) as words, list(probability order by rank) as probabilities
    from topics where rank <= 10 group by all order by topic limit 100
"""
DOC_MAP = """
    with named as (select topic, word from topics where rank = 1)
    select x, y, topic, word, cluster from doc_map join named using (topic)
    order by doc_id % 1000003, doc_id limit 2000
"""
LADDER = "select rung, bits_per_char, chars, bound, note from entropy_ladder order by step"


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Rows of every section of the report."""

    top_words: Sequence[Row]
    dropped: Sequence[Row]
    verdicts: Sequence[Row]
    lengths: Sequence[Row]
    entropies: Sequence[Row]
    ranks: Sequence[Row]
    samples: Sequence[Row]
    rejects: Sequence[Row]
    ladder: Sequence[Row]
    metrics: Mapping[str, float]
    checks: Sequence[Row]
    lineage: Sequence[Row]
    news: News | None = None
    steps: Sequence[Step] = ()
    orders: Sequence[Row] = ()
    association: Sequence[Row] = ()
    drawn: Sequence[Row] = ()
    crf: CrfFindings | None = None
    lexicon: Lexicon | None = None
    topics: Sequence[Row] = ()
    doc_map: Sequence[Row] = ()
    text_vae: TextVaeFindings | None = None


def find_findings(
    connection: duckdb.DuckDBPyConnection,
    metrics: Sequence[Row],
    checks: Sequence[Row],
    lineage: Sequence[Row],
    tables: Collection[str] = (),
) -> Findings:
    """Query the views of a corpus for everything the page shows; `tables` says which of the optional ones it has."""

    def rows(query: str) -> list[Row]:
        return connection.execute(query).to_arrow_table().to_pylist()

    known = {name for (name,) in connection.execute("select view_name from duckdb_views()").fetchall()}
    known |= {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
    has_topics = {"topics", "doc_map"} <= known

    return Findings(
        top_words=rows(TOP_WORDS),
        dropped=rows(DROPPED),
        verdicts=rows(VERDICTS),
        lengths=rows(LENGTHS),
        entropies=rows(ENTROPIES),
        ranks=rows(RANKS),
        samples=rows(SAMPLES),
        rejects=rows(REJECTS),
        ladder=rows(LADDER),
        metrics={row["metric"]: row["value"] for row in metrics},
        checks=sorted(_last_of_each(checks), key=lambda check: (check["passed"], check["severity"])),
        lineage=find_outputs(lineage),
        steps=find_steps(lineage),
        orders=rows(ORDERS),
        association=rows(ASSOCIATION),
        drawn=rows(DRAWN) if {"generations", "models"} <= known else (),
        crf=find_crf(connection, tables),
        lexicon=find_lexicon(connection),
        topics=rows(TOPICS) if has_topics else (),
        doc_map=rows(DOC_MAP) if has_topics else (),
        text_vae=find_text_vae(connection, tables),
    )


def _last_of_each(checks: Sequence[Row]) -> list[Row]:
    """Return what each rule found when it was last put to its table."""
    return list({(check["table_name"], check["check_name"]): check for check in checks}.values())
