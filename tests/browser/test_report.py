import shutil
from functools import cache

import pytest

from tasks.report.page import render_page
from tests.report_findings import about, findings

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=https://example.com/x onerror=alert(1)><svg onload=alert(1)>\u202e"
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Marks of each plot: bars and figures of the ladder, lengths by types and tokens, words, ranks and their line.
MARKS = [("bar", 2), ("bar", 8), ("circle", 30), ("point", 20)]

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
    plots = page.locator("figure svg")
    assert plots.count() == len(MARKS)
    for number, (role, count) in enumerate(MARKS):
        box = plots.nth(number).bounding_box()
        assert box["width"] > 200
        assert box["height"] > 80
        marks = plots.nth(number).locator(f'[aria-roledescription="{role}"]')
        assert marks.count() == count
        for mark in (marks.first, marks.last):
            inside = mark.bounding_box()
            assert inside["width"] > 0
            assert inside["height"] > 0
            assert box["x"] <= inside["x"] <= box["x"] + box["width"]
            assert box["y"] <= inside["y"] <= box["y"] + box["height"]
    assert seen["console"] == seen["errors"] == []


@pytest.mark.parametrize("text", ["科学", HOSTILE], ids=["word", "hostile"])
def test_page_asks_for_nothing_and_runs_nothing(opened, text):
    page, seen, file = opened(text)
    page.wait_for_timeout(100)
    assert seen == {"requests": [file.as_uri()], "console": [], "dialogs": [], "errors": []}
    assert page.locator("script, img, iframe").count() == 0
    assert (
        page.locator("body *").evaluate_all("all => all.some(e => e.onload || e.onerror || e.onclick)")
        is False
    )


def test_hostile_words_are_shown_as_text(opened):
    page, _, _ = opened(HOSTILE)
    shown = HOSTILE.replace("\u202e", "\\u202e")
    assert page.locator("td.word").all_inner_texts() == [shown] * 41
    assert page.locator("p.cut span").all_inner_texts() == [shown, "科学", shown]


def test_rows_and_figures_are_visible(opened):
    page, _, _ = opened("科学")
    rows = page.locator("section:has(> h2:text('Words by what they save')) tbody tr")
    assert rows.count() == 40
    assert rows.first.is_visible()
    assert rows.first.inner_text().split("\t") == [
        "科学",
        "56,789",
        "1,234",
        "1.23",
        "",
        "0.50",
        "7.00",
        "科学",
    ]
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
