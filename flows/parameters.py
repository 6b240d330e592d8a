"""Parameters that several flows share, as Prefect's form shows them."""

from typing import Annotated

from pydantic import Field

from tasks.runs import Run
from tasks.settings import MineSettings
from tasks.store import CORPUS_RULE

CorpusName = Annotated[
    str,
    Field(
        pattern=f"^{CORPUS_RULE.pattern}$",
        description="Corpus to work on: 1 to 40 of a-z, 0-9 and _, beginning with a letter",
    ),
]
InputPaths = Annotated[
    list[str],
    Field(min_length=1, description="Files and folders to read, by absolute path"),
]
HomeFolder = Annotated[
    str | None,
    Field(description="Folder of the lake, models and reports; unset: MINLEX_HOME, else data"),
]
Settings = Annotated[MineSettings, Field(description="Settings of every stage")]
DEFAULTS = MineSettings()

WithinRun = Annotated[
    Run | None,
    Field(description="The run this is part of; leave unset to begin a run of its own"),
]
