"""The `scaling` of a manifest: how it is read, and what contradicts itself in it.

Sources: Application Auto Scaling API reference, RegisterScalableTarget and PutScheduledAction; user guide, "Target
tracking scaling policies" (a policy does nothing without data, and a service without tasks has no CPU to look at).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.manifest.shapes import Bounds, Queue, Scaling
from pilotage.manifest.zones import zone_findings
from pilotage.names import choices
from pilotage.schema import Finding

FOLLOWS = ("cpu", "memory", "requests", "queue", "times")
_SCALED = ("service", "worker")  # kinds that keep a number of tasks alive


def read_scaling(said: Mapping[str, Any] | None) -> Scaling | None:
    """From what was checked before."""
    if said is None:
        return None
    read: dict[str, Any] = {name: float(said[name]) for name in ("cpu", "memory", "requests") if name in said}
    read |= {name: int(said[name]) for name in ("min", "max", "out_after", "in_after") if name in said}
    queue = said.get("queue")
    return Scaling(
        **read,
        queue=Queue(str(queue["name"]), int(queue["per_task"])) if queue is not None else None,
        times=tuple(Bounds(**each) for each in said.get("times", ())),
    )


def scaling_findings(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    said = manifest.get("scaling")
    if said is None:
        return
    scaling = read_scaling(said)
    assert scaling is not None
    if not any(name in said for name in FOLLOWS):
        remedy = f"Say what the count is to follow: {choices(FOLLOWS)}."
        yield Finding("scaling", said, remedy)
    yield from _kinds(manifest)
    yield from _bounds(scaling)
    yield from _count(manifest, scaling)
    for index, each in enumerate(scaling.times):
        yield from _time(f"scaling.times[{index}]", each, scaling)
        yield from zone_findings(f"scaling.times[{index}].timezone", each.timezone)


def _kinds(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    kind = "schedule" if "schedule" in manifest else manifest.get("kind", "service")
    kind = "daemon" if manifest.get("daemon") else kind
    if kind not in _SCALED:
        remedy = f"A {kind} has no count that could be scaled: take `scaling` out, or make it a service or a worker."
        yield Finding("scaling", manifest["scaling"], remedy)
    if manifest.get("autoscaled") is False:
        remedy = "`scaling` hands the count over to Application Auto Scaling: take this out."
        yield Finding("autoscaled", False, remedy)


def _bounds(scaling: Scaling) -> Iterator[Finding]:
    if scaling.min > scaling.max:
        yield Finding("scaling.min", scaling.min, f"It is more than `max`, which is {scaling.max}.")
    if scaling.min == 0 and scaling.queue is None:
        yield Finding("scaling.min", 0, _nothing_wakes("min"))


def _nothing_wakes(what: str) -> str:
    return f"Without tasks there is no CPU, memory or request to follow: add `queue`, or let `{what}` be 1 at least."


def _count(manifest: Mapping[str, Any], scaling: Scaling) -> Iterator[Finding]:
    count = manifest.get("count")
    if count is not None and scaling.min <= scaling.max and not scaling.min <= count <= scaling.max:
        remedy = f"A new service begins with it: let it be from {scaling.min} to {scaling.max}, or take it out."
        yield Finding("count", count, remedy)


def _time(path: str, each: Bounds, scaling: Scaling) -> Iterator[Finding]:
    if each.min is None and each.max is None:
        yield Finding(path, each.at, "Say what changes then: `min`, `max` or both.")
        return
    most = scaling.max if each.max is None else each.max
    least = scaling.min if each.min is None else each.min
    if least > most:
        field, value = ("max", most) if each.min is None else ("min", least)
        remedy = f"From then on it would be {least} at least and {most} at most: say both `min` and `max`."
        yield Finding(f"{path}.{field}", value, remedy)
    if each.min == 0 and most > 0 and scaling.queue is None:
        yield Finding(f"{path}.min", 0, f"{_nothing_wakes('min')} `max: 0` stops it until the next time.")
