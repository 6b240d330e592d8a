"""Options that several commands share."""

from typing import Annotated

import typer

from flows.commands.console import be_quiet


def corpora_beginning_with(context: typer.Context, incomplete: str) -> list[str]:
    """Return what a shell may complete the name of a corpus to."""
    from tasks.store.datasets import Store
    from tasks.store.homes import home_folder

    corpora = Store(home_folder(context.params.get("home"))).corpora()
    return [corpus for corpus in corpora if corpus.startswith(incomplete)]


Corpus = Annotated[
    str,
    typer.Option(
        "--corpus",
        "-c",
        help="Name of the corpus: a-z, 0-9 and _, beginning with a letter.",
        autocompletion=corpora_beginning_with,
    ),
]
Home = Annotated[
    str | None, typer.Option(help="Folder of all results.", envvar="MINLEX_HOME", show_default="data")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Print results and errors alone, no progress.",
        envvar="MINLEX_QUIET",
        callback=be_quiet,
    ),
]
Engine = Annotated[
    str | None, typer.Option(help="Where the work runs: local, or spark://HOST:PORT.", show_default="local")
]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes.", show_default="one a core")]
Memory = Annotated[
    int | None, typer.Option(min=256, help="Memory to stay within, MB.", show_default="60 % of it")
]
