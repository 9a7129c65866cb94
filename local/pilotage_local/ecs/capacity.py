"""Tasks that find no place, and Spot tasks that lose theirs.

Developer guide: "Amazon ECS service action events" (SERVICE_TASK_PLACEMENT_FAILURE), "Amazon ECS service event
messages", "Amazon ECS API failure reasons", "Amazon ECS clusters for Fargate" (Fargate Spot termination notices).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pilotage_local.ecs import events, placement
from pilotage_local.ecs.ports import Wanted
from pilotage_local.ecs.state import Deployment, Service, Task
from pilotage_local.ecs.world import World

SPOT = "FARGATE_SPOT"
INTERRUPTED = "Your Spot Task was interrupted."
NO_FARGATE = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
GUIDE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
SHORT = {"RESOURCE:MEMORY": "insufficient memory available", "RESOURCE:CPU": "insufficient CPU units available"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """`reason` is ECS's, such as `RESOURCE:FARGATE`."""

    reason: str
    provider: str | None


def refusal(world: World, service: Service, deployment: Deployment, refused: Sequence[str | None]) -> Refusal | None:
    """Of the next task of a deployment; `refused` are the providers that had no room a moment ago."""
    settings = deployment.revision.settings
    peers = [*(task.provider for task in service.tasks_of(deployment) if task.alive), *refused]
    body = deployment.revision.definition.body
    return refusal_of(world, service.cluster.arn, service.name, settings, peers, body)


def refusal_of(
    world: World,
    cluster: str,
    service: str,
    settings: Mapping[str, Any],
    peers: Sequence[str | None],
    body: Mapping[str, Any],
) -> Refusal | None:
    provider = placement.next_provider(settings, peers)
    wanted = Wanted(
        cluster=cluster,
        service=service,
        launch_type=placement.launch_type(world, settings, peers),
        provider=provider,
        cpu=_total(body, "cpu"),
        memory=_total(body, "memory"),
    )
    reason = world.capacity.refusal(wanted)
    return None if reason is None else Refusal(reason, provider)


def tell(world: World, service: Service, deployment: Deployment, why: Refusal) -> None:
    """Once until the cause changes or is gone ("duplicate event messages are omitted", service event messages)."""
    if deployment.unplaced == why.reason:
        return
    deployment.unplaced = why.reason
    world.tell(service, f"was unable to place a task{sentence(why.reason)} {GUIDE}")
    events.not_placed(world, service, why.provider, why.reason)


def sentence(reason: str) -> str:
    """Developer guide, "Amazon ECS service event messages", less the id of the container instance."""
    if reason == "RESOURCE:FARGATE":
        return f". Reason: {NO_FARGATE}."
    lacks = SHORT.get(reason, f"no room for it ({reason})")
    return f" because no container instance met all of its requirements. The closest matching one has {lacks}."


def interrupts(world: World, task: Task) -> bool:
    """Whether a running Spot task has just got its notice."""
    if task.provider != SPOT or task.status != "RUNNING" or task.desired != "RUNNING" or task.started_at is None:
        return False
    return world.capacity.reclaimed(task.id, SPOT, task.started_at)


def _total(body: Mapping[str, Any], resource: str) -> int:
    """CPU units or MiB of the task, or else of its containers."""
    if body.get(resource):
        return int(body[resource])
    return sum(int(one.get(resource) or 0) for one in body["containerDefinitions"])
