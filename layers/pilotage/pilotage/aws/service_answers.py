"""ECS's answers about a service, in our words. Pure.

DescribeServices is eventually consistent ("Amazon ECS eventual consistency", API reference): shortly after a write an
answer may show what was before. Whoever reads one right after a write compares identities, never hopes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pilotage.errors import BadRequest
from pilotage.ports import Running, Started
from pilotage.rollout import TERMINAL, DeploymentStatus, Hook, ServiceDeployment

Answer = Mapping[str, Any]

_TRIGGERED = "TRIGGERED"  # of a circuit breaker and of alarms (API reference, ServiceDeploymentRollbackMonitorsStatus)
_ALL = 100.0  # percent of the traffic
_NO_CAPACITY = "Capacity is unavailable at this time"  # Fargate's words, of Spot as well


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
        tags={str(tag.get("key")): str(tag.get("value") or "") for tag in service.get("tags") or ()},
    )


def started(service: Answer, service_deployment_arn: str | None) -> Started:
    primary = primary_of(service)
    return Started(service["serviceArn"], primary["taskDefinition"], primary["id"], service_deployment_arn)


def service_deployment(answer: Answer, revisions: Mapping[str, str]) -> ServiceDeployment:
    """`revisions` maps ARNs of service revisions to those of their task definitions."""
    status = DeploymentStatus(answer["status"])
    rollback, target = answer.get("rollback") or {}, answer.get("targetServiceRevision") or {}
    alarms, breaker = answer.get("alarms") or {}, answer.get("deploymentCircuitBreaker") or {}
    configuration = answer.get("deploymentConfiguration") or {}
    shifts, step_percent = _shifts(configuration)
    return ServiceDeployment(
        arn=answer["serviceDeploymentArn"],
        status=status,
        reason=rollback.get("reason") or answer.get("statusReason"),
        target_revision=revisions.get(target.get("arn", "")),
        rollback_revision=revisions.get(rollback.get("serviceRevisionArn", "")),
        finished_at=answer.get("finishedAt") or (answer.get("stoppedAt") if status in TERMINAL else None),
        wanted=target.get("requestedTaskCount"),
        running=target.get("runningTaskCount"),
        stage=answer.get("lifecycleStage"),
        hooks=tuple(_hook(detail) for detail in answer.get("lifecycleHookDetails") or ()),
        traffic=target.get("requestedProductionTrafficWeight") if shifts else None,
        test_traffic=target.get("requestedTestTrafficWeight") if shifts else None,
        breaker_tripped=breaker.get("status") == _TRIGGERED,
        alarms_triggered=_went_off(alarms),
        early_success=_early_success(configuration),
        shifts=shifts,
        step_percent=step_percent,
    )


def _hook(detail: Answer) -> Hook:
    """API reference, DeploymentLifecycleHookDetail: a pause has no target."""
    return Hook(
        id=str(detail.get("hookId", "")),
        status=str(detail.get("status", "")),
        target=detail.get("targetArn") or (None if detail.get("targetType") == "PAUSE" else "unknown"),
        expires_at=detail.get("expiresAt"),
        timeout_action=str(detail.get("timeoutAction") or "ROLLBACK"),
    )


def _shifts(configuration: Answer) -> tuple[int, float]:
    """In how many steps production traffic moves, and by how many percent each (API reference, CanaryConfiguration and
    LinearConfiguration, with their defaults).
    """
    match configuration.get("strategy"):
        case "BLUE_GREEN":
            return 1, _ALL
        case "CANARY":
            percent = float((configuration.get("canaryConfiguration") or {}).get("canaryPercent") or 5.0)
            return (2, percent) if percent < _ALL else (1, _ALL)
        case "LINEAR":
            percent = float((configuration.get("linearConfiguration") or {}).get("stepPercent") or 10.0)
            return math.ceil(round(_ALL / percent, 6)), percent
    return 0, _ALL


def _went_off(alarms: Answer) -> tuple[str, ...]:
    """The alarms by name; all that were watched, where ECS says that some did and not which."""
    named = tuple(str(name) for name in alarms.get("triggeredAlarmNames") or ())
    if named or alarms.get("status") != _TRIGGERED:
        return named
    return tuple(str(name) for name in alarms.get("alarmNames") or ()) or ("unnamed",)


def _early_success(configuration: Answer) -> int | None:
    """Percent of tasks that are enough; None where all are needed."""
    criteria = configuration.get("earlySuccessCriteria") or {}
    percent = criteria.get("healthyPercent") if criteria.get("enable") else None
    return None if percent is None or percent >= _ALL else int(percent)


def no_capacity(service: Answer, since: datetime) -> str | None:
    """The newest service event since then that says so ("Amazon ECS service event messages", Developer Guide)."""
    for event in service.get("events") or ():
        said = str(event.get("message", ""))
        if _NO_CAPACITY in said and event.get("createdAt") is not None and event["createdAt"] >= since:
            return said
    return None


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
