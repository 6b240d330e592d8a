import re
from pathlib import Path
from string import Formatter

import pytest

import tasks.report
from tasks.report.explorer import LABELS
from tasks.report.page import render_page
from tasks.report.strings import STRINGS, named
from tasks.tables import TABLES
from tests.report_findings import about, findings

FOLDER = Path(tasks.report.__file__).parent
ENGLISH = STRINGS["en"]


def test_every_language_has_every_key_with_the_same_places_to_fill():
    places = {
        lang: {
            key: {name for _, name, _, _ in Formatter().parse(text) if name} for key, text in strings.items()
        }
        for lang, strings in STRINGS.items()
    }
    assert places["zh"] == places["en"]
    assert all(text.strip() for strings in STRINGS.values() for text in strings.values())


def test_every_string_is_used_and_every_one_used_is_there():
    templates = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.j2"))
    script = (FOLDER / "explorer.js").read_text(encoding="utf-8")
    modules = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    used = set(re.findall(r'\bt\["(\w+)"\]', modules))
    used |= set(re.findall(r"\bt\.(\w+)", templates)) | set(re.findall(r"labels\.(\w+)", script))
    used |= set(LABELS)
    built = {
        key
        for key in ENGLISH
        if key.startswith(("curve_", "family_", "figure_", "failed_", "news_", "reason_", "step_", "texts_"))
    }
    assert used | built == set(ENGLISH)


def test_every_reason_and_step_that_a_table_can_hold_has_a_name():
    tasks_folder = FOLDER.parent
    lexicon, corpus = (
        "".join(path.read_text(encoding="utf-8") for path in sorted((tasks_folder / folder).rglob("*.py")))
        for folder in ("lexicon", "corpus")
    )
    # Words of the lexicon's modules are reasons and steps; a reject's reason is the first name among its arguments.
    literals = set(re.findall(r'pl\.lit\("([a-z_]+)"\)', lexicon))
    rejects = set(re.findall(r'Reject(?:edError)?\((?:[^,"()]*, *[^,"()]*, *)?"([a-z_]+)"', corpus))
    assert {"rare_pair", "redundancy", "parts_suffice"} < literals
    assert {"unknown_encoding", "bomb", "record_too_long"} < rejects
    names = {
        kind: {key.removeprefix(kind) for key in ENGLISH if key.startswith(kind)}
        for kind in ("reason_", "step_")
    }
    assert literals <= names["reason_"] | names["step_"]
    assert rejects <= names["reason_"]


def test_every_set_of_texts_that_a_table_can_hold_has_a_name():
    choices = TABLES["segmentation_scores"].column("texts").choices
    assert {named(STRINGS["zh"], "texts", texts) for texts in choices} == {"留出文本", "测试文本"}
    assert len({key for key in ENGLISH if key.startswith("texts_")}) == len(choices)


def test_captions_name_series_as_the_legend_does():
    for strings in STRINGS.values():
        assert strings["curve_kl"] in strings["vae_curves"]
        for key in ("curve_twin_training_loss", "curve_twin_validation_loss"):
            without = re.search(r"without z|无 z", strings[key])
            assert without
            assert without[0] in strings["vae_curves"]
        assert re.split(r"[,（]", strings["curve_validation_gap_error"])[0] in strings["crf_curves"]


def test_an_identifier_without_a_name_stands_for_itself():
    assert named(STRINGS["zh"], "reason", "rare_pair") == "罕见字对"
    assert named(STRINGS["zh"], "reason", "of_tomorrow") == "of_tomorrow"


def test_no_words_stand_in_the_templates_themselves():
    for path in FOLDER.glob("*.j2"):
        bare = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", " ", path.read_text(encoding="utf-8"))
        assert set(re.findall(r"[A-Za-z]{2,}", bare)) <= {"Minlex"}, path


@pytest.mark.parametrize("lang", STRINGS)
def test_page_speaks_its_language(lang):
    page = render_page(about("x"), findings("科学", plots=False), lang)
    assert f'<html lang="{lang}">' in page
    assert f"<h2>{STRINGS[lang]['explorer']}</h2>" in page
    other = "zh" if lang == "en" else "en"
    assert STRINGS[other]["explorer_what"] not in page
