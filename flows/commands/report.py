"""The command `minlex report`."""

from typing import Annotated

import typer

from flows.commands.console import output, output_json
from flows.commands.options import Corpus, Home, Json, Quiet
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
    """Print the path of the newest report of a corpus."""
    from minlex import open

    page = open(corpus, home).report(lang)
    if json:
        output_json({"corpus": corpus, "report": str(page)})
    else:
        output(str(page))
    if open_page:
        import webbrowser

        webbrowser.open(page.as_uri())
