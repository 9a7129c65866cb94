"""The EventBridge events that ECS sends of deployments, their hooks, tasks and services.

Developer guide, "Amazon ECS service deployment state change events", "Amazon ECS service deployment hook state change
events", "Amazon ECS task state change events" and "Amazon ECS service action events". ECS documents no terminal event
for a stop, for a stage that timed out, or for ROLLBACK_FAILED, so none is sent.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pilotage_local.ecs.course import Hook
from pilotage_local.ecs.state import Deployment, Document, Service, ServiceDeployment, Task
from pilotage_local.ecs.task_views import task_view
from pilotage_local.ecs.world import World

IN_PROGRESS = "SERVICE_DEPLOYMENT_IN_PROGRESS"
COMPLETED = "SERVICE_DEPLOYMENT_COMPLETED"
FAILED = "SERVICE_DEPLOYMENT_FAILED"


def deployment_changed(world: World, service: Service, deployment: Deployment, name: str, reason: str) -> None:
    detail = {
        "eventType": "ERROR" if name == FAILED else "INFO",
        "eventName": name,
        "deploymentId": deployment.id,
        "updatedAt": _stamp(world.now()),
        "reason": reason,
    }
    _send(world, "ECS Deployment State Change", service.arn, detail)


def hook_changed(world: World, service: Service, history: ServiceDeployment, hook: Hook, name: str) -> None:
    detail = {
        "eventType": "ERROR" if name in {"HOOK_FAILED", "HOOK_TIMED_OUT"} else "INFO",
        "eventName": name,
        "hookId": hook.id,
        "hookType": "PAUSE" if hook.function is None else "AWS_LAMBDA",
        "expiresAt": _stamp(hook.expires_at),
        "lifecycleStage": hook.stage.value,
        "clusterArn": service.cluster.arn,
        "serviceArn": service.arn,
        "serviceDeploymentArn": history.arn,
        "updatedAt": _stamp(world.now(), "milliseconds"),
    }
    _send(world, "ECS Hook State Change", history.arn, detail)


def not_placed(world: World, service: Service, provider: str | None, reason: str) -> None:
    providers = [] if provider is None else [world.names.arn(f"capacity-provider/{provider}")]
    detail = {
        "eventType": "ERROR",
        "eventName": "SERVICE_TASK_PLACEMENT_FAILURE",
        "clusterArn": service.cluster.arn,
        **({"capacityProviderArns": providers} if providers else {}),
        "reason": reason,
        "createdAt": _stamp(world.now(), "milliseconds"),
    }
    _send(world, "ECS Service Action", service.arn, detail)


def task_changed(world: World, task: Task) -> None:
    """Every change of a task raises its `version`, by which a receiver knows duplicates. Events carry no health."""
    task.version += 1
    view = task_view(task)
    del view["healthStatus"]
    for container in view["containers"]:
        del container["healthStatus"]
    view.pop("tags", None)
    _send(world, "ECS Task State Change", task.arn, {**_plain(view), "updatedAt": _stamp(world.now(), "milliseconds")})


def _send(world: World, kind: str, resource: str, detail: Document) -> None:
    world.emit(
        {
            "version": "0",
            "id": world.names.uuid(),
            "detail-type": kind,
            "source": "aws.ecs",
            "account": world.names.account,
            "time": _stamp(world.now()),
            "region": world.names.region,
            "resources": [resource],
            "detail": detail,
        }
    )


def _stamp(moment: datetime, precision: str = "seconds") -> str:
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    """The same document with its datetimes as text."""
    if isinstance(value, datetime):
        return _stamp(value, "milliseconds")
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
