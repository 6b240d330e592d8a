"""Parameters that several flows share; what they mean stands in each flow's docstring, where Prefect reads it."""

from typing import Annotated

from pydantic import Field

from tasks.settings import MineSettings
from tasks.store.datasets import CORPUS_RULE
from tasks.store.runs import Run

CorpusName = Annotated[str, Field(pattern=f"^{CORPUS_RULE.pattern}$")]
InputPaths = Annotated[list[str], Field(min_length=1)]
HomeFolder = str | None
Settings = MineSettings
WithinRun = Run | None

DEFAULTS = MineSettings()
