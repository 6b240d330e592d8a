"""The report under axe-core: no serious violation, in either language, either theme, on a phone and on a desk."""

from dataclasses import replace

import pytest

from tasks.report.crf import CrfFindings
from tasks.report.page import render_page
from tasks.report.text_vae import TextVaeFindings
from tests.browser.axe import axe_source
from tests.browser.test_report import browser, pytestmark  # noqa: F401 - a fixture, and when to skip
from tests.report_findings import DOC_MAP, TOPICS, about, findings

RUN = "axe.run(document, {resultTypes: ['violations']})"
CRF = CrfFindings(
    characters=1_000,
    scores=[
        dict.fromkeys(("precision", "recall", "f1", "recall_oov", "recall_iv", "gold_words"), 1.0)
        | {"texts": "gold"}
    ],
    curves=[{"series": "loss", "step": n, "value": 1.0 / n} for n in (1, 2, 3)],
    errors=[],
    worst=[],
)
VAE = TextVaeFindings(
    samples=["科学技术"],
    lines=[[{"text": "科学"}, {"text": "技术"}]],
    again=[{"source": "科学", "text": "技术"}],
    curves=[],
)


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    return axe_source(tmp_path_factory.mktemp("axe"))


@pytest.fixture
def serious(browser, tmp_path, axe):  # noqa: F811
    """Open a page in a theme with its first card open; give the serious violations that axe finds."""

    def find(page_text, theme):
        file = tmp_path / "index.html"
        file.write_text(page_text, encoding="utf-8")
        # The page's policy lets no script in but its own: axe needs it off.
        context = browser.new_context(color_scheme=theme, bypass_csp=True, offline=True)
        page = context.new_page()
        page.goto(file.as_uri())
        opener = page.locator("#explorer td.word button").first
        if opener.count():
            opener.click()
        page.locator("details").evaluate_all("all => all.forEach(part => { part.open = true; })")
        page.evaluate(axe)
        found = []
        for width in (375, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            found += page.evaluate(RUN)["violations"]
        context.close()
        return [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]

    return find


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_page_has_no_serious_violation(serious, lang, theme):
    found = replace(findings("科学", words=60), topics=TOPICS, doc_map=DOC_MAP, crf=CRF, text_vae=VAE)
    assert serious(render_page(about("x"), found, lang), theme) == []


def test_axe_finds_what_is_wrong(serious):
    page = render_page(about("x"), findings("科学")).replace("<label>search", "<label>")
    found = serious(page.replace('<html lang="en">', "<html>"), "light")
    assert [rule for rule, _ in found] == ["html-has-lang", "label"] * 2
