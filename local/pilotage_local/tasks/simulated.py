"""Tasks without a Docker engine. What a task does follows from what its image says it runs, so that an image that
starts and dies is seen to die here too:

- an image that the registry does not have never starts;
- a command of `false`, `true` or `sh -c "exit N"` ends at once with that code;
- `CATS_CRASH_AFTER=S` in the environment: it ends with code 1 after S seconds, as the cats do;
- a task that belongs to no service has its work done after a second; everything else runs on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pilotage_local.balancing.turns import Turns
from pilotage_local.ecs import HEALTHY, Script, ScriptedTasks, TaskSpec, TaskState, exits, never_starts
from pilotage_local.ecs.ports import TargetHealth
from pilotage_local.tasks import pretended
from pilotage_local.tasks.backends import Pretended
from pilotage_local.tasks.images import ImageConfig, config_of

_EXIT = re.compile(r"\s*exit\s+(\d{1,3})\s*")
_HOSTS = 250  # addresses a subnet
_CRASH = "CATS_CRASH_AFTER"


class SimulatedTasks:
    """A TaskRunner, and the Backends of the load balancer."""

    def __init__(self, clock: Callable[[], datetime], config: Callable[[str], ImageConfig | None] = config_of) -> None:
        self._tasks = ScriptedTasks(clock)
        self._config = config
        self._hosts: dict[str, str] = {}  # made-up addresses, by task id
        self._tasks_at: dict[str, TaskSpec] = {}
        self._environments: dict[str, Mapping[str, str]] = {}  # by address
        self._turns = Turns()
        self._frozen: frozenset[str] = frozenset()

    def start(self, task: TaskSpec) -> None:
        self._tasks.script(task.images[0], self._script(task))
        number = len(self._hosts)
        self._hosts[task.task_id] = host = f"10.42.{number // _HOSTS % _HOSTS}.{number % _HOSTS + 4}"
        self._tasks_at[host] = task
        self._environments[host] = self._environment(task)
        self._tasks.start(task)

    def state(self, task_id: str) -> TaskState:
        state = self._tasks.state(task_id)
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

    def _script(self, task: TaskSpec) -> Script:
        for container in task.definition["containerDefinitions"]:
            config = self._config(container["image"])
            if config is None:
                return never_starts(container["image"])
            ends = ending(config, {**container, **override_of(task, container["name"])})
            if ends is not None and container.get("essential", True):
                return ends
        return HEALTHY if task.group.startswith("service:") else exits(0, after=1.0)


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
