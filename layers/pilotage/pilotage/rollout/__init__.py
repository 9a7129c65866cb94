"""The deployment under way: what ECS answered, and whether to keep waiting, stop it, or end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pilotage.target import Target


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
    wanted: int | None = None  # tasks of the target revision; None: ECS does not say
    running: int | None = None

    @property
    def progress(self) -> str | None:
        """`1 of 2 new tasks run`; None where ECS does not count, and of a service that wants none."""
        if not self.wanted or self.running is None:
            return None
        return f"{self.running} of {self.wanted} new tasks run"


class Phase(StrEnum):
    """What an open rollout waits for."""

    UNKNOWN = "ECS does not list the deployment yet"
    ROLLING = "new tasks are coming up"
    ROLLING_BACK = "ECS is rolling back"
    STOPPING = "a stop was asked for"


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
    correlation_id: str | None = None  # of the push, for the log lines of whoever follows it
    planned_at: datetime | None = None  # no deployment that is older can be ours
    task_token: str | None = None
    ended_at: datetime | None = None  # when ECS's answer was seen to be an end
    stop_requested_at: datetime | None = None
    stop_because: str | None = None  # set by whoever wants it stopped; the follower acts on it
    superseded: bool = False  # the wish to stop came from a newer release
    stop_reasons: tuple[str, ...] = ()  # of tasks that died, as their events came
    phase: Phase | None = None  # that people were last told of
    progress: str | None = None  # and how far it had come, in words


# How long ECS may take to end a deployment that was told to stop, before a person has to look.
PATIENCE_AFTER_STOP = timedelta(minutes=30)

TERMINAL = frozenset(
    {
        DeploymentStatus.SUCCESSFUL,
        DeploymentStatus.STOPPED,
        DeploymentStatus.ROLLBACK_SUCCESSFUL,
        DeploymentStatus.ROLLBACK_FAILED,
    }
)
_ROLLING_BACK = frozenset({DeploymentStatus.ROLLBACK_REQUESTED, DeploymentStatus.ROLLBACK_IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Wait:
    phase: Phase
    progress: str | None = None  # in words


@dataclass(frozen=True, slots=True)
class Stop:
    """Ask ECS to stop the deployment and roll it back."""

    because: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The wait is over. `status` None: ECS never came to an end of its own."""

    status: DeploymentStatus | None
    reason: str
    finished_at: datetime | None
    rolled_back_to: str | None = None


def judge(rollout: Rollout, answer: ServiceDeployment | None, now: datetime) -> Wait | Stop | Ended:  # noqa: PLR0911 - a table
    """What an answer of DescribeServiceDeployments means for an open rollout.

    Events only wake: ECS documents terminal events for some ends only ("Amazon ECS service deployment state change
    events", Developer Guide), so the status decides. The deadline exists because a circuit breaker may never trip on
    tasks that start, pass their checks and then die.
    """
    if answer is not None and answer.status in TERMINAL:
        return Ended(answer.status, answer.reason or "", answer.finished_at, _rolled_back_to(answer))
    if answer is not None and answer.status in _ROLLING_BACK:
        return _or_give_up(rollout, now, Phase.ROLLING_BACK)
    if rollout.stop_requested_at is not None:
        return _or_give_up(rollout, now, Phase.STOPPING)
    if rollout.stop_because is not None and answer is not None:
        return Stop(rollout.stop_because)
    if now >= rollout.deadline:
        if answer is None:
            return Ended(None, "ECS never listed the deployment before the deadline", None)
        minutes = round((rollout.deadline - rollout.started_at).total_seconds() / 60)
        return Stop(f"the deadline of {minutes} minutes passed")
    return Wait(Phase.UNKNOWN) if answer is None else Wait(Phase.ROLLING, answer.progress)


def _or_give_up(rollout: Rollout, now: datetime, phase: Phase) -> Wait | Ended:
    since = rollout.stop_requested_at or rollout.deadline
    if now >= since + PATIENCE_AFTER_STOP:
        minutes = round(PATIENCE_AFTER_STOP.total_seconds() / 60)
        return Ended(None, f"ECS did not finish within {minutes} minutes after the deadline or the stop", None)
    return Wait(phase)


def _rolled_back_to(answer: ServiceDeployment) -> str | None:
    return answer.rollback_revision if answer.status is DeploymentStatus.ROLLBACK_SUCCESSFUL else None
