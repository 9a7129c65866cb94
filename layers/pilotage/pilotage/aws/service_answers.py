"""ECS's answers about a service, in our words. Pure.

DescribeServices is eventually consistent ("Amazon ECS eventual consistency", API reference): shortly after a write an
answer may show what was before. Whoever reads one right after a write compares identities, never hopes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.errors import BadRequest
from pilotage.ports import Running, Started
from pilotage.rollout import TERMINAL, DeploymentStatus, ServiceDeployment

Answer = Mapping[str, Any]


def primary_of(service: Answer) -> Answer:
    """The PRIMARY deployment. Raises BadRequest for a service whose deployments are not ECS's own.

    Services of the controllers CODE_DEPLOY and EXTERNAL have task sets and no deployments.
    """
    for deployment in service.get("deployments") or ():
        if deployment.get("status") == "PRIMARY":
            return dict(deployment)
    controller = service.get("deploymentController", {}).get("type", "ECS")
    raise BadRequest(
        f"service {service.get('serviceName')}: deployment controller",
        controller,
        "Pilotage changes services that ECS itself deploys: create the service anew with the controller ECS.",
    )


def is_settled(service: Answer) -> bool:
    """Whether no rollout is under way.

    A PRIMARY that is COMPLETED and alone is settled. One that FAILED is, too, when nothing will follow: it starts no
    more tasks, and ECS rolls back only where the circuit breaker says so and another deployment is there to return to.
    `rolloutState` exists for rolling updates alone (API reference, Deployment); without it the service is settled when
    its one deployment runs as many tasks as are wanted.
    """
    primary, deployments = primary_of(service), service["deployments"]
    state = primary.get("rolloutState")
    if state == "FAILED":
        return len(deployments) == 1 or not _rolls_back(service)
    if len(deployments) > 1:
        return False
    if state is None:
        return bool(service["runningCount"] == service["desiredCount"] and service.get("pendingCount", 0) == 0)
    return bool(state == "COMPLETED")


def running(service: Answer) -> Running:
    """`running` counts the tasks of the PRIMARY deployment alone."""
    primary = primary_of(service)
    return Running(
        revision=primary["taskDefinition"],
        deployment_id=primary["id"],
        desired=service["desiredCount"],
        running=primary.get("runningCount", 0),
    )


def started(service: Answer, service_deployment_arn: str | None) -> Started:
    primary = primary_of(service)
    return Started(service["serviceArn"], primary["taskDefinition"], primary["id"], service_deployment_arn)


def service_deployment(answer: Answer, revisions: Mapping[str, str]) -> ServiceDeployment:
    """`revisions` maps ARNs of service revisions to those of their task definitions."""
    status = DeploymentStatus(answer["status"])
    rollback, target = answer.get("rollback") or {}, answer.get("targetServiceRevision") or {}
    return ServiceDeployment(
        arn=answer["serviceDeploymentArn"],
        status=status,
        reason=rollback.get("reason") or answer.get("statusReason"),
        target_revision=revisions.get(target.get("arn", "")),
        rollback_revision=revisions.get(rollback.get("serviceRevisionArn", "")),
        finished_at=answer.get("finishedAt") or (answer.get("stoppedAt") if status in TERMINAL else None),
        wanted=target.get("requestedTaskCount"),
        running=target.get("runningTaskCount"),
    )


def service_revisions_of(answer: Answer) -> list[str]:
    """ARNs of the service revisions that a service deployment goes to and, after a rollback, went back to."""
    named = [
        (answer.get("targetServiceRevision") or {}).get("arn"),
        (answer.get("rollback") or {}).get("serviceRevisionArn"),
    ]
    return list(dict.fromkeys(arn for arn in named if arn))


def _rolls_back(service: Answer) -> bool:
    configuration = service.get("deploymentConfiguration") or {}
    breaker, alarms = configuration.get("deploymentCircuitBreaker") or {}, configuration.get("alarms") or {}
    return any(each.get("enable") and each.get("rollback") for each in (breaker, alarms))
