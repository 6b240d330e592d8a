import shutil
from dataclasses import replace
from functools import cache

import pytest

from tasks.report.page import render_page
from tasks.report.text_vae import TextVaeFindings
from tests.report_findings import about, findings, lexicon

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=https://example.com/x onerror=alert(1)><svg onload=alert(1)>\u202e"
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Marks of each plot: bars of the ladder, lengths by types and tokens, words, n-grams of two orders, candidates, ranks,
# seconds and memory of stages.
MARKS = [
    *(("rect", 2), ("rect", 8), ("symbol", 30)),
    *(("symbol", 12), ("symbol", 10), ("symbol", 20)),
    *(("rect", 2), ("rect", 2)),
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="neither chromium nor google-chrome is installed"),
]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@cache
def rendered(text):
    return render_page(about(text), findings(text, words=40))


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page of a text from a file, cut off from the network; give it and what it did."""
    contexts = []

    def open_page(text):
        file = tmp_path / "index.html"
        file.write_text(rendered(text), encoding="utf-8")
        seen = {"requests": [], "console": [], "dialogs": [], "errors": []}
        context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: seen["requests"].append(request.url))
        page.on("console", lambda message: seen["console"].append(message.text))
        page.on("pageerror", lambda error: seen["errors"].append(str(error)))
        page.on("dialog", lambda dialog: (seen["dialogs"].append(dialog.message), dialog.dismiss()))
        page.route(
            "**/*", lambda route: route.continue_() if route.request.url == file.as_uri() else route.abort()
        )
        page.goto(file.as_uri(), wait_until="load")
        return page, seen, file

    yield open_page
    for context in contexts:
        context.close()


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_every_plot_is_visible_with_its_marks(opened):
    page, seen, _ = opened("科学")
    plots = page.locator("figure svg.marks")
    assert plots.count() == len(MARKS)
    for number, (kind, count) in enumerate(MARKS):
        box = plots.nth(number).bounding_box()
        assert box["width"] > 200
        assert box["height"] > 80
        marks = plots.nth(number).locator(f".role-mark.mark-{kind} > path")
        assert marks.count() == count
        for mark in (marks.first, marks.last):
            inside = mark.bounding_box()
            assert inside["width"] > 0
            assert inside["height"] > 0
            assert box["x"] <= inside["x"] <= box["x"] + box["width"]
            assert box["y"] <= inside["y"] <= box["y"] + box["height"]
    assert seen["console"] == seen["errors"] == []


@pytest.mark.parametrize("text", ["科学", HOSTILE], ids=["word", "hostile"])
def test_page_asks_for_nothing_and_runs_nothing_of_its_text(opened, text):
    page, seen, file = opened(text)
    page.wait_for_timeout(100)
    assert seen == {"requests": [file.as_uri()], "console": [], "dialogs": [], "errors": []}
    assert page.locator("img, iframe").count() == 0
    assert page.locator("script").count() == 3
    assert (
        page.locator("body *").evaluate_all("all => all.some(e => e.onload || e.onerror || e.onclick)")
        is False
    )


def test_hostile_words_are_shown_as_text(opened):
    page, _, _ = opened(HOSTILE)
    shown = HOSTILE.replace("\u202e", "\\u202e")
    new, found = [shown, shown, "名著", "科学"], [shown, *(f"w{n}" for n in range(1, 40))]
    assert page.locator("td.word").all_inner_texts() == [*new, *found, shown]
    assert page.locator("div.cut > span").all_inner_texts() == [shown, "科学", shown]


def test_rows_and_figures_are_visible(opened):
    page, _, _ = opened("科学")
    rows = page.locator("section:has(> h2:text('Words by what they save')) tbody tr")
    assert rows.count() == 40
    assert rows.first.is_visible()
    assert rows.first.inner_text().split("\t") == [
        "科学",
        "1,000,000",
        "10",
        "0.50",
        "0.25",
        "2.50",
        "7.00",
        "科学",
    ]
    assert page.locator("#news td.word").all_inner_texts() == ["科学", "科学", "名著", "科学"]
    assert page.locator("dl.figures div").all_inner_texts()[0].split() == ["documents", "19,484"]
    assert page.locator("td.failed").all_inner_texts() == ["failed, critical"]
    assert page.title() == "tiny - Minlex"


@pytest.mark.parametrize("text", ["科学", "长" * 60, "x" * 300], ids=["short", "long", "unbroken"])
def test_page_is_no_wider_than_the_window(opened, text):
    page, _, _ = opened(text)
    for width in (375, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow(page) <= 0, width
        box = page.locator("figure svg").first.bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width


def test_page_is_readable_in_the_dark(opened):
    page, _, _ = opened("科学")
    page.emulate_media(color_scheme="dark")
    background, ink = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert background == "rgb(13, 17, 23)"
    assert ink == "rgb(230, 237, 243)"


@pytest.fixture
def explorer(browser, tmp_path):
    """A page of 50,000 words, opened in light colours, with how long it took to load, ms."""
    file = tmp_path / "index.html"
    found = replace(findings("科学", words=1), lexicon=lexicon("</script><b>科学", 50_000))
    file.write_text(render_page(about("x"), found), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    page = context.new_page()
    page.goto(file.as_uri(), wait_until="load")
    timing = "performance.getEntriesByType('navigation')[0].loadEventEnd"
    yield page, page.evaluate(timing)
    context.close()


def column(page, number):
    return page.locator(f"#explorer tbody tr td:nth-child({number})").all_inner_texts()


@pytest.mark.slow  # a clock, which other work beside it disturbs
def test_fifty_thousand_words_open_in_two_seconds(explorer):
    page, milliseconds = explorer
    assert page.locator("#explorer-status").inner_text() == "1 to 50 of 50,000 words found among 50,000"
    assert page.locator("#explorer tbody tr").count() == 50
    assert milliseconds < 2_000


def test_words_are_found_sorted_and_filtered_by_keyboard(explorer):
    page, _ = explorer
    page.get_by_label("search").focus()
    page.keyboard.type("w4999")
    assert column(page, 1) == ["w4999", *(f"w4999{n}" for n in range(10))]
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.get_by_role("button", name="count").focus()
    page.keyboard.press("Enter")
    assert column(page, 3)[:2] == ["50,009", "50,008"]
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    page.keyboard.press("Space")
    assert column(page, 3)[:2] == ["10", "11"]
    page.get_by_label("least characters").focus()
    page.keyboard.type("4")
    assert column(page, 1)[:3] == ["w2", "w5", "w8"]
    page.get_by_label("least entropy").focus()
    page.keyboard.type("2.5")
    assert column(page, 1)[:3] == ["w11", "w23", "w35"]  # of both sides, where both are measured
    page.get_by_label("least gain").focus()
    page.keyboard.type("999970")
    assert column(page, 1) == ["w11", "w23"]
    page.get_by_label("known to the user").select_option("0")
    assert column(page, 1) == []
    assert page.locator("#explorer-status").inner_text() == "0 to 0 of 0 words found among 50,000"


def test_missing_figures_come_last_either_way(explorer):
    page, _ = explorer
    page.get_by_label("search").fill("w4")
    for _ in range(2):
        page.get_by_role("button", name="PMI").click()
        assert column(page, 4)[0] != ""
    page.get_by_label("search").fill("w49999")
    assert column(page, 4) == [""]


def test_pages_turn_and_cards_open_by_keyboard(explorer):
    page, _ = explorer
    first = page.locator("#explorer tbody button").first
    first.focus()
    page.keyboard.press("Enter")
    assert first.get_attribute("aria-expanded") == "true"
    card = page.locator("#" + first.get_attribute("aria-controls"))
    word = "</script><b>科学"
    assert card.locator(".context").all_inner_texts() == [f"before {word}{word}{word} after"]
    assert f"kept: {word}" in card.inner_text()
    page.keyboard.press("Enter")
    assert card.count() == 0
    page.get_by_role("button", name="next").focus()
    page.keyboard.press("Enter")
    assert column(page, 1)[0] == "w50"
    page.get_by_role("button", name="previous").focus()
    page.keyboard.press("Enter")
    assert column(page, 1)[1] == "w1"


def test_colours_follow_the_system_until_they_are_chosen(explorer):
    page, _ = explorer
    ground = "getComputedStyle(document.body).backgroundColor"
    dark, light = "rgb(13, 17, 23)", "rgb(255, 255, 255)"
    assert page.evaluate(ground) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == dark
    page.locator("#theme").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(ground) == light
    page.keyboard.press("Enter")
    assert page.evaluate(ground) == dark
    page.emulate_media(media="print")
    assert page.evaluate(ground) == light
    assert not page.locator("#theme").is_visible()


def test_without_script_the_first_words_are_a_table(browser, tmp_path):
    file = tmp_path / "index.html"
    file.write_text(rendered("科学"), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator("#explorer tbody tr").count() == 40
    assert page.locator("#explorer tbody tr").first.is_visible()
    assert not page.locator("#explorer .filters").is_visible()
    assert not page.locator("#theme").is_visible()
    context.close()


def test_the_drawing_of_the_lineage_is_readable_on_a_phone(opened):
    page, _, _ = opened("科学")
    page.set_viewport_size({"width": 375, "height": 800})
    texts = page.locator("svg.lineage text")
    assert texts.count() == 6
    for number in range(texts.count()):
        box = texts.nth(number).bounding_box()
        assert box["height"] >= 11
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 375


def test_labels_of_plots_are_readable_on_a_phone(opened):
    page, _, _ = opened("科学")
    page.set_viewport_size({"width": 375, "height": 800})
    heights = page.locator("figure svg.marks").evaluate_all(
        "all => all.map(svg => svg.querySelector('.role-axis-label text').getBoundingClientRect().height)"
    )
    assert len(heights) == len(MARKS)
    assert min(heights) >= 9


def test_sentences_of_a_vae_wrap_on_a_phone(browser, tmp_path):
    long = "科学技术" * 30
    rows = [{"source": long, "text": long}]
    vae = TextVaeFindings(samples=[long], lines=[rows], again=rows, curves=[])
    file = tmp_path / "index.html"
    file.write_text(render_page(about("x"), replace(findings("科学"), text_vae=vae)), encoding="utf-8")
    context = browser.new_context(viewport={"width": 375, "height": 800}, offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator("li.word").count() == 2
    assert overflow(page) <= 0
    context.close()
