"""A service deployment of ECS, in our words: what DescribeServiceDeployments answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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


TERMINAL = frozenset(
    {
        DeploymentStatus.SUCCESSFUL,
        DeploymentStatus.STOPPED,
        DeploymentStatus.ROLLBACK_SUCCESSFUL,
        DeploymentStatus.ROLLBACK_FAILED,
    }
)


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

    @property
    def broke(self) -> bool:
        """It failed, or took too long."""
        return self.status in {"FAILED", "TIMED_OUT"}


@dataclass(frozen=True, slots=True)
class ServiceDeployment:
    """DescribeServiceDeployments, in our words. `traffic` and `test_traffic`: percent that the target revision is to
    have; None where nothing is shifted. `stage`: ECS's lifecycle stage. `shifts`: in so many steps production traffic
    moves, each by `step_percent` but the last; 0 where nothing is shifted.
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
    shifts: int = 0
    step_percent: float = 100.0

    @property
    def progress(self) -> str | None:
        """`1 of 2 new tasks run`; None where ECS does not count, and of a service that wants none."""
        if not self.wanted or self.running is None:
            return None
        return f"{self.running} of {self.wanted} new tasks run"

    @property
    def is_up(self) -> bool:
        """All the tasks run that are wanted."""
        return bool(self.wanted) and (self.running or 0) >= (self.wanted or 0)

    @property
    def pause(self) -> Hook | None:
        """The hook that waits for a decision."""
        return next((hook for hook in self.hooks if hook.awaits_action), None)

    @property
    def step(self) -> int:
        """How many steps of traffic were made: 0 before the first."""
        return min(self.shifts, math.ceil(round((self.traffic or 0.0) / self.step_percent, 6)))

    def share(self, step: int) -> float:
        """Percent of the traffic after that step, from 1."""
        return 100.0 if step >= self.shifts else step * self.step_percent
