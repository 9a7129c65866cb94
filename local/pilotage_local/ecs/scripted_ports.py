"""Stand-ins for the ports: no function, no CloudWatch, no load balancer, room for everything, until a script says
otherwise. They stand in where nothing better is injected, and drive the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pilotage_local.ecs.ports import AlarmState, HookAnswer, Target, TargetHealth, TargetState, Wanted

Function = Callable[[Mapping[str, Any]], HookAnswer]


@dataclass(slots=True)
class ScriptedHooks:
    """A HookRunner. A function that nobody wrote fails, as one that does not exist would. `calls` are the payloads,
    oldest first. While `holds`, nothing answers.
    """

    functions: dict[str, Function] = field(default_factory=dict)
    calls: list[Mapping[str, Any]] = field(default_factory=list)
    holds: bool = False
    _answers: dict[str, HookAnswer] = field(default_factory=dict)

    def start(self, invocation: str, function_arn: str, payload: Mapping[str, Any]) -> None:
        self.calls.append(payload)
        function = self.functions.get(function_arn)
        missing = HookAnswer(error=f"Function not found: {function_arn}")
        self._answers[invocation] = missing if function is None else function(payload)

    def answer(self, invocation: str) -> HookAnswer | None:
        return None if self.holds else self._answers.pop(invocation, None)


@dataclass(slots=True)
class ScriptedAlarms:
    """AlarmStates. `windows` are seconds, by name."""

    states: dict[str, AlarmState] = field(default_factory=dict)
    windows: dict[str, float] = field(default_factory=dict)

    def state(self, name: str) -> AlarmState:
        return self.states.get(name, AlarmState.INSUFFICIENT_DATA)

    def window(self, name: str) -> float:
        return self.windows.get(name, 0.0)


@dataclass(slots=True)
class ScriptedBalancer:
    """A Balancer. A target is healthy `healthy_after` seconds after it was registered, and drained `drains_in` seconds
    after it was deregistered. `rules` are the weights that each listener rule has, by target group.
    """

    clock: Callable[[], datetime]
    healthy_after: float = 0.0
    drains_in: float = 0.0
    rules: dict[str, Mapping[str, float]] = field(default_factory=dict)
    registered: dict[tuple[str, str], datetime] = field(default_factory=dict)
    leaving: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def register(self, target: Target) -> None:
        self.registered.setdefault(_key(target), self.clock())

    def deregister(self, target: Target) -> None:
        if self.registered.pop(_key(target), None) is not None:
            self.leaving[_key(target)] = self.clock() + timedelta(seconds=self.drains_in)

    def health(self, target: Target) -> TargetHealth:
        key = _key(target)
        since = self.registered.get(key)
        if since is None:
            drains = key in self.leaving and self.clock() < self.leaving[key]
            return TargetHealth(TargetState.DRAINING if drains else TargetState.UNUSED, "Target.NotRegistered")
        if self.clock() < since + timedelta(seconds=self.healthy_after):
            return TargetHealth(TargetState.INITIAL, "Elb.InitialHealthChecking")
        return TargetHealth(TargetState.HEALTHY)

    def shift(self, rule: str, weights: Mapping[str, float]) -> None:
        self.rules[rule] = dict(weights)


@dataclass(slots=True)
class ScriptedCapacity:
    """Capacity. `refusals` by capacity provider or launch type; `taken` are ids of Spot tasks that are taken away."""

    refusals: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def refusal(self, wanted: Wanted) -> str | None:
        return self.refusals.get(wanted.provider or wanted.launch_type)

    def reclaimed(self, task_id: str, provider: str, started_at: datetime) -> bool:  # noqa: ARG002 - a port's method
        return task_id in self.taken


def _key(target: Target) -> tuple[str, str]:
    return target.target_group, target.task_id
