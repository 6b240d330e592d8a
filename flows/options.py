"""Options that several commands share."""

from typing import Annotated

import typer

Corpus = Annotated[
    str, typer.Option("--corpus", "-c", help="Name of the corpus: a-z, 0-9 and _, beginning with a letter.")
]
Home = Annotated[
    str | None, typer.Option(help="Folder of all results.", envvar="MINLEX_HOME", show_default="data")
]
