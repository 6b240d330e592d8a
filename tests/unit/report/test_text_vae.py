from dataclasses import replace

import pytest

from tasks.report.page import render_page
from tasks.report.text_vae import NEEDED, TextVaeFindings, find_text_vae
from tests.report_findings import about, findings
from tests.tiny_corpus import views_of

MODEL = {"sha256": "0" * 64, "bytes": 1, "characters": 9, "config": "{}"}
OF = {"model_id": "m", "doc_id": None, "source": None, "number": 0, "place": 0}
TABLES = {
    "models": [MODEL | {"model_id": "m", "kind": "text-vae"}, MODEL | {"model_id": "n", "kind": "crf"}],
    "training_curves": [
        {"model_id": model, "series": "kl", "step": step, "value": value}
        for model, step, value in (("m", 20, 3.5), ("m", 10, 1.5), ("n", 10, 9.0))
    ],
    "vae_texts": [
        OF | {"kind": "sample", "text": "<b>一</b>"},
        *(
            OF | {"kind": "interpolation", "number": number, "place": place, "text": text}
            for number, place, text in ((1, 0, "丁"), (0, 1, "丙"), (0, 0, "乙"))
        ),
        OF | {"kind": "reconstruction", "doc_id": 7, "source": "甲乙", "text": "甲甲"},
    ],
}


@pytest.fixture
def found() -> TextVaeFindings:
    with views_of(TABLES) as views:
        text_vae = find_text_vae(views, NEEDED)
    assert text_vae is not None
    return text_vae


def test_texts_stand_with_their_kind_in_order(found):
    assert found.samples == ["<b>一</b>"]
    assert [[row["text"] for row in line] for line in found.lines] == [["乙", "丙"], ["丁"]]
    assert [(row["source"], row["text"]) for row in found.again] == [("甲乙", "甲甲")]
    assert [(row["step"], row["value"]) for row in found.curves] == [(10, 1.5), (20, 3.5)]


def test_a_corpus_without_a_text_vae_has_no_section():
    with views_of(TABLES | {"models": TABLES["models"][1:]}) as views:
        assert find_text_vae(views, NEEDED) is None
        assert find_text_vae(views, NEEDED - {"vae_texts"}) is None
    assert "A machine that writes sentences" not in render_page(about("x"), findings("科学", plots=False))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_section_shows_texts_escaped_and_figures_where_there_are_some(found, lang):
    shown = replace(findings("科学", plots=False), text_vae=found)
    page = render_page(about("x"), shown, lang)
    assert "&lt;b&gt;一&lt;/b&gt;" in page
    assert "<b>一" not in page
    assert "甲乙" in page
    assert "4.56" not in page
    figures = dict.fromkeys(
        ("twin_bits", "kl", "active_units", "mutual_information", "reconstruction_accuracy"), 1.0
    )
    metrics = {f"text_vae_{name}": value for name, value in (figures | {"iwae_bits": 4.56}).items()}
    assert "4.56" in render_page(about("x"), replace(shown, metrics={**shown.metrics, **metrics}), lang)
