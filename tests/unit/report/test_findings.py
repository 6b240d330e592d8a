from dataclasses import replace
from math import floor, log, log10

import pytest

from tasks.report.findings import ASSOCIATION, CANDIDATES, ORDERS, RANKS, find_findings
from tasks.report.page import render_page
from tests.report_findings import LINEAGE, NOTHING, STEPS, about
from tests.tiny_corpus import decision, gram, reject, rows, views_of


def check(name, passed, severity):
    return {"table_name": "tokens", "check_name": name, "passed": passed, "severity": severity}


@pytest.fixture
def found():
    tables = rows()
    tables["rejects"] = [reject("news/3.txt"), reject("news/2.txt"), reject("a.csv", "no_text")]
    metrics = [{"metric": "tokens", "value": 7.0}, {"metric": "tokens", "value": 8.0}]
    checks = [
        check("a", False, "critical"),
        check("a", True, "critical"),
        check("b", False, "warning"),
        check("c", False, "critical"),
        check("d", True, "warning"),
    ]
    with views_of(tables) as views:
        return find_findings(views, metrics, checks, LINEAGE)


def test_words_come_by_gain_and_single_characters_not(found):
    assert [(row["word"], row["gain"], row["parts"]) for row in found.top_words] == [
        ("科学", 30.0, "科 学"),
        ("名著", 20.0, "名 著"),
        ("中外", 10.0, "中 外"),
    ]


def test_dropped_candidates_and_verdicts(found):
    assert [(row["candidate"], row["reason"]) for row in found.dropped] == [("学名", "low_pmi")]
    assert found.verdicts == [
        {"step": "kept", "reason": "kept", "kept": True, "candidates": 4},
        {"step": "cut", "reason": "low_pmi", "kept": False, "candidates": 1},
    ]


def test_figures_of_the_plots(found):
    assert found.lengths == [{"length": 1, "types": 1, "tokens": 1}, {"length": 2, "types": 3, "tokens": 6}]
    assert [row["word"] for row in found.entropies] == ["科学", "名著", "中外"]
    assert [(row["rank"], row["count"]) for row in found.ranks] == [(1, 3), (2, 2), (3, 1), (4, 1)]
    assert [(row["rung"], row["bits_per_char"], row["bound"]) for row in found.ladder] == [
        ("char_unigram", 2.7, False),
        ("lexicon", 1.1, True),
    ]


def test_rejects_are_counted_by_reason_with_an_example(found):
    assert found.rejects == [
        {"reason": "no_text", "rejects": 1, "example": "a.csv"},
        {"reason": "unknown_encoding", "rejects": 2, "example": "news/2.txt"},
    ]


def test_failed_checks_come_first_and_the_last_value_of_a_figure_or_check_counts(found):
    assert [row["check_name"] for row in found.checks] == ["c", "b", "a", "d"]
    assert found.metrics == {"tokens": 8.0}
    assert [row["output_table"] for row in found.lineage] == ["documents", "sentences", "tokens"]
    assert found.steps == STEPS


def test_ranks_past_twenty_are_thinned_evenly_on_a_logarithmic_scale():
    tables = {"words": [rows()["words"][0] | {"word": f"w{n:04}", "count": 2000 - n} for n in range(1000)]}
    expected = [r for r in range(1, 1001) if r <= 20 or floor(20 * log10(r)) > floor(20 * log10(r - 1))]
    with views_of(tables) as views:
        assert views.execute(RANKS).fetchall() == [(rank, 2001 - rank) for rank in expected]
    assert 40 < len(expected) < 60


def test_tables_without_rows_make_empty_findings():
    tables = {name: [] for name in rows()}
    with views_of(tables) as views:
        found = find_findings(views, [], [], [])
    assert not any(vars(found).values())


def test_topics_come_with_ten_words_and_documents_with_the_name_of_their_topic():
    row = {"topic": 0, "share": 0.5, "npmi": 0.1, "lift": 2.0, "probability": 0.1}
    tables = rows()
    tables["topics"] = [row | {"rank": rank, "word": f"w{rank:02}"} for rank in range(12, 0, -1)]
    tables["doc_map"] = [{"doc_id": 11, "x": 0.5, "y": -0.5, "topic": 0, "cluster": 3}]
    with views_of(tables) as views:
        found = find_findings(views, [], [], [])
    assert found.topics[0]["words"] == [f"w{rank:02}" for rank in range(1, 11)]
    assert found.doc_map == [{"x": 0.5, "y": -0.5, "topic": 0, "word": "w01", "cluster": 3}]


def test_the_rank_of_a_count_is_how_many_grams_of_its_order_have_it_or_more():
    grams = [gram(f"x{n}"[:2], 9 - n % 3) for n in range(9)] + [gram("abc", 4)]
    grams = [row | {"gram": str(n)} for n, row in enumerate(grams)]
    with views_of({"ngrams": grams}) as views:
        assert views.execute(ORDERS).fetchall() == [(2, 9, 3), (2, 8, 6), (2, 7, 9), (3, 4, 1)]


def test_ranks_of_grams_are_thinned_on_a_logarithmic_scale():
    with views_of({"ngrams": [gram("x", 5000 - n) | {"gram": str(n)} for n in range(2000)]}) as views:
        ranks = [rank for _, _, rank in views.execute(ORDERS).fetchall()]
    seen = {floor(10 * log10(rank)): rank for rank in range(2000, 0, -1)}
    assert ranks == sorted(seen.values())


def test_candidates_are_drawn_by_hash_as_many_of_those_kept_as_of_those_dropped():
    of = [
        decision(f"w{n:04}", kept) | {"length": 5, "count": n + 1}
        for n in range(1000)
        for kept in (n % 9 > 0,)
    ]
    left_out = [decision("x", True) | {"length": 1}, decision("xy", True) | {"pmi": None}]
    with views_of({"lexicon_decisions": of + left_out}) as views:
        drawn = views.execute(ASSOCIATION).fetchall()
    assert [kept for _, _, kept in drawn] == [False] * 112 + [True] * CANDIDATES


def test_texts_drawn_from_the_models_there_are_come_with_bits_a_character():
    drawn = {
        "settings": "{}",
        "number": 0,
        "ended": "stop",
        "nats": 4 * log(2),
        "text": "中国经济",
        "chars": 4,
    }
    models = [
        {"model_id": "m1", "kind": "ngram-lm", "sha256": "", "bytes": 1, "characters": 9, "config": "{}"}
    ]
    tables = rows() | {
        "models": models,
        "generations": [drawn | {"model_id": name, "prompt": name} for name in ("m1", "replaced since")],
    }
    with views_of(tables) as views:
        [row] = find_findings(views, [], [], []).drawn
    assert (row["kind"], row["prompt"], row["text"]) == ("ngram-lm", "m1", "中国经济")
    assert row["bits"] == pytest.approx(1.0)


def test_the_page_shows_drawn_texts_as_text():
    hostile = "<script>alert(1)</script>\u202e"
    row = {"kind": "gpt2-char", "prompt": hostile, "text": hostile, "bits": 5.125}
    page = render_page(about("x"), replace(NOTHING, drawn=[row]))
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;\\u202e") == 2
    assert "5.12" in page
    assert 'id="drawn"' not in render_page(about("x"), NOTHING)
