"""The commands that ask what was found: report, sql, why, compare, diff."""

from typing import Annotated

import typer

from flows.console import output, output_json
from flows.options import Corpus, Home, Json, Quiet, corpora_beginning_with
from tasks.errors import InputError
from tasks.languages import Language

commands = typer.Typer()


@commands.command()
def report(
    corpus: Corpus,
    home: Home = None,
    lang: Annotated[
        Language | None, typer.Option(help="Language of the page.", show_default="report.lang as mined")
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print where the newest report of a corpus is."""
    import webbrowser

    from flows.querying import newest_report

    page = newest_report(corpus, home, lang)
    if json:
        output_json({"corpus": corpus, "report": str(page)})
    else:
        output(str(page))
    if open_page:
        webbrowser.open(page.as_uri())


@commands.command()
def sql(
    query: Annotated[
        str | None, typer.Argument(help="A query, or @NAME for a ready one; a prompt when left out.")
    ] = None,
    corpus: Annotated[
        str | None,
        typer.Option(
            "--corpus",
            "-c",
            help="Corpus whose tables need no name before them.",
            autocompletion=corpora_beginning_with,
        ),
    ] = None,
    home: Home = None,
    ready: Annotated[bool, typer.Option("--list", help="List the ready queries.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a row.")] = False,
    quiet: Quiet = False,
) -> None:
    """Query every table of every corpus with DuckDB's SQL.

    Tables are `CORPUS.TABLE`; `show all tables` lists them, `describe demo.lexicon` their columns.

    Example: `minlex sql "select word, count from demo.words order by count desc limit 10"`, or
    `minlex sql @top_words --corpus demo`
    """
    from flows.querying import list_queries, prompt, run_query

    style = _style(csv=csv, json=json)
    if ready:
        list_queries(style)
    elif query is None:
        prompt(home, style, corpus)
    else:
        run_query(home, query, style, corpus)


@commands.command()
def why(
    word: Annotated[str, typer.Argument(help="The word, or any characters of the corpus.")],
    corpus: Corpus,
    home: Home = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=(1 << 31) - 1, help="Seed of the bootstrap.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Say everything that decided about a word, with lines of the corpus it occurs in.

    Its counts, mutual information, gain and the entropy on both sides; the cheapest way to spell it by other
    words; the step that kept or dropped it and by which figures; and how far its count as a token would vary,
    had other documents been read: the interval of 95 % of bootstraps, documents drawn with replacement.

    Example: `minlex why 科学 --corpus demo`
    """
    from flows.explaining import explain_word

    explain_word(word, corpus, home, as_json=json, seed=seed)


@commands.command()
def compare(
    corpus_a: Annotated[
        str, typer.Argument(metavar="CORPUS_A", help="Corpus A.", autocompletion=corpora_beginning_with)
    ],
    corpus_b: Annotated[
        str, typer.Argument(metavar="CORPUS_B", help="Corpus B.", autocompletion=corpora_beginning_with)
    ],
    home: Home = None,
    top: Annotated[int, typer.Option(min=1, help="Words of each group.")] = 20,
    min_count: Annotated[int, typer.Option(min=1, help="Least uses in A and B together.")] = 5,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a row.")] = False,
    quiet: Quiet = False,
) -> None:
    """Show the words that set two corpora apart: new in A, used more in A, used more in B.

    Ranked by z, the log-odds ratio of a word's shares of A and B over its standard error. A prior out of both
    corpora keeps rare words from leading (Monroe, Colaresi and Quinn 2008); chance alone seldom passes 1.96.
    Words that only one corpus uses, though both texts hold them, tell of two lexicons and are left out. Mine
    both corpora with the same settings.

    Example: `minlex compare physics demo --top 10`
    """
    from flows.comparing import compare_corpora

    compare_corpora(corpus_a, corpus_b, home, top, min_count, _style(csv=csv, json=json))


@commands.command()
def diff(
    corpus: Corpus,
    run_a: Annotated[
        str | None, typer.Argument(help="The earlier run.", show_default="the last but one")
    ] = None,
    run_b: Annotated[str | None, typer.Argument(help="The later run.", show_default="the last")] = None,
    home: Home = None,
    top: Annotated[int, typer.Option(min=1, help="Words of each group.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Quiet = False,
) -> None:
    """Show what changed between two runs: files, settings, version, figures, words in, words out, shifts of use.

    Runs are those of the table `runs`. What `minlex gc` has removed cannot be compared any more, and is said so.

    Example: `minlex diff --corpus news`
    """
    from flows.diffing import diff_runs

    diff_runs(corpus, home, run_a, run_b, top, as_json=json)


def _style(*, csv: bool, json: bool) -> str:
    if csv and json:
        raise InputError("output must be one of --csv and --json; got both")
    return "csv" if csv else "json" if json else "table"
