"""Tags that Prefect's UI filters runs by."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prefect import Flow, State
    from prefect.client.schemas.objects import FlowRun


def tag_with_corpus(flow: "Flow[..., Any]", flow_run: "FlowRun", state: "State") -> None:
    """Tag a run that begins with the corpus it works on; a hook for `on_running`."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as api:
        api.update_flow_run(flow_run.id, tags={*flow_run.tags, f"corpus:{flow_run.parameters['corpus']}"})
