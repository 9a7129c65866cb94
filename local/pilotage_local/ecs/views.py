"""The state in the shapes of ECS's API reference: Service, Deployment, ServiceDeployment, ServiceRevision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

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
from pilotage_local.ecs.world import World

# What DescribeServices shows of a deployment or a service revision, and not of the service (API reference, Service).
ELSEWHERE = {"serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations", "monitoring"}
OF_DEPLOYMENT = (
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "platformFamily",
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)


def tag_list(tags: Tags) -> list[Document]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def present(document: Document) -> Document:
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
        **{key: value for key, value in service.settings.items() if key not in ELSEWHERE},
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
        **{key: settings[key] for key in OF_DEPLOYMENT if key in settings},
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
    return present(
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
    return present(
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
    return present({**_identity(service, one), "targetServiceRevisionArn": one.target.arn})


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
    return present({"containerName": container["name"], "image": container["image"], "imageDigest": digest})
