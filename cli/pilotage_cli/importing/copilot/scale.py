"""`count` and `deployment`: how many tasks, on what capacity, by what measure, and how they are exchanged.

Copilot's template (`autoscaling.yml`) scales by target tracking, in after 120 seconds and out after 60.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pilotage_cli.importing.copilot.containers import duration
from pilotage_cli.importing.durations import seconds
from pilotage_cli.importing.sections import Section
from pilotage_cli.importing.surroundings import Surroundings

_RANGE = re.compile(r"\s*(\d+)\s*-\s*(\d+)\s*")
_METRICS = {"cpu_percentage": "cpu", "memory_percentage": "memory", "requests": "requests"}
_RESPONSE = "Pilotage scales by cpu, memory, requests or a queue. Let a check of `rollout.checks` watch `p99` instead."
_QUEUE = "Copilot names the queue itself. Give its name with --queue and its messages are scaled by."
_ONE_PACE = "All measures of a service step at one pace here: the first one's cooldown holds."


@dataclass(slots=True)
class _Pace:
    out_after: int | None = None
    in_after: int | None = None


def scaled(given: Section, around: Surroundings, kind: str) -> dict[str, Any]:
    """`count`, `scaling` and `placement.capacity`."""
    if not isinstance(given.peek("count"), dict):
        count = given.take("count", int)
        return {"count": 1 if count is None else count}
    count_section = given.inside("count")
    made = _counted(count_section, around, kind)
    count_section.close()
    return made


def _counted(count: Section, around: Surroundings, kind: str) -> dict[str, Any]:
    spot = count.take("spot", int)
    if spot is not None:
        return {"count": spot, **_capacity({"fargate-spot": {"weight": 1}})}
    low, high, spot_from = _range(count)
    pace = _paced(count)
    scaling = _measures(count, pace, around, kind)
    capacity: dict[str, Any] = {}
    if spot_from is not None:
        shares: dict[str, Any] = {"fargate-spot": {"weight": 1}}
        if spot_from > 1:
            shares = {"fargate": {"base": spot_from - 1, "weight": 0}, **shares}
        capacity = _capacity(shares)
    if low is None or high is None:
        return {"count": 1, **capacity}
    if not scaling:
        count.ledger.leave(count.at("range"), count.peek("range"), "No measure of it could be carried over: it is at "
                           f"{low} now. Add `scaling` with cpu, memory, requests or a queue.")  # fmt: skip
        return {"count": low, **capacity}
    return {"scaling": {"min": low, "max": high, **scaling, **_told(pace)}, **capacity}


def _capacity(shares: dict[str, Any]) -> dict[str, Any]:
    return {"placement": {"capacity": shares}}


def _told(pace: _Pace) -> dict[str, int]:
    return {
        "out_after": 60 if pace.out_after is None else pace.out_after,
        "in_after": 120 if pace.in_after is None else pace.in_after,
    }


def _range(count: Section) -> tuple[int | None, int | None, int | None]:
    if isinstance(count.peek("range"), dict):
        below = count.inside("range")
        found = (below.take("min", int), below.take("max", int), below.take("spot_from", int))
        below.close()
        return found
    text = count.take("range", str)
    if text is None:
        return None, None, None
    parts = _RANGE.fullmatch(text)
    if parts is None:
        raise count.ledger.wrong(count.at("range"), text, "It is written like 1-10.")
    return int(parts[1]), int(parts[2]), None


def _measures(count: Section, pace: _Pace, around: Surroundings, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, ours in _METRICS.items():
        if isinstance(count.peek(key), dict):
            below = count.inside(key)
            value = below.take("value", float)
            _own_pace(below, pace, first=not found)
            below.close()
        else:
            value = count.take(key, float)
        if value is not None:
            found[ours] = int(value) if value == int(value) else value
    count.leave("response_time", _RESPONSE)
    if kind == "worker" and count.has("queue_delay"):
        found |= _queue(count, pace, around, first=not found)
    return found


def _queue(count: Section, pace: _Pace, around: Surroundings, *, first: bool) -> dict[str, Any]:
    """As many messages may wait for each task as it gets done within the latency (Copilot's `queue_delay`)."""
    below = count.inside("queue_delay")
    latency, each = (_amount(below, key) for key in ("acceptable_latency", "msg_processing_time"))
    _own_pace(below, pace, first=first)
    below.close()
    per_task = max(1, int(latency / each)) if each else 1
    if around.queue is None:
        count.ledger.leave(below.path, f"{per_task} messages a task", _QUEUE)
        return {}
    return {"queue": {"name": around.queue, "per_task": per_task}}


def _amount(below: Section, key: str) -> float:
    value = below.raw(key)
    read = seconds(value)
    if read is None or read <= 0:
        raise below.ledger.wrong(below.at(key), value or "", "A duration is written like 30s, 1m30s or 250ms.")
    return read


def _paced(count: Section) -> _Pace:
    below = count.section("cooldown")
    if below is None:
        return _Pace()
    pace = _Pace(duration(below, "out"), duration(below, "in"))
    below.close()
    return pace


def _own_pace(measure: Section, pace: _Pace, *, first: bool) -> None:
    """A measure's own cooldown is stronger than the common one."""
    if not measure.has("cooldown"):
        return
    if not first:
        measure.leave("cooldown", _ONE_PACE)
        return
    own = _paced(measure)
    pace.out_after = pace.out_after if own.out_after is None else own.out_after
    pace.in_after = pace.in_after if own.in_after is None else own.in_after


def deployed(given: Section) -> dict[str, Any]:
    """`deployment`: alarms roll back; how many tasks run meanwhile is the policy's."""
    below = given.section("deployment")
    if below is None:
        return {}
    rolling = below.take("rolling", str) or "default"
    if rolling == "recreate":
        below.leave("rolling", "The policy says it: minimum_healthy_percent 0 and maximum_percent 100 in `rollout`.")
    elif rolling != "default":
        raise given.ledger.wrong(below.at("rolling"), rolling, "It is default or recreate.")
    made = _alarms(below)
    below.close()
    return {"rollout": made} if made else {}


def _alarms(below: Section) -> dict[str, Any]:
    if isinstance(below.peek("rollback_alarms"), list):
        return {"alarms": below.texts("rollback_alarms")}
    alarms = below.section("rollback_alarms")
    if alarms is None:
        return {}
    checks = {}
    for key, metric in (("cpu_utilization", "cpu"), ("memory_utilization", "memory")):
        most = alarms.take(key, float)
        if most is not None:
            checks[metric] = {"metric": metric, "at_most": int(most) if most == int(most) else most}
    alarms.close("Make an alarm of it and name it under `rollout.alarms`.")
    return {"checks": checks} if checks else {}
