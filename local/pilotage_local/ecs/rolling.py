"""How many tasks a rolling update starts and stops next. Arithmetic only.

Developer guide, "Deploy Amazon ECS services by replacing tasks"; API reference, DeploymentConfiguration:
maximumPercent bounds RUNNING and PENDING tasks (rounded down), minimumHealthyPercent what must stay healthy (rounded
up).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_MAXIMUM = 200
DEFAULT_MINIMUM = 100


def most(configuration: Mapping[str, Any], desired: int) -> int:
    return desired * int(configuration.get("maximumPercent", DEFAULT_MAXIMUM)) // 100


def least(configuration: Mapping[str, Any], desired: int) -> int:
    return share(int(configuration.get("minimumHealthyPercent", DEFAULT_MINIMUM)), desired)


def share(percent: int, desired: int) -> int:
    """That many percent of the desired tasks, rounded up."""
    return -(-desired * percent // 100)


@dataclass(frozen=True, slots=True)
class EarlySuccess:
    """API reference, DeploymentEarlySuccessCriteria. `blocking`: the old tasks have to be gone first."""

    percent: int
    blocking: bool


def early_success(configuration: Mapping[str, Any]) -> EarlySuccess | None:
    chosen = configuration.get("earlySuccessCriteria") or {}
    if not chosen.get("enable"):
        return None
    return EarlySuccess(int(chosen["healthyPercent"]), chosen["sourceServiceRevisionCleanup"] == "BLOCKING")


@dataclass(frozen=True, slots=True)
class Standing:
    """The tasks of a service that nobody has asked to stop. Pending ones are neither healthy nor unhealthy."""

    desired: int
    minimum: int
    maximum: int
    healthy: int
    pending: int
    unhealthy: int
    old_healthy: int = 0
    old_other: int = 0
    in_progress: bool = True
    stalled: bool = False  # the PRIMARY failed: nothing is started, and nothing old is given up

    @property
    def alive(self) -> int:
        return self.healthy + self.pending + self.unhealthy + self.old_healthy + self.old_other


@dataclass(frozen=True, slots=True)
class Moves:
    """How many of each to start or to stop. `surplus` takes pending tasks before healthy ones."""

    start: int
    surplus: int
    unhealthy: int
    old_healthy: int
    old_other: int


def moves(now: Standing) -> Moves:
    hopeful = now.healthy + now.pending
    surplus = max(0, hopeful - now.desired)
    if now.stalled:
        return Moves(0, surplus, 0, 0, 0)
    unhealthy = _unhealthy_to_stop(now)
    healthy_left = now.healthy - max(0, surplus - now.pending)
    old_healthy = min(now.old_healthy, max(0, healthy_left + now.old_healthy - now.minimum))
    alive = now.alive - surplus - unhealthy - old_healthy - now.old_other
    if alive > now.maximum:  # the desired count fell during a rollout: pending tasks go back first
        pending_left = max(0, now.pending - surplus)
        return Moves(0, surplus + min(pending_left, alive - now.maximum), unhealthy, old_healthy, now.old_other)
    start = max(0, min(now.desired - hopeful, now.maximum - alive))
    return Moves(start, surplus, unhealthy, old_healthy, now.old_other)


def _unhealthy_to_stop(now: Standing) -> int:
    """During a deployment an unhealthy new task goes at once. Afterwards its replacement comes first, and only when
    maximumPercent leaves no room for one do unhealthy tasks make way one by one (developer guide, services: "Task
    health and task replacement").
    """
    if now.in_progress or now.healthy >= now.desired:
        return now.unhealthy
    return min(1, now.unhealthy) if now.alive >= now.maximum else 0
