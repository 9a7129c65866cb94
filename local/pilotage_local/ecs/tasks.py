"""What the model asks of whoever runs containers: start a task, say how it is, stop it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class TaskStatus(StrEnum):
    """The part of ECS's task lifecycle that a runner can see (developer guide, task lifecycle)."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


class Health(StrEnum):
    """API reference, Task, healthStatus."""

    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    UNKNOWN = "UNKNOWN"


class StopCode(StrEnum):
    """API reference, Task, stopCode."""

    FAILED_TO_START = "TaskFailedToStart"
    CONTAINER_EXITED = "EssentialContainerExited"
    USER = "UserInitiated"
    SCHEDULER = "ServiceSchedulerInitiated"
    SPOT = "SpotInterruption"


@dataclass(frozen=True, slots=True)
class ContainerState:
    """One container of a task. `exit_code` is None while it runs and when it never started."""

    name: str
    exit_code: int | None = None
    reason: str | None = None
    image_digest: str | None = None
    runtime_id: str | None = None
    network_bindings: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class TaskState:
    """How a task is now.

    `stop_code` and `stopped_reason` say why it stopped by itself; the model ignores them for a task that it stopped.
    `health` is UNKNOWN where nothing checks it. `healthy_at` is when a check first passed, and is kept after the
    task stopped, so that a short life between two looks is not lost. `private_address` is an IPv4 address.
    """

    status: TaskStatus
    health: Health = Health.UNKNOWN
    containers: tuple[ContainerState, ...] = ()
    started_at: datetime | None = None
    healthy_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_code: StopCode | None = None
    stopped_reason: str | None = None
    private_address: str | None = None


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A task to run. `cluster` is an ARN, `definition` the task definition as DescribeTaskDefinition gives it,
    `overrides` RunTask's, `network` a networkConfiguration, `load_balancers` the service's (a runner may register the
    task there). `checked` says that a container health check or a target group judges it; only then has
    `TaskState.health` a meaning.
    """

    task_id: str
    arn: str
    cluster: str
    family: str
    group: str
    definition: Mapping[str, Any]
    overrides: Mapping[str, Any] = field(default_factory=dict)
    network: Mapping[str, Any] = field(default_factory=dict)
    load_balancers: tuple[Mapping[str, Any], ...] = ()
    checked: bool = False

    @property
    def images(self) -> tuple[str, ...]:
        return tuple(str(container["image"]) for container in self.definition["containerDefinitions"])


class TaskRunner(Protocol):
    """Whoever runs containers. The model calls it from one thread at a time and never waits for it."""

    def start(self, task: TaskSpec) -> None:
        """Begin to start it and return at once; a failure shows in `state`."""

    def state(self, task_id: str) -> TaskState:
        """How a task that was started is now. Remembered at least until the model has seen it STOPPED."""

    def stop(self, task_id: str, reason: str) -> None:
        """Ask it to stop and return at once. Idempotent; also of a task that has stopped."""
