"""How the containers of a task without an engine play together: who waits for whom, who ends, what that does.

API reference, ContainerDefinition (`dependsOn`, `essential`) and ContainerRestartPolicy; developer guide, "Container
dependency". A container whose dependency can never be met is stopped with 143, and its task with it where it is
essential (github.com/aws/amazon-ecs-agent, pull request 3218).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from graphlib import TopologicalSorter
from typing import Any

from pilotage_local.ecs import Script, TaskState, TaskStatus
from pilotage_local.ecs.scripted import TERMINATED
from pilotage_local.ecs.tasks import ContainerState

TO_ITS_END = frozenset({"COMPLETE", "SUCCESS"})
_RESTART_PERIOD = 300  # seconds; ECS's default for `restartAttemptPeriod`


@dataclass(frozen=True, slots=True)
class Part:
    """One container. Seconds count from the start of its task. `begins` None: it never does. `ends` None: it runs on;
    else with `code`, and `reason` where ECS gives one.
    """

    name: str
    essential: bool
    begins: float | None
    healthy: float = 0.0
    ends: float | None = None
    code: int = 0
    reason: str | None = None


def waited_for(containers: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The containers whose end others wait for."""
    waits = (wait for container in containers for wait in container.get("dependsOn") or ())
    return frozenset(str(wait["containerName"]) for wait in waits if wait["condition"] in TO_ITS_END)


def parts_of(containers: Sequence[Mapping[str, Any]], scripts: Mapping[str, Script]) -> tuple[Part, ...]:
    """`scripts`: how each one is once it may begin. Raises graphlib.CycleError where containers wait for each other."""
    by_name = {str(container["name"]): container for container in containers}
    waits = {name: [wait["containerName"] for wait in one.get("dependsOn") or ()] for name, one in by_name.items()}
    parts: dict[str, Part] = {}
    for name in TopologicalSorter(waits).static_order():
        parts[name] = _part(by_name[name], scripts[name], parts)
    return tuple(parts[name] for name in by_name)


def script_of(parts: Sequence[Part]) -> Script:
    """What becomes of the task: it runs when all that can have begun, and ends with its first essential container."""
    essential = [part for part in parts if part.essential]
    blocked = min((part for part in essential if part.begins is None), key=lambda part: part.ends or 0.0, default=None)
    if blocked is not None:
        return Script(starts_after=None, refusal=blocked.reason or "", fails_after=blocked.ends or 0.0)
    begins = max(part.begins for part in parts if part.begins is not None)
    healthy = max(0.0, max(part.healthy for part in essential) - begins)
    ends = [(part.ends, part.code) for part in essential if part.ends is not None]
    if not ends:
        return Script(starts_after=begins, healthy_after=healthy)
    first, code = min(ends)
    return Script(starts_after=begins, healthy_after=healthy, exits_after=max(0.0, first - begins), exit_code=code)


def with_own_ends(state: TaskState, parts: Sequence[Part], script: Script, now: datetime) -> TaskState:
    """`state` of the task, with what each of its containers came to: those that ended, and those that it took along."""
    if state.started_at is not None and script.starts_after is not None:
        began = state.started_at - timedelta(seconds=script.starts_after)
    elif state.stopped_at is not None and script.starts_after is None:
        began = state.stopped_at - timedelta(seconds=script.fails_after)
    else:
        return state
    passed = ((state.stopped_at or now) - began).total_seconds()
    stopped = state.status is TaskStatus.STOPPED
    ends = {part.name: part for part in parts}
    return replace(state, containers=tuple(_shown(one, ends[one.name], passed, stopped) for one in state.containers))


def _shown(container: ContainerState, part: Part, passed: float, stopped: bool) -> ContainerState:
    if part.ends is not None and part.ends <= passed:
        return replace(container, exit_code=part.code, reason=part.reason)
    begun = part.begins is not None and part.begins <= passed
    return replace(container, exit_code=TERMINATED if stopped and begun else None, reason=None)


def _part(container: Mapping[str, Any], script: Script, earlier: Mapping[str, Part]) -> Part:
    name, essential = str(container["name"]), bool(container.get("essential", True))
    begins = script.starts_after or 0.0
    for wait in container.get("dependsOn") or ():
        dependency = earlier[str(wait["containerName"])]
        met = _met(dependency, str(wait["condition"]))
        if met is None:
            reason = _unresolvable(dependency, name)
            return Part(name, essential, None, ends=dependency.ends or 0.0, code=TERMINATED, reason=reason)
        begins = max(begins, met)
    ends = None if script.exits_after is None or _restarts(container, script) else begins + script.exits_after
    return Part(name, essential, begins, begins + script.healthy_after, ends, script.exit_code)


def _met(dependency: Part, condition: str) -> float | None:
    """When the condition holds; None: never."""
    if dependency.begins is None or (condition == "SUCCESS" and dependency.code != 0):
        return None
    if condition in TO_ITS_END:
        return dependency.ends
    if condition == "HEALTHY":
        lives = dependency.ends is None or dependency.healthy <= dependency.ends
        return dependency.healthy if lives else None
    return dependency.begins


def _restarts(container: Mapping[str, Any], script: Script) -> bool:
    """One that ends before a whole period has passed is not started again."""
    policy = container.get("restartPolicy") or {}
    if not policy.get("enabled") or script.exit_code in (policy.get("ignoredExitCodes") or ()):
        return False
    return (script.exits_after or 0.0) >= float(policy.get("restartAttemptPeriod", _RESTART_PERIOD))


def _unresolvable(dependency: Part, target: str) -> str:
    return (
        "CannotStartContainerError: dependency graph: failed to resolve container ordering dependency "
        f"[{dependency.name} (STOPPED->RUNNING) - Exit: {dependency.code}] for target [{target} (NONE->RUNNING)]"
    )
