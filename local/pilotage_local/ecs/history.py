"""Service deployments and service revisions (API reference: ListServiceDeployments, DescribeServiceDeployments,
DescribeServiceRevisions, StopServiceDeployment, ContinueServiceDeployment).
"""

from __future__ import annotations

from datetime import UTC, datetime

from pilotage_local.ecs import deployments, hooks
from pilotage_local.ecs.course import HookStatus
from pilotage_local.ecs.errors import EcsError, invalid
from pilotage_local.ecs.state import Document, Service, ServiceDeployment, Status
from pilotage_local.ecs.views import revision_view, service_deployment_brief, service_deployment_view
from pilotage_local.ecs.world import World, page

MOST_DESCRIBED = 20


def list_service_deployments(world: World, request: Document) -> Document:
    """Newest first. `createdAt` bounds are inclusive."""
    service = world.service(request)
    statuses = request.get("status")
    span = request.get("createdAt") or {}
    wanted = [
        one
        for one in reversed(world.visible(service))
        if (not statuses or one.status.value in statuses)
        and ("after" not in span or one.created_at >= _moment(span["after"]))
        and ("before" not in span or one.created_at <= _moment(span["before"]))
    ]
    chosen, token = page(wanted, request, default=20)
    views = [service_deployment_brief(service, one) for one in chosen]
    return {"serviceDeployments": views, **({"nextToken": token} if token else {})}


def describe_service_deployments(world: World, request: Document) -> Document:
    arns = _checked(request["serviceDeploymentArns"])
    found = {arn: _find(world, arn) for arn in arns}
    return {
        "serviceDeployments": [service_deployment_view(*pair) for pair in found.values() if pair is not None],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn, pair in found.items() if pair is None],
    }


def describe_service_revisions(world: World, request: Document) -> Document:
    views, failures = [], []
    for arn in _checked(request["serviceRevisionArns"]):
        revision = world.revisions.get(arn)
        service = _service_of(world, arn)
        if revision is None or service is None:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            views.append(revision_view(service, revision))
    return {"serviceRevisions": views, "failures": failures}


def stop_service_deployment(world: World, request: Document) -> Document:
    """Developer guide, "Stopping Amazon ECS service deployments": one that has ended is a conflict."""
    arn = str(request["serviceDeploymentArn"])
    kind = str(request.get("stopType") or "ROLLBACK")
    if kind not in {"ROLLBACK", "ABORT"}:
        raise invalid(f"stopType cannot be {kind!r}.")
    _, deployment = _found(world, arn)
    if deployment.status.final:
        message = f"The service deployment is in the state {deployment.status.value} and cannot be stopped."
        raise EcsError("ConflictException", message)
    deployments.request_stop(world, deployment, kind)
    return {"serviceDeploymentArn": arn}


def continue_service_deployment(world: World, request: Document) -> Document:
    """Developer guide, "Continuing service deployments": the deployment is IN_PROGRESS and the hook AWAITING_ACTION.
    Without an action it goes on.
    """
    arn = str(request["serviceDeploymentArn"])
    action = str(request.get("action") or "CONTINUE")
    if action not in {"CONTINUE", "ROLLBACK"}:
        raise invalid(f"action cannot be {action!r}.")
    service, deployment = _found(world, arn)
    if deployment.status is not Status.IN_PROGRESS:
        message = f"The service deployment is in the state {deployment.status.value} and cannot be continued."
        raise invalid(message)
    hook = next((one for one in deployment.course.hooks if one.id == request["hookId"]), None)
    if hook is None or hook.status is not HookStatus.AWAITING_ACTION:
        raise invalid(f"The hook {request['hookId']} is not awaiting an action.")
    hooks.answer_pause(world, service, deployment, hook, goes_on=action == "CONTINUE")
    return {"serviceDeploymentArn": arn}


def _moment(value: datetime | float) -> datetime:
    """Botocore has datetimes, the wire seconds since 1970."""
    return value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)


def _checked(arns: list[str]) -> list[str]:
    if not 0 < len(arns) <= MOST_DESCRIBED:
        raise invalid(f"Between 1 and {MOST_DESCRIBED} ARNs can be described at once.")
    return [str(arn) for arn in arns]


def _service_of(world: World, arn: str) -> Service | None:
    """The last three parts of both kinds of ARN are cluster, service and id."""
    parts = arn.split("/")
    return world.services.get(world.names.arn("service/" + "/".join(parts[1:3])))


def _found(world: World, arn: str) -> tuple[Service, ServiceDeployment]:
    found = _find(world, arn)
    if found is None:
        raise EcsError("ServiceDeploymentNotFoundException", "The service deployment was not found.")
    return found


def _find(world: World, arn: str) -> tuple[Service, ServiceDeployment] | None:
    service = _service_of(world, arn)
    if service is None:
        return None
    return next(((service, one) for one in service.history if one.arn == arn), None)
