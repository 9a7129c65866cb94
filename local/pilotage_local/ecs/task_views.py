"""A task in the shape of ECS's API reference, Task."""

from __future__ import annotations

from datetime import datetime

from pilotage_local.ecs.state import Document, Task
from pilotage_local.ecs.tasks import Health
from pilotage_local.ecs.views import present, tag_list


def task_view(task: Task) -> Document:
    body = task.definition.body
    return present(
        {
            "taskArn": task.arn,
            "taskDefinitionArn": task.definition.arn,
            "clusterArn": task.spec.cluster,
            "group": task.spec.group,
            "startedBy": task.started_by or None,
            "desiredStatus": task.desired,
            "lastStatus": task.status,
            "healthStatus": task.health.value,
            "stopCode": None if task.stop_code is None else task.stop_code.value,
            "stoppedReason": task.stopped_reason,
            "containers": _containers(task),
            "attachments": _attachments(task),
            "launchType": task.launch_type,
            "capacityProviderName": task.provider,
            "cpu": body.get("cpu"),
            "memory": body.get("memory"),
            "overrides": {"containerOverrides": [], **task.spec.overrides},
            "version": task.version,
            "tags": tag_list(task.tags),
            **task.settings,
            **_moments(task),
        }
    )


def _moments(task: Task) -> dict[str, datetime | None]:
    return {
        "createdAt": task.created_at,
        "startedAt": task.started_at,
        "stoppingAt": task.stopping_at,
        "stoppedAt": task.stopped_at,
        "executionStoppedAt": task.stopped_at,
    }


def _containers(task: Task) -> list[Document]:
    known = {container.name: container for container in task.containers}
    views = []
    for body in task.definition.body["containerDefinitions"]:
        state = known.get(str(body["name"]))
        health = task.health if body.get("healthCheck") else Health.UNKNOWN
        view: Document = {
            "containerArn": task.arn.replace(":task/", ":container/") + f"/{body['name']}",
            "taskArn": task.arn,
            "name": body["name"],
            "image": body["image"],
            "lastStatus": task.status,
            "healthStatus": health.value,
            "networkInterfaces": [],
        }
        if state is not None:
            view |= {
                "imageDigest": state.image_digest,
                "runtimeId": state.runtime_id,
                "exitCode": state.exit_code,
                "lastStatus": task.status if state.exit_code is None else "STOPPED",
                "reason": state.reason,
                "networkBindings": [dict(binding) for binding in state.network_bindings],
            }
        views.append(present(view))
    return views


def _attachments(task: Task) -> list[Document]:
    """An awsvpc task has one elastic network interface (API reference, Task, attachments)."""
    network = task.spec.network.get("awsvpcConfiguration")
    if network is None:
        return []
    details = [{"name": "subnetId", "value": network["subnets"][0]}]
    if task.private_address is not None:
        details.append({"name": "privateIPv4Address", "value": task.private_address})
    status = {"PENDING": "PRECREATED", "STOPPED": "DELETED"}.get(task.status, "ATTACHED")
    return [{"id": f"eni-{task.id}", "type": "ElasticNetworkInterface", "status": status, "details": details}]
