"""How far a deployment has come on its way through the lifecycle stages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pilotage_local.ecs.stages import Stage, Stop


class HookStatus(StrEnum):
    """API reference, DeploymentLifecycleHookDetail, status."""

    AWAITING_ACTION = "AWAITING_ACTION"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"

    @property
    def open(self) -> bool:
        return self in {HookStatus.AWAITING_ACTION, HookStatus.IN_PROGRESS}


@dataclass(slots=True, eq=False)
class Hook:
    """One invocation of a lifecycle hook. `invocation` is the call of its function that runs, `again_at` when the next
    one is due; a pause has neither. `goes_on`: a timeout continues.
    """

    id: str
    stage: Stage
    status: HookStatus
    expires_at: datetime
    goes_on: bool
    function: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    invocation: str | None = None
    again_at: datetime | None = None

    @property
    def refused(self) -> bool:
        """It wants the deployment rolled back."""
        return self.status is HookStatus.FAILED or (self.status is HookStatus.TIMED_OUT and not self.goes_on)


@dataclass(slots=True, eq=False)
class Course:
    """`hooks` are those of the present stage, and those that failed before. `entered_at` is None until the present
    stage has begun, `until` the end of its bake.
    """

    stops: tuple[Stop, ...] = ()
    at: int = 0
    backwards: bool = False
    entered_at: datetime | None = None
    until: datetime | None = None
    hooks: list[Hook] = field(default_factory=list)

    @property
    def stop(self) -> Stop | None:
        """None when every stage is over."""
        return self.stops[self.at] if self.at < len(self.stops) else None

    @property
    def stage(self) -> Stage | None:
        """The last one goes on being shown when it is over."""
        return self.stops[min(self.at, len(self.stops) - 1)].stage if self.stops else None

    def passed(self, stage: Stage) -> bool:
        """Whether that stage has begun, or is already over."""
        reached = self.stops[: self.at + (self.entered_at is not None)]
        return any(stop.stage is stage for stop in reached)

    @property
    def paused(self) -> bool:
        return any(hook.status is HookStatus.AWAITING_ACTION for hook in self.hooks)
