"""Faults on demand: what tests, and `pilotage local inject fault`, make tasks suffer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pilotage_local.ecs.ports import Wanted
from pilotage_local.ecs.tasks import TaskSpec


class FaultKind(StrEnum):
    """What happens to a task. CRASH, OOM, HANG and UNHEALTHY meet tasks that run already, too."""

    CRASH = "crash"  # it ends with `exit_code`
    HANG = "hang"  # what checks it never says healthy, and never sick; a task that nothing checks does not show it
    OOM = "oom"  # 137, OutOfMemoryError
    UNHEALTHY = "unhealthy"  # its target group, or else its own check, says no: 502
    PULL = "pull"  # its image cannot be pulled
    SPOT = "spot"  # a running Spot task is taken away
    CAPACITY = "capacity"  # there is no place for it


@dataclass(frozen=True, slots=True)
class Fault:
    """Whom it meets: tasks of `service` (a name) whose image has `image` in its reference; None means all of them.
    `provider` narrows CAPACITY to one capacity provider. `tasks` tasks at the most, `after` seconds after they started
    to run; `reason` replaces ECS's usual words.
    """

    kind: FaultKind
    service: str | None = None
    image: str | None = None
    provider: str | None = None
    tasks: int | None = None
    after: float = 0.0
    exit_code: int = 1
    reason: str = ""

    def meets(self, task: TaskSpec) -> bool:
        ours = self.service is None or task.group == f"service:{self.service}"
        return ours and (self.image is None or any(self.image in image for image in task.images))

    def refuses(self, wanted: Wanted) -> bool:
        ours = self.service is None or wanted.service == self.service
        return ours and (self.provider is None or wanted.provider == self.provider)


@dataclass(slots=True, eq=False)
class _Running:
    fault: Fault
    until: datetime | None
    met: set[str] = field(default_factory=set)
    refusals: int = 0

    def over(self, now: datetime) -> bool:
        return self.until is not None and now >= self.until


class Faults:
    """What is injected at present. A task that a fault has met keeps it until the fault's time is over."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._running: list[_Running] = []
        self._tasks: dict[str, TaskSpec] = {}

    def inject(self, fault: Fault, seconds: float | None = None) -> None:
        """For a span of time, or until `clear`."""
        until = None if seconds is None else self._clock() + timedelta(seconds=seconds)
        self._running.append(_Running(fault, until))

    def clear(self, kind: FaultKind | None = None) -> None:
        """End those of one kind, or all."""
        self._running = [one for one in self._running if kind is not None and one.fault.kind is not kind]

    def injected(self) -> list[Fault]:
        return [one.fault for one in self._present()]

    def started(self, task: TaskSpec) -> None:
        self._tasks[task.task_id] = task

    def ended(self, task_id: str) -> None:
        self._tasks.pop(task_id, None)

    def behind_balancer(self, task_id: str) -> bool:
        task = self._tasks.get(task_id)
        return task is not None and bool(task.load_balancers)

    def of(self, task_id: str, *kinds: FaultKind) -> Fault | None:
        """The fault of these kinds that this task has met, or meets now."""
        task = self._tasks.get(task_id)
        if task is None:
            return None
        for one in self._present():
            if one.fault.kind not in kinds or not one.fault.meets(task):
                continue
            if task_id in one.met or one.fault.tasks is None or len(one.met) < one.fault.tasks:
                one.met.add(task_id)
                return one.fault
        return None

    def refusal(self, wanted: Wanted) -> str | None:
        """Why there is no place; each refusal counts as one task."""
        for one in self._present():
            fault = one.fault
            if fault.kind is not FaultKind.CAPACITY or not fault.refuses(wanted):
                continue
            if fault.tasks is None or one.refusals < fault.tasks:
                one.refusals += 1
                usual = "RESOURCE:FARGATE" if wanted.launch_type == "FARGATE" else "RESOURCE:MEMORY"
                return fault.reason or usual
        return None

    def _present(self) -> list[_Running]:
        now = self._clock()
        self._running = [one for one in self._running if not one.over(now)]
        return self._running
