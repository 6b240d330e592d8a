from dataclasses import replace

import duckdb
import pyarrow as pa

from minlex.queries import ready_query
from tasks.lm.rungs import RUNGS, STEPS
from tasks.report.page import render_page
from tasks.report.rungs import CHINESE, NAMES, named_rungs
from tasks.report.strings import STRINGS
from tasks.tables import TABLES
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
    assert named_rungs([rung], "zh") == [rung | {"name": "new_rung", "family": "其他"}]


# As ladders of earlier versions are stored: words between characters, fewer of them.
OLD = ["uniform", "char_unigram", "four_step", "lexicon", "lexicon_marginal", "kn2", "kn3", "gpt2_char"]


def old_ladder():
    return [
        {
            "rung": rung,
            "step": step,
            "bits_per_char": 9.0 - step,
            "chars": 10,
            "bound": False,
            "note": "as it was",
        }
        for step, rung in enumerate(OLD)
    ]


def test_rungs_stand_in_families_those_of_old_ladders_too():
    for lang in STRINGS:
        rungs = named_rungs(old_ladder(), lang)
        assert [rung["rung"] for rung in rungs] == [*OLD[:2], *OLD[5:7], *OLD[2:5], OLD[7]]
        families = list(dict.fromkeys(rung["family"] for rung in rungs))
        assert families == [STRINGS[lang][f"family_{name}"] for name in ("characters", "words", "networks")]
        page = render_page(about("x"), replace(findings("x"), ladder=old_ladder()), lang)
        assert STRINGS[lang]["ladder_what"] in page
        assert all(f"<p>{family}</p>" in page for family in families)
        assert STRINGS[lang]["family_both"] not in page


def asked(rows):
    connection = duckdb.connect()
    entropy_ladder = pa.Table.from_pylist(rows, TABLES["entropy_ladder"].schema)  # noqa: F841 - asked by name
    return connection.execute(ready_query("entropy_ladder").query).fetchall()


def test_the_ready_query_knows_the_families_and_what_a_rung_saves_in_its_own():
    rows = [
        {"rung": rung, "step": STEPS[rung], "bits_per_char": 1.0, "chars": 1, "bound": False, "note": "n"}
        for rung in RUNGS
    ]
    assert [(row[1], row[0]) for row in asked(rows)] == [
        (rung, known.family) for rung, known in RUNGS.items()
    ]
    saved = {row[1]: row[4] for row in asked(old_ladder())}
    assert saved == {
        **dict.fromkeys(("uniform", "four_step", "gpt2_char")),
        **dict.fromkeys(("char_unigram", "lexicon", "lexicon_marginal", "kn3"), 1.0),
        "kn2": 4.0,
    }
