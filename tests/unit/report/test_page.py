import hashlib
import json
import re
from base64 import b64encode
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.report.page import render_page
from tests.report_findings import DOC_MAP, NOTHING, TOPICS, about, findings

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "quotes": "\"'><img src=x onerror=alert(1)>",
    "address": "<a href='javascript:alert(1)'>x</a>",
    "markup end": "--></style></svg></td></table></pre>",
    "entity": "&lt;script&gt;&#60;",
    "template": "{{ 7 * 7 }}{% raw %}",
    "data": "<iframe srcdoc='<b>'></iframe><base href=//evil>",
}
INVISIBLE = [
    "\0",
    "\x1b[31m",
    "\x7f",
    "\x85",
    "\u200b",
    "\u202e",
    "\u2066",
    "\u2028",
    "\ufeff",
    "\ue000",
    "\U000e0001",
]
# Word and parts thrice, candidate and detail, sample twice and in another cut, source, checks, settings, a word in and
# one out.
PLACES = 3 + 3 + 2 + 3 + 1 + 2 + 1 + 2
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


class Page(HTMLParser):
    """The start tags of a page, its texts, and apart from them what its scripts hold."""

    def __init__(self, page):
        super().__init__()
        self.tags: list[tuple] = []
        self.text = ""
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] == "script" and self.cdata_elem == "script":
            self.scripts[-1] += data
        else:
            self.text += data


def rendered(text, **options):
    return render_page(about(text), findings(text, **options))


@cache
def harmless_tags():
    return Page(rendered("科学", plots=False)).tags


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_shown_as_it_is_everywhere(text):
    page = Page(rendered(text, plots=False))
    assert page.tags == harmless_tags()
    assert page.text.count(text) == PLACES


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_corpus_name_is_shown_as_it_is(text):
    page = Page(render_page(about("x") | {"corpus": text}, NOTHING))
    assert page.tags == Page(render_page(about("x"), NOTHING)).tags
    assert page.text.count(text) == 2


@pytest.mark.parametrize("character", INVISIBLE, ids=lambda c: f"U+{ord(c[0]):04X}")
def test_invisible_characters_are_spelled_out_everywhere(character):
    page = rendered(f"a{character}b", plots=False)
    assert character[0] not in page
    shown = f"a\\u{ord(character[0]):04x}b" if len(character) == 1 else None
    assert Page(page).text.count(f"\\u{ord(character[0]):04x}") == PLACES
    assert shown is None or json.loads(Page(page).scripts[0])["word"][0] == shown


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=12))
def test_no_text_changes_the_structure_of_the_page(text):
    page = rendered(text, plots=False)
    assert Page(page).tags == harmless_tags()
    assert all(c.isprintable() or c == "\n" for c in page)


def test_page_loads_nothing_and_runs_our_scripts_alone():
    page = rendered("https://example.com/a.png", plots=False) + rendered("科学")
    tags = Page(page).tags
    assert {tag for tag, _ in tags} & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
    } == set()
    attributes = {(name, value) for _, attrs in tags for name, value in attrs}
    loading = {"src", "href", "xlink:href", "srcset", "action", "data", "poster", "background"}
    assert [name for name, _ in attributes if name in loading or name.startswith("on")] == []
    styles = "".join(re.findall(r"<style>.*?</style>", page, re.DOTALL))
    assert "url(" not in styles
    assert "@import" not in styles
    policy = dict(next(attrs for tag, attrs in tags if ("http-equiv", "Content-Security-Policy") in attrs))
    assert policy["content"].startswith("default-src 'none'")
    scripts = [
        script
        for script, attrs in zip(
            Page(page).scripts, (attrs for tag, attrs in tags if tag == "script"), strict=True
        )
        if ("type", "application/json") not in attrs
    ]
    hashes = {b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    assert set(re.findall(r"'sha256-(.*?)'", policy["content"])) == hashes
    assert len(hashes) == 2
    assert "unsafe" not in policy["content"].partition("script-src")[2]
    in_tags = {a for _, attrs in tags for _, v in attrs for a in re.findall(r"https?://[^\s\"']+", v or "")}
    assert in_tags <= NAMESPACES
    assert set(re.findall(r"https?://[^\s\"'<]+", rendered("科学"))) <= NAMESPACES


@pytest.mark.parametrize("text", [*HOSTILE.values(), "<!--<script>", "]]>\\u003c\"'"])
def test_hostile_words_reach_the_explorer_as_they_are_and_end_nothing(text):
    page = Page(rendered(text, plots=False))
    data = json.loads(page.scripts[0])
    assert data["word"] == [text, "w1", "w2"]
    assert data["parts"] == [text] * 3
    assert data["cards"][0] == [f"kept: {text}", [[f"before {text}", f"{text} after"]]]
    assert not set(page.scripts[0]) & set("<>&")
    assert len(page.scripts) == 3


def test_page_shows_every_plot_and_figure():
    page = rendered("科学")
    assert page.count("<svg") == 9
    text = " ".join(Page(page).text.split())
    for shown in ("19,484", "9.50", "5.25", "0.812", "56,789", "1,234", "1.50", "321", "failed, critical"):
        assert shown in text
    assert "cut_sentcut_sentencessentences, lexicon" in text
    assert "None." not in text


def test_figures_that_are_unknown_are_left_empty():
    row = findings("科学", words=1, plots=False)
    page = render_page(about("x"), row)
    cells = re.search(
        r"<section id=\"explorer\">.*?<tr>(<td class=\"word\">.*?)</tr>", page, re.DOTALL
    ).group(1)
    assert re.findall(r"<td[^>]*>(.*?)</td>", cells) == [
        "科学",
        "56,789",
        "1,234",
        "1.23",
        "",
        "0.50",
        "7.00",
        "科学",
    ]


def test_a_page_of_nothing_says_so():
    page = render_page(about("x"), NOTHING)
    assert "<svg" not in page
    assert "<td" not in page
    assert "<p>None.</p>" in page
    assert [tag for tag, _ in Page(page).tags].count("h2") == 11


def test_settings_keep_their_lines():
    page = render_page(about("x") | {"settings": '{\n  "a": 1\n}'}, NOTHING)
    assert ">{\n  &#34;a&#34;: 1\n}</pre>" in page


def test_topics_are_shown_when_there_are_some_with_their_text_spelled_out():
    hostile = "<script>alert(1)</script>\u202e"
    topics = [row | {"words": [hostile, "b", "c"]} for row in TOPICS]
    documents = [row | {"word": hostile} for row in DOC_MAP]
    page = render_page(about("x"), replace(findings("科学"), topics=topics, doc_map=documents))
    assert page.count("<svg") == 11
    assert "What the documents are about" in page
    assert "What the documents are about" not in rendered("科学")
    assert "<script>alert" not in page
    assert "\u202e" not in page
