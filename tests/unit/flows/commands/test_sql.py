import csv
import io
import json
import shutil
from pathlib import Path

import pytest

import minlex
from flows.__main__ import main
from flows.commands.sql_results import ROWS_SHOWN, prompt, run_query
from tasks.errors import InputError
from tasks.store.catalog import open_catalog, open_corpus
from tasks.store.datasets import Store
from tests import tiny_corpus

TOP = "select word, count, probability, pmi from tiny.lexicon order by count desc, word"


def refused(home, query, style="table"):
    with pytest.raises(InputError) as caught:
        run_query(str(home), query, style)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith("the query was refused: ")
    return text


def test_table_has_names_and_rows(published_home, capsys):
    run_query(str(published_home), TOP, "table")
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["word", "count", "probability", "pmi"],
        ["科学", "3", "0.5", "1.5"],
        ["名著", "2", "0.25", "1.5"],
        ["。", "1", "0.125"],
        ["中外", "1", "0.125", "1.5"],
    ]


def test_table_shows_a_bounded_number_of_rows_and_says_so(published_home, capsys):
    run_query(str(published_home), "select range as n from range(5000)", "table")
    shown = capsys.readouterr()
    assert shown.out.split() == ["n", *map(str, range(ROWS_SHOWN))]
    assert shown.err == f"the first {ROWS_SHOWN} rows; --csv or --json prints all\n"


def test_table_lets_no_control_character_reach_the_terminal(published_home, capsys):
    run_query(
        str(published_home), "select chr(27) || '[2J' || chr(8238) || chr(7) as x, '[bold]b[/]' as y", "table"
    )
    assert capsys.readouterr().out.split() == ["x", "y", "\ufffd[2J\ufffd\ufffd", "[bold]b[/]"]


def test_csv_has_every_row(published_home, capfdbinary):
    run_query(str(published_home), TOP, "csv")
    rows = list(csv.DictReader(io.StringIO(capfdbinary.readouterr().out.decode())))
    assert rows[0] == {"word": "科学", "count": "3", "probability": "0.5", "pmi": "1.5"}
    assert [row["pmi"] for row in rows] == ["1.5", "1.5", "", "1.5"]
    run_query(str(published_home), "select range as n from range(5000)", "csv")
    assert capfdbinary.readouterr().out.split() == [b'"n"', *(str(n).encode() for n in range(5000))]


def test_csv_writes_lists_and_the_like_as_text(published_home, capfdbinary):
    query = (
        "select range as n, [range, 2] as n, {'a': 'b'} as s, map {'a': 1} as m, union_value(k := 1) as u, "
        "interval 1 day as i, '\\xFF'::blob as b, null::int[] as e from range(3000)"
    )
    run_query(str(published_home), query, "csv")
    rows = list(csv.reader(io.StringIO(capfdbinary.readouterr().out.decode())))
    assert rows[0] == ["n", "n", "s", "m", "u", "i", "b", "e"]
    assert rows[1] == ["0", "[0, 2]", "{'a': b}", "{a=1}", "1", "1 day", "\\xFF", ""]
    assert [row[1] for row in rows[1:]] == [f"[{n}, 2]" for n in range(3000)]


def test_json_is_one_object_a_row(published_home, capsys):
    run_query(str(published_home), TOP, "json")
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == {"word": "科学", "count": 3, "probability": 0.5, "pmi": 1.5}
    assert rows[2]["pmi"] is None
    run_query(str(published_home), "select range as n from range(5000)", "json")
    assert [json.loads(line)["n"] for line in capsys.readouterr().out.splitlines()] == list(range(5000))


def test_json_sums_are_numbers(published_home, capsys):
    query = "select sum(count) as total, avg(count) as mean, 1.5::decimal(4, 2) as price"
    run_query(
        str(published_home),
        f"{query}, (select sum(record) from tiny.rejects) as none from tiny.words",
        "json",
    )
    expected = {"total": 7, "mean": 1.75, "price": 1.5, "none": None}
    assert json.loads(capsys.readouterr().out) == expected


def test_json_keeps_every_digit(published_home, capsys):
    query = "select 9223372036854775807 as most, (1::hugeint << 100) as huge, date '2026-01-02' as day"
    run_query(str(published_home), query, "json")
    found = json.loads(capsys.readouterr().out)
    assert found == {"most": 2**63 - 1, "huge": str(2**100), "day": "2026-01-02"}


@pytest.mark.parametrize("style", ["table", "csv", "json"])
def test_bad_queries_are_refused_in_one_line(published_home, style):
    assert "syntax error" in refused(published_home, "selec word\nfrom tiny.words", style)
    assert "wrods" in refused(published_home, "select * from tiny.wrods", style)
    assert "wrod" in refused(published_home, "select wrod from tiny.words", style)


@pytest.mark.parametrize("style", ["table", "csv", "json"])
def test_a_query_that_fails_half_way_is_refused_in_one_line(published_home, style):
    query = "select case when range = 900 then error('no\nmore') else 'x' end as x from range(100000)"
    assert "no more" in refused(published_home, query, style)


@pytest.mark.parametrize("style", ["table", "csv", "json"])
def test_a_statement_without_a_result_prints_nothing(published_home, style, capfd):
    run_query(str(published_home), "", style)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "statement",
    [
        *("create table x as select 1", "create view tiny.x as select 1", "drop view tiny.words"),
        *("insert into tiny.words select * from tiny.words", "create schema x", "drop schema tiny cascade"),
        "comment on view tiny.words is 'x'",
    ],
)
def test_the_catalog_cannot_be_written(published_home, statement):
    before = (published_home / "catalog.duckdb").read_bytes()
    refused(published_home, statement)
    assert (published_home / "catalog.duckdb").read_bytes() == before


def test_a_home_without_a_catalog_is_named(home):
    with pytest.raises(InputError) as caught:
        open_catalog(str(home))
    assert str(caught.value) == f"nothing is mined below {str(home)!r} yet; run minlex mine or minlex demo"
    assert not home.exists()


def test_a_damaged_table_is_named_before_it_is_asked(published_home):
    store = Store(published_home)
    Path(store.parts(store.corpus("tiny").existing("words", "k1"))[0]).write_bytes(b"")
    with pytest.raises(InputError, match="words of corpus 'tiny' must have a whole run 'k1'"):
        open_corpus("tiny", str(published_home), "lexicon", "words")
    open_corpus("tiny", str(published_home), "lexicon").close()


@pytest.mark.parametrize("left", [b"", b"x" * 20_000, None])
def test_a_damaged_or_missing_catalog_is_written_anew(published_home, left):
    catalog = published_home / "catalog.duckdb"
    catalog.unlink() if left is None else catalog.write_bytes(left)
    with open_catalog(str(published_home)) as opened:
        assert opened.execute("select count(*) from tiny.words").fetchone() == (4,)


@pytest.mark.parametrize("name", ["copy", "it's a copy", "语料"])
def test_a_home_that_was_copied_or_moved_is_read_where_it_is(published_home, tmp_path, name):
    copied = Path(shutil.copytree(published_home, tmp_path / name))
    for part in published_home.rglob("part-*.parquet"):
        part.unlink()
    with open_catalog(str(copied)) as catalog:
        assert catalog.execute("select count(*) from tiny.words").fetchone() == (4,)
    before = (copied / "catalog.duckdb").stat().st_mtime_ns
    with open_catalog(str(copied)) as catalog:
        assert catalog.execute("select count(*) from tiny.documents").fetchone() == (2,)
    assert (copied / "catalog.duckdb").stat().st_mtime_ns == before


def test_home_comes_from_the_environment(published_home, monkeypatch, capsys):
    monkeypatch.setenv("MINLEX_HOME", str(published_home))
    run_query(None, "select count(*) as n from tiny.words", "csv")
    run_query(None, "select count(*) as n from tiny.words", "table")
    assert capsys.readouterr().out.split()[-2:] == ["n", "4"]


def test_statements_of_a_pipe_take_several_lines(published_home, monkeypatch, capfd):
    text = "-- words\nselect 1 as a,\n 2 as b;\n\nselect ';' as c\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    prompt(str(published_home), "csv")
    assert capfd.readouterr().out.split() == ['"a","b"', "1,2", '"c"', '";"']


def test_a_terminal_runs_each_statement_when_it_has_ended(published_home, monkeypatch, capfd):
    typed = iter(
        ["select 1 as a,", "2 as b;", "", "selec;", "select 3 as c; select 4 as d;", "exit", "select 5;"]
    )
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda shown: next(typed))
    prompt(str(published_home), "json")
    shown = capfd.readouterr()
    assert shown.out == '{"a":1,"b":2}\n{"c":3}\n{"d":4}\n'
    assert "the query was refused" in shown.err


def test_a_query_may_begin_with_a_comment_and_hold_several_statements(published_home, monkeypatch, capfd):
    monkeypatch.setattr("sys.argv", ["minlex", "sql", "-- words\nselect 1 as a; select 2 as b", "--csv"])
    monkeypatch.setenv("MINLEX_HOME", str(published_home))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert capfd.readouterr().out.split() == ['"a"', "1", '"b"', "2"]


def test_a_pipe_ends_at_the_first_bad_statement(published_home, monkeypatch, capfd):
    monkeypatch.setattr("sys.stdin", io.StringIO("select 1 as a;\nselect nothing;\nselect 3 as c;\n"))
    with pytest.raises(InputError, match="the query was refused"):
        prompt(str(published_home), "json")
    assert capfd.readouterr().out == '{"a":1}\n'


def test_rows_are_shown_a_line_a_column(published_home, capsys):
    run_query(str(published_home), "select 1 as a, 'x' as longer, null as n", "vertical")
    assert capsys.readouterr().out == "a       1\nlonger  x\nn\n\n"


@pytest.mark.parametrize("style", ["table", "csv", "json", "vertical"])
def test_a_result_is_data_that_nothing_interprets(published_home, capsys, style):
    text = ":cd: :100: 08:00:100:5 [red]x[/red] **b**"
    run_query(str(published_home), f"select '{text}' as \":100:\"", style)
    shown = capsys.readouterr().out
    assert text in shown
    assert ":100:" in shown.replace(text, "")


def test_newest_report_is_below_the_home(home):
    tiny_corpus.publish(home, "tiny", {"words": []}, report="reports/tiny/r1/index.html")
    assert minlex.open("tiny", str(home)).report() == Path(home) / "reports" / "tiny" / "r1" / "index.html"
    tiny_corpus.publish(home, "other", {"words": []})
    with pytest.raises(InputError, match="corpus 'other' has no report yet; mine it to the end first"):
        minlex.open("other", str(home)).report()
    with pytest.raises(InputError, match=r"must be one mined below .*: other, tiny; got 'nothing'"):
        minlex.open("nothing", str(home)).report()
