from tasks.lm.ladder import RUNGS
from tasks.report.page import render_page
from tasks.report.rungs import CHINESE
from tests.report_findings import LADDER, about, findings


def test_every_rung_is_explained_in_chinese():
    assert set(RUNGS) <= set(CHINESE)


def test_the_page_explains_the_rungs_in_its_language():
    english, chinese = (render_page(about("x"), findings("x"), lang) for lang in ("en", "zh"))
    for rung in LADDER:
        assert rung["note"] in english
        assert rung["note"] not in chinese
        assert CHINESE[rung["rung"]] in chinese
