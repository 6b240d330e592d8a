from dataclasses import replace

import pytest

from tasks.report.crf import NEEDED, CrfFindings, find_crf
from tasks.report.page import render_page
from tests.report_findings import about, findings
from tests.tiny_corpus import views_of

MODEL = {"sha256": "0" * 64, "bytes": 1, "characters": 9, "config": "{}"}
TABLES = {
    "models": [MODEL | {"model_id": "m", "kind": "crf"}, MODEL | {"model_id": "n", "kind": "topics"}],
    "training_curves": [
        {"model_id": model, "series": "training_loss", "step": step, "value": value}
        for model, step, value in (("m", 20, 0.5), ("m", 10, 1.5), ("n", 10, 9.0))
    ],
    "segmentation_scores": [
        {"model_id": "m", "texts": texts, "metric": metric, "value": value}
        for texts, metric, value in (("test", "f1", 0.75), ("held-out", "f1", 0.875), ("test", "recall_oov", 0.5))
    ],
    "segmentation_errors": [
        {
            "model_id": "m", "texts": "test", "gold_lengths": "2+1", "predicted_lengths": lengths, "count": count,
            "gold": "工业 化", "predicted": "<b>工业化</b>",
        }
        for lengths, count in (("1+2", 1), ("3", 3))
    ],
    "worst_sentences": [
        {"model_id": "m", "texts": "test", "place": 1, "missed": 2, "gold": "北京 市", "predicted": "北 京市"}
    ],
}  # fmt: skip


@pytest.fixture
def found() -> CrfFindings:
    with views_of(TABLES) as views:
        crf = find_crf(views, NEEDED)
    assert crf is not None
    return crf


def test_scores_stand_in_a_row_for_each_set_of_texts(found):
    assert [(row["texts"], row["f1"], row["recall_oov"]) for row in found.scores] == [
        ("test", 0.75, 0.5),
        ("held-out", 0.875, None),
    ]


def test_curves_and_errors_are_those_of_the_crf_in_order(found):
    assert [(row["step"], row["value"]) for row in found.curves] == [(10, 1.5), (20, 0.5)]
    assert [(row["predicted_lengths"], row["count"], row["share"]) for row in found.errors] == [
        ("3", 3, 0.75),
        ("1+2", 1, 0.25),
    ]


def test_a_corpus_without_a_crf_has_no_section():
    with views_of(TABLES | {"models": TABLES["models"][1:]}) as views:
        assert find_crf(views, NEEDED) is None
        assert find_crf(views, NEEDED - {"models"}) is None
    assert "The supervised segmenter" not in render_page(about("x"), findings("x"))


def test_the_page_shows_scores_curves_errors_and_worst_texts_escaped(found):
    page = render_page(about("x"), replace(findings("x"), crf=found))
    assert "The supervised segmenter" in page
    assert '<td class="n">0.8750</td>' in page
    assert "&lt;b&gt;工业化&lt;/b&gt;" in page
    assert "北 京市" in page
    assert "loss, training" in page
    chinese = render_page(about("x"), replace(findings("x"), crf=found), "zh")
    assert chinese.count("<td>测试文本</td>") == page.count("<td>test</td>") == 4
    assert chinese.count("<td>留出文本</td>") == page.count("<td>held-out</td>") == 1
    untested = replace(found, scores=[], errors=[], worst=[], curves=[])
    assert "no gold to score it on" in render_page(about("x"), replace(findings("x"), crf=untested))
