"""Tasks without containers: each behaves as the script of its image says, on the injected clock.

It stands in where there is no Docker engine, and drives the property tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pilotage_local.ecs.tasks import ContainerState, Health, StopCode, TaskSpec, TaskState, TaskStatus

TERMINATED = 143  # 128 + SIGTERM


@dataclass(frozen=True, slots=True)
class Script:
    """What becomes of a task. Seconds count from `start` for `starts_after`, and from RUNNING for the rest.

    Without `starts_after` it never starts, and `refusal` says why. `healthy_after`, `unhealthy_after` matter only for
    tasks that something checks. `exits_after` ends it with `exit_code`. `stops_in` is how long it takes to stop.
    """

    starts_after: float | None = 1.0
    refusal: str = ""
    fails_after: float = 1.0
    healthy_after: float = 1.0
    unhealthy_after: float | None = None
    exits_after: float | None = None
    exit_code: int = 0
    stops_in: float = 1.0


HEALTHY = Script()


def never_starts(image: str, after: float = 1.0) -> Script:
    """The image cannot be pulled (developer guide, CannotPullContainer task errors)."""
    refusal = f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}"
    return Script(starts_after=None, refusal=f"{refusal}: not found", fails_after=after)


def exits(code: int, after: float = 0.0) -> Script:
    """It runs, and ends with `code` before any check could pass."""
    return Script(exits_after=after, exit_code=code, healthy_after=after + 1.0)


def dies_healthy(after: float, healthy_after: float = 1.0, code: int = 1) -> Script:
    """It starts, passes its checks and dies: the crash loop that a breaker with resetOnHealthyTask never ends."""
    return Script(exits_after=after, exit_code=code, healthy_after=healthy_after)


def becomes_unhealthy(after: float = 0.0) -> Script:
    """It runs and fails its health check; with `after` larger than `healthy_after` it was healthy once."""
    return Script(unhealthy_after=after, healthy_after=1.0 if after > 1.0 else after + 1.0)


@dataclass(slots=True)
class _Life:
    spec: TaskSpec
    script: Script
    began: datetime
    stop_asked: datetime | None = None


class ScriptedTasks:
    """A TaskRunner. A script belongs to an image reference or to a digest within one; others behave as `default`."""

    def __init__(
        self, clock: Callable[[], datetime], scripts: Mapping[str, Script] | None = None, default: Script = HEALTHY
    ) -> None:
        self._clock = clock
        self._scripts = dict(scripts or {})
        self._default = default
        self._lives: dict[str, _Life] = {}

    def script(self, image_or_digest: str, script: Script) -> None:
        """Tasks started from now on with this image behave so; those that run keep what they began with."""
        self._scripts[image_or_digest] = script

    def start(self, task: TaskSpec) -> None:
        self._lives[task.task_id] = _Life(task, self._script_of(task), self._clock())

    def stop(self, task_id: str, reason: str) -> None:  # noqa: ARG002 - a port's method; a script has no use for it
        life = self._lives[task_id]
        if life.stop_asked is None:
            life.stop_asked = self._clock()

    def state(self, task_id: str) -> TaskState:
        life = self._lives[task_id]
        script = life.script
        now = self._clock()
        if script.starts_after is None:
            return _refused(life, now)
        running = life.began + timedelta(seconds=script.starts_after)
        if life.stop_asked is not None and life.stop_asked < running:
            ended = life.stop_asked + timedelta(seconds=script.stops_in)
            return _pending(life) if now < ended else _stopped_early(life, ended)
        if now < running:
            return _pending(life)
        return _after_start(life, running, now)

    def _script_of(self, task: TaskSpec) -> Script:
        for image in task.images:
            digest = image.partition("@")[2]
            for key in (image, digest):
                if key in self._scripts:
                    return self._scripts[key]
        return self._default


def _names(life: _Life) -> tuple[str, ...]:
    return tuple(str(container["name"]) for container in life.spec.definition["containerDefinitions"])


def _containers(
    life: _Life, exit_code: int | None = None, reason: str | None = None, *, known: bool = True
) -> tuple[ContainerState, ...]:
    digests = [image.partition("@")[2] or None for image in life.spec.images]
    return tuple(
        ContainerState(name, exit_code, reason, digest if known else None)
        for name, digest in zip(_names(life), digests, strict=True)
    )


def _pending(life: _Life) -> TaskState:
    return TaskState(TaskStatus.PENDING, containers=_containers(life, known=False))


def _refused(life: _Life, now: datetime) -> TaskState:
    failed = life.began + timedelta(seconds=life.script.fails_after)
    if life.stop_asked is not None and life.stop_asked < failed:
        return _stopped_early(life, life.stop_asked)
    if now < failed:
        return _pending(life)
    reason = life.script.refusal
    return TaskState(
        TaskStatus.STOPPED,
        containers=_containers(life, reason=reason, known=False),
        stopped_at=failed,
        stop_code=StopCode.FAILED_TO_START,
        stopped_reason=reason,
    )


def _stopped_early(life: _Life, ended: datetime) -> TaskState:
    return TaskState(TaskStatus.STOPPED, containers=_containers(life, known=False), stopped_at=ended)


def _after_start(life: _Life, running: datetime, now: datetime) -> TaskState:
    script = life.script
    exited = None if script.exits_after is None else running + timedelta(seconds=script.exits_after)
    halted = None if life.stop_asked is None else life.stop_asked + timedelta(seconds=script.stops_in)
    ended = min((moment for moment in (exited, halted) if moment is not None), default=None)
    over = ended is not None and ended <= now
    healthy = _healthy_at(life, running, min(now, ended) if ended is not None else now)
    if not over:
        return TaskState(
            TaskStatus.RUNNING, _health(life, running, now, healthy), _containers(life), running, healthy_at=healthy
        )
    by_itself = ended == exited
    return TaskState(
        TaskStatus.STOPPED,
        containers=_containers(life, script.exit_code if by_itself else TERMINATED),
        started_at=running,
        healthy_at=healthy,
        stopped_at=ended,
        stop_code=StopCode.CONTAINER_EXITED if by_itself else None,
        stopped_reason="Essential container in task exited" if by_itself else None,
    )


def _healthy_at(life: _Life, running: datetime, until: datetime) -> datetime | None:
    if not life.spec.checked:
        return None
    passes = running + timedelta(seconds=life.script.healthy_after)
    sick = life.script.unhealthy_after
    if sick is not None and sick <= life.script.healthy_after:
        return None
    return passes if passes <= until else None


def _health(life: _Life, running: datetime, now: datetime, healthy: datetime | None) -> Health:
    if not life.spec.checked:
        return Health.UNKNOWN
    sick = life.script.unhealthy_after
    if sick is not None and now >= running + timedelta(seconds=sick):
        return Health.UNHEALTHY
    return Health.UNKNOWN if healthy is None else Health.HEALTHY
