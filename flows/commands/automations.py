"""What the Prefect server does by itself: it marks dead runs and has failures announced.

A flow run beats its heart under `minlex up`, that of a worker and that of a command; one whose process and worker were
killed would stay running for ever. The server waits `BEATS_MISSED` heartbeats and calls it crashed. One that was killed
before its heart first beat is found by its state: a worker took it (Pending), and `SECONDS_TO_BEGIN` later it has not.
"""

from datetime import timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

from flows.commands.service_processes import HEARTBEAT_SECONDS

BEATS_MISSED = 3
SECONDS_TO_BEGIN = 300
ENDS = frozenset(
    f"prefect.flow-run.{name}" for name in ("Completed", "Failed", "Cancelled", "Crashed", "TimedOut")
)
HEARTBEAT = "prefect.flow-run.heartbeat"
BEGINNINGS = frozenset({"prefect.flow-run.Pending", "prefect.flow-run.Running"})
FAILURES = frozenset(f"prefect.flow-run.{name}" for name in ("Failed", "Crashed", "TimedOut"))
ANNOUNCER = "announce-failure/on-failure"
EVERY_RUN = ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"})
OF_MINLEX = ResourceSpecification(
    {"prefect.resource.role": "tag", "prefect.resource.id": "prefect.tag.minlex"}
)


def automations(announcer: UUID) -> list[AutomationCore]:
    """Return every automation; `announcer` is the id of the deployment that announces failures."""
    return [
        AutomationCore(
            name="minlex: mark dead runs as crashed",
            description=f"A run that has not beaten for {BEATS_MISSED * HEARTBEAT_SECONDS} s is dead",
            trigger=EventTrigger(
                after={HEARTBEAT},
                expect={HEARTBEAT, *ENDS},
                match=EVERY_RUN,
                for_each={"prefect.resource.id"},
                posture=Posture.Proactive,
                threshold=1,
                within=timedelta(seconds=BEATS_MISSED * HEARTBEAT_SECONDS),
            ),
            actions=[ChangeFlowRunState(state=StateType.CRASHED, message="the run's heart stopped beating")],
        ),
        AutomationCore(
            name="minlex: mark runs that never began as crashed",
            description=f"A run whose heart has not begun to beat after {SECONDS_TO_BEGIN} s died on the way",
            trigger=EventTrigger(
                after=set(BEGINNINGS),
                expect={HEARTBEAT, *ENDS},
                match=EVERY_RUN,
                match_related=OF_MINLEX,
                for_each={"prefect.resource.id"},
                posture=Posture.Proactive,
                threshold=1,
                within=timedelta(seconds=SECONDS_TO_BEGIN),
            ),
            actions=[ChangeFlowRunState(state=StateType.CRASHED, message="the run's heart never beat")],
        ),
        AutomationCore(
            name="minlex: announce failures",
            description="A failed run of a minlex deployment emits the event minlex.run.failed",
            trigger=EventTrigger(
                expect=set(FAILURES),
                match=EVERY_RUN,
                match_related=OF_MINLEX,
                posture=Posture.Reactive,
                threshold=1,
                within=timedelta(0),
            ),
            actions=[
                RunDeployment(
                    source="selected",
                    deployment_id=announcer,
                    parameters={
                        "flow_run_id": {"__prefect_kind": "jinja", "template": "{{ flow_run.id }}"},
                        "ended": {"__prefect_kind": "jinja", "template": "{{ flow_run.state.name }}"},
                    },
                )
            ],
        ),
    ]


def put_automations(client: SyncPrefectClient) -> None:
    """Create every automation, or bring the one of its name up to date."""
    announcer = client.read_deployment_by_name(ANNOUNCER).id
    for automation in automations(announcer):
        existing = client.read_automations_by_name(automation.name)
        if existing:
            client.update_automation(existing[0].id, automation)
        else:
            client.create_automation(automation)


if __name__ == "__main__":
    with get_client(sync_client=True) as api:
        put_automations(api)
