"""The targets of target groups and how they are (API reference of Elastic Load Balancing, TargetHealth).

A new target is healthy after one passed check; a healthy one becomes unhealthy after UnhealthyThresholdCount failures
in a row and healthy again after HealthyThresholdCount passes (user guide, "Health checks"). A target that is
deregistered drains until its open requests are answered or the group's delay is over ("Deregistration delay").
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pilotage_local.balancing.probing import Probed, Settings
from pilotage_local.ecs.ports import TargetHealth, TargetState

Clock = Callable[[], float]  # seconds that only grow
INITIAL = TargetHealth(TargetState.INITIAL, "Elb.InitialHealthChecking", "Initial health checks in progress")
DRAINING = TargetHealth(TargetState.DRAINING, "Target.DeregistrationInProgress", "Target deregistration is in progress")
UNREGISTERED = TargetHealth(TargetState.UNUSED, "Target.NotRegistered", "Target is not registered to the target group")
HEALTHY = TargetHealth(TargetState.HEALTHY)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A target by group, address and port. A simulated task's address is made up; nothing listens there."""

    group: str
    host: str
    port: int


@dataclass(slots=True)
class _Standing:
    health: TargetHealth = INITIAL
    passes: int = 0
    failures: int = 0
    open_requests: int = 0
    next_check: float = 0.0
    gone_at: float | None = None  # it drains until then


class Targets:
    """Thread-safe: requests, checks and the ECS model meet here."""

    def __init__(self, clock: Clock, look_again: float = 1.0) -> None:
        """`look_again`: seconds until a target that was never healthy is asked again, where the group's own interval
        is longer. AWS keeps to the interval; here a container that starts is seen sooner.
        """
        self._clock, self._look_again = clock, look_again
        self._standings: dict[Key, _Standing] = {}
        self._lock = threading.Lock()

    def register(self, key: Key) -> None:
        with self._lock:
            known = self._standings.get(key)
            if known is None or known.gone_at is not None:
                self._standings[key] = _Standing(next_check=self._clock())

    def deregister(self, key: Key, delay: float) -> None:
        """`delay`: seconds, the group's deregistration_delay.timeout_seconds."""
        with self._lock:
            known = self._standings.get(key)
            if known is not None and known.gone_at is None:
                known.gone_at, known.health = self._clock() + delay, DRAINING

    def health(self, key: Key) -> TargetHealth:
        with self._lock:
            self._forget_gone()
            known = self._standings.get(key)
            return UNREGISTERED if known is None else known.health

    def of(self, group: str) -> list[tuple[Key, TargetHealth]]:
        with self._lock:
            self._forget_gone()
            return sorted(((key, one.health) for key, one in self._standings.items() if key.group == group), key=_first)

    def due(self) -> list[Key]:
        """Those to be asked now; each is taken as asked for."""
        now = self._clock()
        with self._lock:
            self._forget_gone()
            due = [key for key, one in self._standings.items() if one.gone_at is None and one.next_check <= now]
            for key in due:
                self._standings[key].next_check = float("inf")  # until the answer is there
        return due

    def probed(self, key: Key, answer: Probed, group: Settings) -> None:
        interval = float(group.get("HealthCheckIntervalSeconds") or 30)
        with self._lock:
            known = self._standings.get(key)
            if known is None or known.gone_at is not None:
                return
            _take(known, answer, group)
            new = known.health is INITIAL
            known.next_check = self._clock() + (min(interval, self._look_again) if new else interval)

    def opened(self, key: Key) -> None:
        self._count(key, 1)

    def closed(self, key: Key) -> None:
        self._count(key, -1)

    def told(self, key: Key, health: TargetHealth) -> None:
        """What is known without asking: of a simulated task."""
        with self._lock:
            known = self._standings.get(key)
            if known is not None and known.gone_at is None:
                known.health, known.next_check = health, float("inf")

    def _count(self, key: Key, change: int) -> None:
        with self._lock:
            if key in self._standings:
                self._standings[key].open_requests += change

    def _forget_gone(self) -> None:
        now = self._clock()
        for key in [key for key, one in self._standings.items() if _is_gone(one, now)]:
            del self._standings[key]


def _first(entry: tuple[Key, TargetHealth]) -> Key:
    return entry[0]


def _is_gone(one: _Standing, now: float) -> bool:
    return one.gone_at is not None and (one.open_requests <= 0 or one.gone_at <= now)


def _take(known: _Standing, answer: Probed, group: Settings) -> None:
    known.passes = known.passes + 1 if answer.passed else 0
    known.failures = 0 if answer.passed else known.failures + 1
    was_unhealthy = known.health.state is TargetState.UNHEALTHY
    if answer.passed:
        if not was_unhealthy or known.passes >= int(group.get("HealthyThresholdCount") or 5):
            known.health = HEALTHY
    elif was_unhealthy or known.failures >= int(group.get("UnhealthyThresholdCount") or 2):
        known.health = TargetHealth(TargetState.UNHEALTHY, answer.reason, answer.description)


def usable(described: Iterable[tuple[Key, TargetHealth]]) -> list[Key]:
    """Where requests go: to the healthy ones, and to all where none is (user guide, fail-open). Never to those that
    drain.
    """
    there = [(key, health.state) for key, health in described if health.state is not TargetState.DRAINING]
    return [key for key, state in there if state is TargetState.HEALTHY] or [key for key, _ in there]
