"""What the model asks of the world besides tasks: Lambda hooks, CloudWatch alarms, load balancers, capacity.

The model calls every port from one thread at a time, under its caller's lock, and never waits for one: whatever takes
long is started here and asked for later. `scripted_ports` has stand-ins that a test drives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What an invoked function answered: the JSON value it returned, or in `error` why it has none."""

    value: Any = None
    error: str | None = None


class HookRunner(Protocol):
    """Lambda functions that run as lifecycle hooks."""

    def start(self, invocation: str, function_arn: str, payload: Mapping[str, Any]) -> None:
        """Invoke it and return at once. `invocation` is a new id each time, `payload` a JSON object."""

    def answer(self, invocation: str) -> HookAnswer | None:
        """None while it runs. Asked again and again until it answers, and not any more afterwards."""


class AlarmState(StrEnum):
    """CloudWatch API reference, MetricAlarm, StateValue."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class AlarmStates(Protocol):
    """CloudWatch's alarms of this account and region."""

    def state(self, name: str) -> AlarmState:
        """How the alarm stands now; INSUFFICIENT_DATA for one that does not exist."""

    def window(self, name: str) -> float:
        """Seconds over which it is evaluated: its period times its evaluation periods; 0 for one that is missing."""


class TargetState(StrEnum):
    """Elastic Load Balancing API reference, TargetHealth, State."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    DRAINING = "draining"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Target:
    """One container port of a task in one target group. `address` is the task's IPv4 address where it has one."""

    target_group: str
    task_id: str
    container: str
    port: int
    address: str | None = None


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """`reason` and `description` are Elastic Load Balancing's, such as `Target.ResponseCodeMismatch` and
    `Health checks failed with these codes: [502]`; empty for a healthy target.
    """

    state: TargetState
    reason: str = ""
    description: str = ""


class Balancer(Protocol):
    """The Elastic Load Balancing that ECS drives through the service's infrastructure role."""

    def register(self, target: Target) -> None:
        """Idempotent. Called once the task runs, and again should its address become known later."""

    def deregister(self, target: Target) -> None:
        """Begin to drain it and return at once. Idempotent; also of a target that was never registered."""

    def health(self, target: Target) -> TargetHealth:
        """How it is now. DRAINING after `deregister` until open requests are answered or the target group's delay is
        over; UNUSED afterwards, and for one that is not registered. The model stops the task only then.
        """

    def shift(self, rule: str, weights: Mapping[str, float]) -> None:
        """Forward a listener rule (or a listener) to these target groups' ARNs by percent; they add up to 100."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A task that looks for a place. `provider` is a capacity provider's name; `service` is empty for RunTask."""

    cluster: str
    service: str
    launch_type: str
    provider: str | None
    cpu: int
    memory: int


class Capacity(Protocol):
    """Where tasks find room."""

    def refusal(self, wanted: Wanted) -> str | None:
        """Why there is no place for it, as ECS's failure reason (`RESOURCE:FARGATE`, `RESOURCE:MEMORY`); None where
        it fits.
        """

    def reclaimed(self, task_id: str, provider: str, started_at: datetime) -> bool:
        """Whether this running Spot task has got its interruption notice."""
