"""The deployment under way: what ECS answered, and whether to keep waiting, stop it, or end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pilotage.release import Target


class DeploymentStatus(StrEnum):
    """ECS's `serviceDeployments[].status` (API reference, ServiceDeployment)."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOP_REQUESTED = "STOP_REQUESTED"
    STOPPED = "STOPPED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"


@dataclass(frozen=True, slots=True)
class ServiceDeployment:
    """DescribeServiceDeployments, in our words."""

    arn: str
    status: DeploymentStatus
    reason: str | None
    target_revision: str | None  # task definition ARN of the target service revision
    rollback_revision: str | None  # task definition ARN that a rollback went to
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rollout:
    """An open rollout, as the table keeps it from Apply until the end of the wait. One per target at the most."""

    release_id: str
    target: Target
    cluster: str
    service_arn: str
    revision: str
    previous_revision: str | None
    deployment_id: str | None
    service_deployment_arn: str | None
    previous_service_deployment_arn: str | None
    started_at: datetime
    deadline: datetime
    first: bool  # no release of this service completed before
    task_token: str | None = None
    stop_requested_at: datetime | None = None
    stop_because: str | None = None  # "deadline", "superseded by ..."
    stop_reasons: tuple[str, ...] = ()  # of tasks that died, as their events came
