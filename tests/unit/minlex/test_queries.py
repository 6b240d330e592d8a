import json

import pytest

from flows.commands.sql_results import list_queries, run_query
from minlex.queries import FOLDER, ready_queries, ready_query
from tasks.errors import InputError
from tasks.settings import MineSettings
from tasks.store.publish import RECORDS, working_on
from tasks.tables import TABLES
from tests import tiny_corpus

QUERIES = ready_queries()


@pytest.fixture(scope="module")
def whole_home(tmp_path_factory):
    """A home with every table, those that the tiny corpus does not fill without rows."""
    home = tmp_path_factory.mktemp("home")
    full = {name: [] for name in TABLES if name not in RECORDS} | tiny_corpus.rows()
    tiny_corpus.publish(home, "tiny", full)
    with working_on("tiny", str(home), MineSettings()) as run:
        run.measure("count_words", "types", 4, "words")
    return home


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_each_runs_and_says_what_it_answers(query, whole_home, capsys):
    assert query.meaning
    assert len(query.meaning) < 120
    assert (FOLDER / f"{query.name}.sql").read_text(encoding="utf-8").startswith("-- ")
    run_query(str(whole_home), f"@{query.name}", "table", "tiny")
    assert capsys.readouterr().out.strip()


def test_rows_come_out_of_the_corpus_that_is_named(whole_home, capsys):
    run_query(str(whole_home), "@top_words", "json", "tiny")
    assert [json.loads(line)["word"] for line in capsys.readouterr().out.splitlines()] == [
        "科学",
        "名著",
        "中外",
    ]


def test_all_are_listed(capsys):
    list_queries("json")
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["query"] for row in listed] == [f"@{query.name}" for query in QUERIES]
    assert {"@top_words", "@dropped_words", "@runs"} <= {row["query"] for row in listed}


def test_an_unknown_one_and_one_without_a_corpus_are_refused(whole_home):
    with pytest.raises(InputError, match="@nope is no ready query; there are: concentrated_words, "):
        ready_query("nope")
    with pytest.raises(InputError, match="needs the corpus it is put to; give --corpus"):
        run_query(str(whole_home), "@top_words", "table")
