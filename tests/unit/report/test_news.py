from dataclasses import replace

import pytest

from tasks.report.news import SHOWN, find_news
from tasks.report.page import render_page
from tasks.report.strings import STRINGS
from tasks.store.history import RunNotes
from tests.report_findings import NEWS, NOTHING, about
from tests.unit.flows.commands.test_diff import lay, publish
from tests.unit.store.test_history import under_way


def mining(home):
    return under_way(home, "ingest_corpus")


def page_of(news, lang="en"):
    return render_page(about("x"), replace(NOTHING, news=news), lang)


@pytest.fixture
def news(home):
    publish(home, ["a.txt"], {"科学": 60, "名著": 20, "旧词": 9} | {f"旧{n:03}": 1 for n in range(SHOWN)})
    run = mining(home)
    lay(run, ["a.txt", "b.txt"], {"科学": 15, "名著": 50, "新词": 8})
    return find_news(RunNotes(run), run.run_id)


def test_words_that_came_and_went_are_counted_and_the_greatest_gains_shown(news):
    assert (news.words_in, news.words_out, news.files_in, news.files_out) == (1, SHOWN + 1, 1, 0)
    assert news.top_in == [{"word": "新词", "count": 8, "gain": 8.0}]
    assert news.top_out[0] == {"word": "旧词", "count": 9, "gain": 9.0}
    assert len(news.top_out) == SHOWN
    assert {row["word"]: (row["before"], row["after"], row["log_odds"] > 0) for row in news.shifts} == {
        "名著": (20, 50, True),
        "科学": (60, 15, False),
    }
    assert not news.nothing


def test_a_first_run_has_no_news_and_says_so(home):
    run = mining(home)
    assert find_news(RunNotes(run), run.run_id) is None
    for lang, strings in STRINGS.items():
        assert strings["news_first"] in page_of(None, lang)


def test_a_run_that_left_everything_alone_has_nothing_new(home):
    first = publish(home, ["a.txt"], {"科学": 60})
    run = mining(home)
    found = find_news(RunNotes(run), run.run_id)
    assert found.nothing
    assert found.since == first


def test_a_table_removed_since_is_said_to_be_missing_and_the_rest_is_compared(home, store):
    first = publish(home, ["a.txt"], {"科学": 60, "名著": 20})
    store.corpus("tiny").discard(store.corpus("tiny").run_folder("lexicon", first))
    run = mining(home)
    lay(run, ["b.txt"], {"科学": 20, "名著": 60})
    found = find_news(RunNotes(run), run.run_id)
    assert (found.words_in, found.files_in, len(found.shifts), found.nothing) == (None, 1, 2, False)
    assert STRINGS["en"]["news_removed"] in page_of(found)


def test_the_page_shows_every_change():
    page = page_of(NEWS)
    for shown in (
        "20251231T000000-00000000",
        "words in</dt><dd>1<",
        "新词",
        "旧词",
        "+0.70",
        "-0.70",
        "1,200",
    ):
        assert shown in page
    assert STRINGS["en"]["news_nothing"] not in page


def test_a_run_that_changed_nothing_says_so_without_tables():
    unchanged = {"words_in": 0, "words_out": 0, "files_in": 0, "files_out": 0}
    page = page_of(replace(NEWS, **unchanged, top_in=[], top_out=[], shifts=[]))
    assert STRINGS["en"]["news_nothing"] in page
    assert "<td" not in page
