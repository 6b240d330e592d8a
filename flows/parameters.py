"""Parameters that several flows share; what they mean stands in each flow's docstring, where Prefect reads it."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tasks.settings import MineSettings
from tasks.store.names import CORPUS_RULE
from tasks.store.runs import Run

if TYPE_CHECKING:
    from prefect import Flow, State
    from prefect.client.schemas.objects import FlowRun

CorpusName = Annotated[str, Field(pattern=f"^{CORPUS_RULE.pattern}$")]
InputPaths = Annotated[list[str], Field(min_length=1)]
HomeFolder = str | None
Settings = MineSettings
WithinRun = Run | None

DEFAULTS = MineSettings()


def tag_with_corpus(flow: "Flow[..., Any]", flow_run: "FlowRun", state: "State") -> None:
    """Tag a run that begins with the corpus it works on; a hook for `on_running`."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as api:
        api.update_flow_run(flow_run.id, tags={*flow_run.tags, f"corpus:{flow_run.parameters['corpus']}"})
