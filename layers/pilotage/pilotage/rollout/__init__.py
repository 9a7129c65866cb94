"""The deployment under way: what ECS answered, and whether to keep waiting, ask, stop it, fall back, or end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pilotage.rollout.causes import Cause
from pilotage.rollout.deployment import TERMINAL, DeploymentStatus, Hook, ServiceDeployment
from pilotage.rollout.ending import Ended, ended
from pilotage.rollout.open_rollout import Rollout
from pilotage.rollout.phases import Phase, about, seen

__all__ = [
    "PATIENCE_AFTER_STOP",
    "TERMINAL",
    "Ask",
    "Cause",
    "DeploymentStatus",
    "Ended",
    "FallBack",
    "Hook",
    "Phase",
    "Rollout",
    "ServiceDeployment",
    "Stop",
    "Verdict",
    "Wait",
    "ended",
    "judge",
]

# How long ECS may take to end a deployment that was told to stop, before a person has to look.
PATIENCE_AFTER_STOP = timedelta(minutes=30)

_ROLLING_BACK = frozenset({DeploymentStatus.ROLLBACK_REQUESTED, DeploymentStatus.ROLLBACK_IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Wait:
    phase: Phase
    progress: str | None = None  # in words


@dataclass(frozen=True, slots=True)
class Ask:
    """ECS stands at a pause: people are asked, and what they decide is done. `about`: in words."""

    hook: Hook
    about: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Ask ECS to stop the deployment and roll it back."""

    because: str
    cause: Cause = Cause.PERSON


@dataclass(frozen=True, slots=True)
class FallBack:
    """Spot has no capacity: go on on demand, as the plan says."""

    because: str


Verdict = Wait | Ask | Stop | FallBack | Ended


def judge(rollout: Rollout, answer: ServiceDeployment | None, now: datetime) -> Verdict:  # noqa: PLR0911 - a table
    """What an answer of DescribeServiceDeployments means for an open rollout.

    Events only wake: ECS documents terminal events for some ends only ("Amazon ECS service deployment state change
    events", Developer Guide), so the status decides. The deadline exists because a circuit breaker may never trip on
    tasks that start, pass their checks and then die.
    """
    if answer is not None and answer.status in TERMINAL:
        return ended(rollout, answer)
    if rollout.succeeded:
        return Ended(DeploymentStatus.SUCCESSFUL, "ECS was done before the migration began", None)
    if answer is not None and answer.status in _ROLLING_BACK:
        return _or_give_up(rollout, now, Phase.ROLLING_BACK)
    if rollout.stop_requested_at is not None:
        return _or_give_up(rollout, now, Phase.STOPPING)
    if rollout.stop_because is not None and answer is not None:
        return Stop(rollout.stop_because, Cause.NEWER if rollout.superseded else rollout.stop_cause or Cause.PERSON)
    if now >= rollout.deadline:
        if answer is None:
            return Ended(None, "ECS never listed the deployment before the deadline", None)
        minutes = round((rollout.deadline - rollout.started_at).total_seconds() / 60)
        return Stop(f"the deadline of {minutes} minutes passed", Cause.DEADLINE)
    if answer is None:
        return Wait(Phase.UNKNOWN)
    if rollout.no_capacity and rollout.can_fall_back and not rollout.fell_back and not answer.is_up:
        return FallBack(rollout.no_capacity)
    return Wait(*seen(answer)) if answer.pause is None else Ask(answer.pause, about(answer))


def _or_give_up(rollout: Rollout, now: datetime, phase: Phase) -> Wait | Ended:
    since = rollout.stop_requested_at or rollout.deadline
    if now >= since + PATIENCE_AFTER_STOP:
        minutes = round(PATIENCE_AFTER_STOP.total_seconds() / 60)
        return Ended(None, f"ECS did not finish within {minutes} minutes after the deadline or the stop", None)
    return Wait(phase)
