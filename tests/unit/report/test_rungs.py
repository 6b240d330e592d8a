from tasks.lm.ladder import RUNGS
from tasks.report.page import render_page
from tasks.report.rungs import CHINESE, NAMES, named_rungs
from tests.report_findings import LADDER, about, findings


def test_every_rung_is_named_in_every_language_and_explained_in_chinese():
    assert set(RUNGS) <= set(CHINESE)
    assert all(set(RUNGS) <= set(names) for names in NAMES.values())
    assert all(len(set(names.values())) == len(names) for names in NAMES.values()), "two bars of one name"


def test_the_page_names_and_explains_the_rungs_in_its_language():
    english, chinese = (render_page(about("x"), findings("x"), lang) for lang in ("en", "zh"))
    for rung in LADDER:
        assert rung["note"] in english and NAMES["en"][rung["rung"]] in english
        assert rung["note"] not in chinese and NAMES["en"][rung["rung"]] not in chinese
        assert CHINESE[rung["rung"]] in chinese and NAMES["zh"][rung["rung"]] in chinese
        assert f"<code>{rung['rung']}</code>" in chinese, "it is asked for by its name in the table"


def test_a_rung_without_a_translation_keeps_what_its_row_says():
    rung = {"rung": "new_rung", "note": "what it knows", "bits_per_char": 1.0}
    assert named_rungs([rung], "zh") == [rung | {"name": "new_rung"}]
