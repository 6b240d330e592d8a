"""Findings as the report gets them, with one text in every place that text of a corpus can reach."""

from dataclasses import replace

from tasks.report.explorer import Lexicon
from tasks.report.findings import Findings
from tasks.report.lineage import find_outputs, find_steps
from tasks.report.news import News

LADDER = [
    {
        "rung": "char_unigram",
        "name": "characters by frequency",
        "family": "characters",
        "bits_per_char": 9.5,
        "chars": 100,
        "bound": False,
        "note": "each character by itself",
    },
    {
        "rung": "lexicon",
        "name": "words, likeliest cut",
        "family": "words",
        "bits_per_char": 5.25,
        "chars": 100,
        "bound": True,
        "note": "words of the lexicon",
    },
]
LENGTHS = [{"length": n, "types": 10 * n, "tokens": 100 // n} for n in (1, 2, 3, 4)]
ENTROPIES = [
    {"word": f"w{n}", "count": 40 - n, "gain": 1.0 * n, "left_entropy": n / 10, "right_entropy": 3 - n / 10}
    for n in range(30)
]
RANKS = [{"rank": n, "count": 1000 // n} for n in range(1, 21)]
ORDERS = [
    {"length": length, "rank": 2**n, "count": 600 // 2**n // length} for length in (1, 2) for n in range(6)
]
ASSOCIATION = [{"count": 2 + n, "pmi": n / 2, "kept": n % 2 == 1} for n in range(10)]
LINEAGE = [
    {
        "stage": stage,
        "output_table": table,
        "output_key": f"{stage}0123456789",
        "input_table": read,
        "input_key": key,
        "rows": 7,
        "bytes": 1_500_000,
        "seconds": 0.5,
        "peak_mb": peak,
        "reused": False,
    }
    for stage, table, read, key, peak in (
        ("ingest_corpus", "documents", "files", "f1", 210.0),
        ("ingest_corpus", "sentences", "files", "f1", 210.0),
        ("cut_sentences", "tokens", "sentences", "ingest_corpus0123456789", 321.0),
        ("cut_sentences", "tokens", "lexicon", "l1", 321.0),
    )
]
STEPS = find_steps(LINEAGE)
TOPICS = [
    {
        "topic": topic,
        "share": 0.3 - topic / 20,
        "npmi": 0.1,
        "words": ["科学", "技术", f"w{topic}"],
        "probabilities": [0.3, 0.2, 0.1],
    }
    for topic in range(5)
]
DOC_MAP = [{"x": n / 10, "y": 1 - n / 10, "topic": n % 2, "word": "科学", "cluster": 0} for n in range(12)]
NEWS = News(
    since="20251231T000000-00000000",
    started="2025-12-31 00:00 UTC",
    words_in=1,
    words_out=1,
    files_in=2,
    files_out=0,
    top_in=[{"word": "新词", "count": 1200, "gain": 8.5}],
    top_out=[{"word": "旧词", "count": 9, "gain": 9.5}],
    shifts=[
        {"word": "名著", "before": 20, "after": 50, "log_odds": 0.7, "z": 3.0},
        {"word": "科学", "before": 60, "after": 30, "log_odds": -0.7, "z": -3.0},
    ],
)
NOTHING = Findings(
    top_words=[],
    dropped=[],
    verdicts=[],
    lengths=[],
    entropies=[],
    ranks=[],
    samples=[],
    rejects=[],
    ladder=[],
    metrics={},
    checks=[],
    lineage=[],
)


def lexicon(text: str, words: int) -> Lexicon:
    """`words` words, the first of them `text`, w1, w2 and so on, each of figures that say which it is."""
    return Lexicon(
        words=[
            {
                "word": f"w{n}" if n else text,
                "parts": text,
                "known": n % 2 == 1,
                "length": 2 + n % 3,
                "count": 10 + n,
                "gain": 1_000_000.0 - n,
                "pmi": None if n % 5 == 4 else n % 7 + 0.5,
                "left_entropy": n % 4 + 0.25,
                "right_entropy": None if n % 10 == 9 else 2.5,
                "bits": 7.0,
            }
            for n in range(words)
        ],
        total=words,
        decisions={text: ("kept", text)},
        contexts={text: [(f"before {text}", f"{text} after")]},
    )


def about(text: str) -> dict[str, str]:
    return {
        "corpus": "tiny",
        "run_id": "20260101T000000-0011aabb",
        "version": "0.1.0",
        "started": "2026-01-01 00:00 UTC",
        "settings": '{\n  "text_column": "' + text + '"\n}',
    }


def findings(text: str, *, words: int = 3, plots: bool = True) -> Findings:
    """Findings with `text` as word, parts, candidate, detail, sample word, source and observation."""
    word = {"length": 2, "count": 1234, "gain": 56789.4, "pmi": 1.234, "bits": 7.0, "parts": text}
    return Findings(
        top_words=[word | {"word": text, "left_entropy": None, "right_entropy": 0.5}] * words,
        dropped=[
            {"candidate": text, "count": 9, "step": "cut", "reason": "low_pmi", "detail": text, "gain": None}
        ],
        verdicts=[{"step": "kept", "reason": "kept", "kept": True, "candidates": 12}],
        lengths=LENGTHS if plots else [],
        entropies=[row | {"word": text} for row in ENTROPIES] if plots else [],
        ranks=RANKS if plots else [],
        samples=[
            {
                "words": [text, "科学", text],
                "others": [{"probability": 0.25, "words": [(text, False), ("科", True), ("学", True)]}],
            }
        ],
        rejects=[{"reason": "unknown_encoding", "rejects": 2, "example": text}],
        ladder=LADDER if plots else [],
        metrics={"documents": 19484.0, "words": 3.0, "f1": 0.8125, "precision": 0.75, "recall": 0.875},
        checks=[
            {
                "table_name": "tokens",
                "check_name": "tokens spell their sentences",
                "kind": "identity",
                "severity": "critical",
                "passed": passed,
                "observed": text,
            }
            for passed in (False, True)
        ],
        lineage=find_outputs(LINEAGE),
        steps=STEPS if plots else [],
        orders=ORDERS if plots else [],
        association=ASSOCIATION if plots else [],
        lexicon=lexicon(text, words),
        news=replace(
            NEWS, **{side: [{"word": text, "count": 9, "gain": 9.5}] for side in ("top_in", "top_out")}
        ),
    )
