"""The state in the shapes of ECS's API reference: Service, Deployment, ServiceDeployment, ServiceRevision, Task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from pilotage_local.ecs import alarms, goals, traffic
from pilotage_local.ecs.course import Hook
from pilotage_local.ecs.state import (
    Deployment,
    Document,
    Monitor,
    Revision,
    Service,
    ServiceDeployment,
    Tags,
    Task,
)
from pilotage_local.ecs.tasks import Health
from pilotage_local.ecs.world import World


def tag_list(tags: Tags) -> list[Document]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _present(document: Document) -> Document:
    return {key: value for key, value in document.items() if value is not None}


def _counted(tasks: Iterable[Task]) -> Counter[str]:
    return Counter(task.status for task in tasks if task.alive)


def service_view(world: World, service: Service, *, tags: bool = False) -> Document:
    counted = _counted(service.tasks)
    gone = service.status == "INACTIVE"
    view = {
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster.arn,
        "status": service.status,
        "desiredCount": service.desired,
        "runningCount": counted["RUNNING"],
        "pendingCount": counted["PENDING"],
        "createdAt": service.created_at,
        "events": list(service.events),
        "deployments": [] if gone else [deployment_view(service, one) for one in service.deployments],
        **service.settings,
    }
    visible = world.visible(service)
    if visible:
        view["currentServiceDeployment"] = visible[-1].arn
        view["currentServiceRevisions"] = _current_revisions(service)
    if tags:
        view["tags"] = tag_list(service.tags)
    return view


def _current_revisions(service: Service) -> list[Document]:
    latest = {one.revision.arn: one.revision for one in service.deployments}
    return [_revision_counts(service, revision) for revision in latest.values()]


def deployment_view(service: Service, deployment: Deployment) -> Document:
    counted = _counted(service.tasks_of(deployment))
    settings = deployment.revision.settings
    wanted = goals.requested(service, deployment)
    rolls = deployment.history.rolls  # API reference, Deployment, rolloutState: of rolling updates only
    shown = ("launchType", "capacityProviderStrategy", "platformVersion", "platformFamily", "networkConfiguration")
    return {
        "id": deployment.id,
        "status": "PRIMARY" if deployment.primary else "ACTIVE",
        "taskDefinition": deployment.revision.definition.arn,
        "desiredCount": wanted,
        "pendingCount": counted["PENDING"],
        "runningCount": counted["RUNNING"],
        "failedTasks": deployment.failed_tasks,
        "createdAt": deployment.created_at,
        "updatedAt": deployment.updated_at,
        **({"rolloutState": deployment.rollout.value, "rolloutStateReason": deployment.reason} if rolls else {}),
        **{key: settings[key] for key in shown if key in settings},
    }


def _revision_counts(service: Service, revision: Revision) -> Document:
    deployments = [one for one in service.deployments if one.revision is revision]
    counted = _counted(task for one in deployments for task in service.tasks_of(one))
    wanted = sum(goals.requested(service, one) for one in deployments)
    return {
        "arn": revision.arn,
        "requestedTaskCount": wanted,
        "runningTaskCount": counted["RUNNING"],
        "pendingTaskCount": counted["PENDING"],
    }


def _with_traffic(service: Service, one: ServiceDeployment, revision: Revision) -> Document:
    view = _revision_counts(service, revision)
    if one.production:
        view["requestedProductionTrafficWeight"] = one.production.get(revision.arn, 0.0)
        view["requestedTestTrafficWeight"] = one.test.get(revision.arn, 0.0)
    return view


def _hook(hook: Hook) -> Document:
    """API reference, DeploymentLifecycleHookDetail."""
    return _present(
        {
            "hookId": hook.id,
            "targetType": "PAUSE" if hook.function is None else "AWS_LAMBDA",
            "targetArn": hook.function,
            "status": hook.status.value,
            "expiresAt": hook.expires_at,
            "timeoutAction": "CONTINUE" if hook.goes_on else "ROLLBACK",
        }
    )


def service_deployment_view(service: Service, one: ServiceDeployment) -> Document:
    watched = one.monitor is not Monitor.DISABLED
    return _present(
        {
            **_identity(service, one),
            "updatedAt": one.updated_at,
            "stoppedAt": one.stopped_at,
            "sourceServiceRevisions": [_with_traffic(service, one, revision) for revision in one.sources],
            "targetServiceRevision": _with_traffic(service, one, one.target),
            "lifecycleStage": one.course.stage,
            "lifecycleHookDetails": [_hook(hook) for hook in one.course.hooks] or None,
            "alarms": alarms.view(one),
            "deploymentConfiguration": one.configuration,
            "rollback": one.rollback,
            "deploymentCircuitBreaker": {
                "status": one.monitor.value,
                "failureCount": one.failures if watched else 0,
                "threshold": one.threshold if watched else 0,
            },
        }
    )


def service_deployment_brief(service: Service, one: ServiceDeployment) -> Document:
    return _present({**_identity(service, one), "targetServiceRevisionArn": one.target.arn})


def _identity(service: Service, one: ServiceDeployment) -> Document:
    return {
        "serviceDeploymentArn": one.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster.arn,
        "createdAt": one.created_at,
        "startedAt": one.started_at,
        "finishedAt": one.finished_at,
        "status": one.status.value,
        "statusReason": one.reason,
    }


def revision_view(service: Service, revision: Revision) -> Document:
    containers = revision.definition.body["containerDefinitions"]
    resolved = traffic.resolved(revision)
    return {
        "serviceRevisionArn": revision.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster.arn,
        "taskDefinition": revision.definition.arn,
        "containerImages": [_image(container) for container in containers],
        "guardDutyEnabled": False,
        "createdAt": revision.created_at,
        **({"resolvedConfiguration": resolved} if resolved else {}),
        **revision.settings,
    }


def _image(container: Document) -> Document:
    digest = str(container["image"]).partition("@")[2] or None
    return _present({"containerName": container["name"], "image": container["image"], "imageDigest": digest})


def task_view(task: Task) -> Document:
    body = task.definition.body
    moments: dict[str, datetime | None] = {
        "createdAt": task.created_at,
        "startedAt": task.started_at,
        "stoppingAt": task.stopping_at,
        "stoppedAt": task.stopped_at,
        "executionStoppedAt": task.stopped_at,
    }
    return _present(
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
            **moments,
        }
    )


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
                "reason": state.reason,
                "networkBindings": [dict(binding) for binding in state.network_bindings],
            }
        views.append(_present(view))
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
