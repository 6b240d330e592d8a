"""Announce a failed run as an event that automations can act on."""

from tasks.recording import flow

EVENT = "minlex.run.failed"


@flow(name="announce-failure", flow_run_name="announce {flow_run_id}")
def announce_failure(flow_run_id: str, ended: str) -> None:
    """Emit the event minlex.run.failed, which automations and webhooks can subscribe to.

    Args:
        flow_run_id: The run that ended badly.
        ended: The name of the state it ended in.
    """
    from prefect.events import emit_event

    emit_event(
        event=EVENT,
        resource={"prefect.resource.id": f"prefect.flow-run.{flow_run_id}", "minlex.ended": ended},
        payload={"flow_run_id": flow_run_id, "ended": ended},
    )
