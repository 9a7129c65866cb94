"""Tasks without a Docker engine. What a task does follows from what its image says it runs, so that an image that
starts and dies is seen to die here too:

- an image that the registry does not have never starts: that of the main container, which comes first, and any of
  this account's own registry. What other containers have from elsewhere is taken for pulled;
- a command of `false`, `true` or `sh -c "exit N"` ends at once with that code;
- `CATS_CRASH_AFTER=S` in the environment: it ends with code 1 after S seconds, as the cats do;
- a container whose end others wait for has its work done after half a second;
- the main container of a task that belongs to no service has its work done after a second; everything else runs on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pilotage_local.balancing.turns import Turns
from pilotage_local.ecs import HEALTHY, Script, ScriptedTasks, TaskSpec, TaskState, exits, never_starts
from pilotage_local.ecs.ports import TargetHealth
from pilotage_local.tasks import pretended
from pilotage_local.tasks.backends import Pretended
from pilotage_local.tasks.images import ImageConfig, config_of
from pilotage_local.tasks.together import Part, parts_of, script_of, waited_for, with_own_ends

_EXIT = re.compile(r"\s*exit\s+(\d{1,3})\s*")
_HOSTS = 250  # addresses a subnet
_CRASH = "CATS_CRASH_AFTER"
_INIT_SECONDS, _JOB_SECONDS = 0.5, 1.0


@dataclass(frozen=True, slots=True)
class _Course:
    """What becomes of a task, and of its containers; none where an image is missing."""

    script: Script
    parts: tuple[Part, ...] = ()


class SimulatedTasks:
    """A TaskRunner, and the Backends of the load balancer."""

    def __init__(self, clock: Callable[[], datetime], config: Callable[[str], ImageConfig | None] = config_of) -> None:
        self._tasks = ScriptedTasks(clock)
        self._clock, self._config = clock, config
        self._courses: dict[str, _Course] = {}  # by task id
        self._hosts: dict[str, str] = {}  # made-up addresses, by task id
        self._tasks_at: dict[str, TaskSpec] = {}
        self._environments: dict[str, Mapping[str, str]] = {}  # by address
        self._turns = Turns()
        self._frozen: frozenset[str] = frozenset()

    def start(self, task: TaskSpec) -> None:
        self._courses[task.task_id] = course = self._course(task)
        self._tasks.script(task.images[0], course.script)
        number = len(self._hosts)
        self._hosts[task.task_id] = host = f"10.42.{number // _HOSTS % _HOSTS}.{number % _HOSTS + 4}"
        self._tasks_at[host] = task
        self._environments[host] = self._environment(task)
        self._tasks.start(task)

    def state(self, task_id: str) -> TaskState:
        state, course = self._tasks.state(task_id), self._courses[task_id]
        if course.parts:
            state = with_own_ends(state, course.parts, course.script, self._clock())
        shown = state.started_at is not None and self._spec(task_id).definition.get("networkMode") == "awsvpc"
        return replace(state, private_address=self._hosts[task_id]) if shown else state

    def host(self, task_id: str) -> str | None:
        return self._hosts.get(task_id)

    def health(self, host: str) -> TargetHealth | None:
        task = self._tasks_at.get(host)
        return None if task is None else pretended.health_of(self._tasks.state(task.task_id))

    def freeze(self, task_ids: frozenset[str]) -> None:
        self._frozen = task_ids

    def answer(self, host: str, path: str) -> Pretended | None:
        task = self._tasks_at.get(host)
        if task is None:
            return None
        if task.task_id in self._frozen:
            return Pretended(None)
        state = self._tasks.state(task.task_id)
        return pretended.answer_of(task.task_id, state, self._environments[host], path, self._turns)

    def _spec(self, task_id: str) -> TaskSpec:
        return self._tasks_at[self._hosts[task_id]]

    def _environment(self, task: TaskSpec) -> Mapping[str, str]:
        first = task.definition["containerDefinitions"][0]
        config = self._config(first["image"])
        own = {pair["name"]: pair["value"] for pair in first.get("environment") or ()}
        return own if config is None else {**config.environment, **own}

    def stop(self, task_id: str, reason: str) -> None:
        self._tasks.stop(task_id, reason)

    def close(self) -> None:
        """Nothing to end."""

    def _course(self, task: TaskSpec) -> _Course:
        containers = task.definition["containerDefinitions"]
        ends_for_others = waited_for(containers)
        scripts: dict[str, Script] = {}
        for number, container in enumerate(containers):
            config = self._config(container["image"])
            if config is None and (number == 0 or container["image"].startswith(_own_registry(task))):
                return _Course(never_starts(container["image"]))
            ends = ending(config or ImageConfig(), {**container, **override_of(task, container["name"])})
            if ends is None and container["name"] in ends_for_others:
                ends = exits(0, after=_INIT_SECONDS)
            if ends is None and number == 0 and not task.group.startswith("service:"):
                ends = exits(0, after=_JOB_SECONDS)
            scripts[container["name"]] = ends or HEALTHY
        parts = parts_of(containers, scripts)
        return _Course(script_of(parts), parts)


def _own_registry(task: TaskSpec) -> str:
    region, account = task.arn.split(":")[3:5]
    return f"{account}.dkr.ecr.{region}."


def ending(config: ImageConfig, container: Mapping[str, Any]) -> Script | None:
    """How a container ends by itself; None when it runs on. The container's own settings win over the image's."""
    words = [
        *(container.get("entryPoint") or config.entrypoint),
        *(container.get("command") or (() if container.get("entryPoint") else config.command)),
    ]
    name, *rest = words or [""]
    program = name.rpartition("/")[2]
    if program in {"false", "true"}:
        return exits(int(program == "false"))
    if program == "sh" and rest[:1] == ["-c"] and (said := _EXIT.fullmatch(rest[1])):
        return exits(int(said[1]))
    own = {pair["name"]: pair["value"] for pair in container.get("environment") or ()}
    crash = {**config.environment, **own}.get(_CRASH)
    return _dies(float(crash)) if crash else None


def _dies(after: float) -> Script:
    """It is healthy first only where it lives long enough for a check to pass."""
    return Script(exits_after=after, exit_code=1, healthy_after=1.0 if after > 1.0 else after + 1.0)


def override_of(task: TaskSpec, container: str) -> Mapping[str, Any]:
    """RunTask's overrides for one container; its environment adds to the definition's."""
    overrides: Mapping[str, Any] = next(
        (o for o in task.overrides.get("containerOverrides") or () if o.get("name") == container), {}
    )
    return overrides
