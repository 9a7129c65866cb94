"""The deployment under way: what ECS answered, and whether to keep waiting, stop it, or end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pilotage.measure import Measure
from pilotage.migration import MigrationRun
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


class Cause(StrEnum):
    """Why a deployment was rolled back or stopped: who or what made ECS do it."""

    BREAKER = "circuit breaker"
    ALARM = "alarm"
    CHECK = "check"  # a hook of ours said no: a smoke test, or a comparison
    HOOK = "hook"  # a hook failed or timed out that is not ours
    REFUSED = "refused at a pause"  # by a person, or by a machine with a signed webhook
    PAUSE_TIMEOUT = "nobody decided at a pause"
    PERSON = "person"  # asked for it while it ran
    DEADLINE = "deadline"
    NEWER = "newer release"
    FOREIGN = "foreign"  # somebody else stopped it, or deployed over it
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hook:
    """A lifecycle hook that is active, or was (API reference, DeploymentLifecycleHookDetail).

    `status`: AWAITING_ACTION, IN_PROGRESS, SUCCEEDED, FAILED or TIMED_OUT. `target`: the function's ARN, None for a
    pause. `timeout_action`: ROLLBACK or CONTINUE.
    """

    id: str
    status: str
    target: str | None = None
    expires_at: datetime | None = None
    timeout_action: str = "ROLLBACK"

    @property
    def awaits_action(self) -> bool:
        return self.target is None and self.status == "AWAITING_ACTION"


@dataclass(frozen=True, slots=True)
class ServiceDeployment:
    """DescribeServiceDeployments, in our words. `traffic` and `test_traffic`: percent that the target revision is to
    have; None where nothing is shifted. `stage`: ECS's lifecycle stage.
    """

    arn: str
    status: DeploymentStatus
    reason: str | None
    target_revision: str | None  # task definition ARN of the target service revision
    rollback_revision: str | None  # task definition ARN that a rollback went to
    finished_at: datetime | None
    wanted: int | None = None  # tasks of the target revision; None: ECS does not say
    running: int | None = None
    stage: str | None = None
    hooks: tuple[Hook, ...] = ()
    traffic: float | None = None
    test_traffic: float | None = None
    breaker_tripped: bool = False
    alarms_triggered: tuple[str, ...] = ()
    early_success: int | None = None  # percent of healthy tasks that this deployment calls a success

    @property
    def progress(self) -> str | None:
        """`1 of 2 new tasks run`; None where ECS does not count, and of a service that wants none."""
        if not self.wanted or self.running is None:
            return None
        return f"{self.running} of {self.wanted} new tasks run"

    @property
    def pause(self) -> Hook | None:
        """The hook that waits for a decision."""
        return next((hook for hook in self.hooks if hook.awaits_action), None)


class Phase(StrEnum):
    """What an open rollout waits for."""

    UNKNOWN = "ECS does not list the deployment yet"
    ROLLING = "new tasks are coming up"
    TESTING = "test traffic goes to the new revision"
    SHIFTING = "traffic shifts to the new revision"
    CHECKING = "a check runs"
    PAUSED = "a decision is awaited"
    BAKING = "both revisions run, all traffic goes to the new one"
    CLEANING_UP = "the old revision is taken down"
    MIGRATING = "the migration after the rollout runs"
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
    plan_hash: str | None = None
    strategy: str = "rolling"
    stage: str | None = None  # ECS's, as it was last seen
    traffic: float | None = None  # percent that the new revision has, as it was last seen
    hook: str | None = None  # id of the pause that people were last asked about
    about: str | None = None  # and what they were asked, in words
    no_capacity: str | None = None  # what ECS said when Spot had none
    fell_back: bool = False  # it goes on on demand
    measures: tuple[Measure, ...] = ()  # noted by whoever measures, never by `save`
    succeeded: bool = False  # ECS is done, and the migration after it runs


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
    cause: Cause | None = None  # None: it was not rolled back, or nobody knows
    alarms: tuple[str, ...] = ()  # that went off
    early: str | None = None  # that it counts as a success before all tasks were up, in words
    migration: MigrationRun | None = None  # the one after the rollout


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
