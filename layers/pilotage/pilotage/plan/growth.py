"""How much more a plan wants to run than what runs: CPU and memory, each times the count of tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.definitions.canonical import task_definition_content
from pilotage.plan import Live, Plan, Verb
from pilotage.plan.risk import Point, PointKind
from pilotage.scheduled import run_of

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Size:
    """Of one task, in CPU units and MiB, and how many of it."""

    cpu: int
    memory: int
    count: int


def growth(plan: Plan, live: Live, percent: int) -> Iterator[Point]:
    """A point when CPU or memory of all tasks together goes up by more than `percent` percent."""
    sizes = _sizes(plan, live)
    if sizes is None:
        return
    before, after = sizes
    grown = [
        f"{name} from {one.count} x {was} to {two.count} x {wanted} {unit}"
        for name, unit, one, two, was, wanted in (
            ("CPU", "units", before, after, before.cpu, after.cpu),
            ("memory", "MiB", before, after, before.memory, after.memory),
        )
        if two.count * wanted * _HUNDRED > one.count * was * (_HUNDRED + percent)
    ]
    if grown:
        yield Point(PointKind.GROWTH, f"{' and '.join(grown)}: more than {percent} % up")


def _sizes(plan: Plan, live: Live) -> tuple[Size, Size] | None:
    """Before and after; None when nothing is live. A count that is not ours to say is 1 in both."""
    running = {"service": live.service, "schedule": live.schedule}.get(plan.kind)
    if running is None:
        return None
    have, want = _counts(plan, live)
    now = task_definition_content(running.task_definition)
    registered = next((step.body for step in plan.steps if step.verb is Verb.REGISTER_TASK_DEFINITION), None)
    then = task_definition_content(registered) if registered is not None else now
    return Size(*_measures(now), have), Size(*_measures(then), want)


def _counts(plan: Plan, live: Live) -> tuple[int, int]:
    if plan.kind == "schedule" and live.schedule is not None:
        have = _started(live.schedule.body)
        updated = next((step.body for step in plan.steps if step.verb is Verb.UPDATE_SCHEDULE), None)
        return have, _started(updated) if updated is not None else have
    if live.service is None or plan.desired_count is None:
        return 1, 1
    return int(live.service.body.get("desiredCount", 0)), plan.desired_count


def _started(schedule: Mapping[str, Any]) -> int:
    """How many tasks a schedule starts at a time (EventBridge Scheduler API reference, EcsParameters: default 1)."""
    return int((run_of(schedule) or {}).get("count", 1))


def _measures(content: Mapping[str, Any]) -> tuple[int, int]:
    """Of the task, or of its containers where the task itself has no size (tasks on EC2)."""
    containers = list((content.get("containerDefinitions") or {}).values())
    cpu = content.get("cpu") or sum(int(each.get("cpu", 0)) for each in containers)
    memory = content.get("memory") or sum(
        int(each.get("memory") or each.get("memoryReservation") or 0) for each in containers
    )
    return int(cpu), int(memory)
