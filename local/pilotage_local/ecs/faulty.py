"""The ports with faults between the model and them. Without a fault they say what the port behind them says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from pilotage_local.ecs.faults import Fault, FaultKind, Faults
from pilotage_local.ecs.ports import Balancer, Capacity, Target, TargetHealth, TargetState, Wanted
from pilotage_local.ecs.tasks import ContainerState, Health, StopCode, TaskRunner, TaskSpec, TaskState, TaskStatus

KILLED = 137  # 128 + SIGKILL
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
BAD_GATEWAY = TargetHealth(
    TargetState.UNHEALTHY, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [502]"
)


class FaultyTasks:
    """A TaskRunner."""

    def __init__(self, runner: TaskRunner, faults: Faults, clock: Callable[[], datetime]) -> None:
        self._runner, self._faults, self._clock = runner, faults, clock
        self._ended: dict[str, TaskState] = {}  # those that a fault ended; for good

    def start(self, task: TaskSpec) -> None:
        self._faults.started(task)
        fault = self._faults.of(task.task_id, FaultKind.PULL)
        if fault is None:
            self._runner.start(task)
        else:
            self._ended[task.task_id] = self._unpulled(task, fault)

    def state(self, task_id: str) -> TaskState:
        if task_id in self._ended:
            return self._ended[task_id]
        state = self._runner.state(task_id)
        if state.status is TaskStatus.STOPPED:
            self._faults.ended(task_id)
        if state.status is not TaskStatus.RUNNING:
            return state
        fault = self._faults.of(task_id, FaultKind.CRASH, FaultKind.OOM)
        if fault is not None and self._clock() >= (state.started_at or self._clock()) + timedelta(seconds=fault.after):
            return self._end(task_id, state, fault)
        return self._sick(task_id, state)

    def stop(self, task_id: str, reason: str) -> None:
        if task_id not in self._ended:
            self._runner.stop(task_id, reason)

    def _end(self, task_id: str, state: TaskState, fault: Fault) -> TaskState:
        self._runner.stop(task_id, f"injected fault: {fault.kind}")
        self._faults.ended(task_id)
        oom = fault.kind is FaultKind.OOM
        code, reason = (KILLED, fault.reason or OUT_OF_MEMORY) if oom else (fault.exit_code, fault.reason or None)
        self._ended[task_id] = replace(
            state,
            status=TaskStatus.STOPPED,
            health=Health.UNKNOWN,
            containers=tuple(replace(one, exit_code=code, reason=reason) for one in state.containers),
            healthy_at=state.healthy_at if fault.after else None,
            stopped_at=self._clock(),
            stop_code=StopCode.CONTAINER_EXITED,
            stopped_reason="Essential container in task exited",
        )
        return self._ended[task_id]

    def _sick(self, task_id: str, state: TaskState) -> TaskState:
        if self._faults.of(task_id, FaultKind.HANG) is not None:
            return replace(state, health=Health.UNKNOWN, healthy_at=None)
        behind = self._faults.behind_balancer(task_id)
        if not behind and self._faults.of(task_id, FaultKind.UNHEALTHY) is not None:
            return replace(state, health=Health.UNHEALTHY)
        return state

    def _unpulled(self, task: TaskSpec, fault: Fault) -> TaskState:
        image = task.images[0]
        usual = (
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): "
            f"failed to resolve ref {image}: {image}: not found"
        )
        reason = fault.reason or usual
        names = [str(one["name"]) for one in task.definition["containerDefinitions"]]
        self._faults.ended(task.task_id)
        return TaskState(
            TaskStatus.STOPPED,
            containers=tuple(ContainerState(name, reason=reason) for name in names),
            stopped_at=self._clock(),
            stop_code=StopCode.FAILED_TO_START,
            stopped_reason=reason,
        )


class FaultyBalancer:
    """A Balancer."""

    def __init__(self, balancer: Balancer, faults: Faults) -> None:
        self._balancer, self._faults = balancer, faults

    def register(self, target: Target) -> None:
        self._balancer.register(target)

    def deregister(self, target: Target) -> None:
        self._balancer.deregister(target)

    def health(self, target: Target) -> TargetHealth:
        health = self._balancer.health(target)
        if health.state in {TargetState.DRAINING, TargetState.UNUSED}:
            return health
        fault = self._faults.of(target.task_id, FaultKind.UNHEALTHY)
        if fault is not None:
            return replace(BAD_GATEWAY, description=fault.reason) if fault.reason else BAD_GATEWAY
        if self._faults.of(target.task_id, FaultKind.HANG) is not None:
            return TargetHealth(TargetState.INITIAL, "Elb.InitialHealthChecking", "Initial health checks in progress")
        return health

    def shift(self, rule: str, weights: Mapping[str, float]) -> None:
        self._balancer.shift(rule, weights)


class FaultyCapacity:
    """A Capacity."""

    def __init__(self, capacity: Capacity, faults: Faults) -> None:
        self._capacity, self._faults = capacity, faults

    def refusal(self, wanted: Wanted) -> str | None:
        return self._faults.refusal(wanted) or self._capacity.refusal(wanted)

    def reclaimed(self, task_id: str, provider: str, started_at: datetime) -> bool:
        if self._faults.of(task_id, FaultKind.SPOT) is not None:
            return True
        return self._capacity.reclaimed(task_id, provider, started_at)
