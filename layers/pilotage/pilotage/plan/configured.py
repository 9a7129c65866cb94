"""Is what is live what a plan asked for? A schedule, or settings of a service, succeed by being read again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pilotage.definitions.canonical import schedule_content, service_content
from pilotage.plan import Live, Plan, Verb
from pilotage.plan.diff import differences
from pilotage.plan.scaling import is_ours, scaling_changes
from pilotage.plan.service_update import live_content
from pilotage.scheduled import with_revision

_NOT_SETTINGS = frozenset({"cluster", "service", "taskDefinition", "forceNewDeployment"})


def still_to_do(plan: Plan, live: Live, revision: str | None) -> tuple[str, ...]:
    """The paths in which `live` differs from the plan's steps, none when it is as planned.

    `revision` is what Apply put in for the family. A step whose end is a rollout is judged by the rollout, not here.
    """
    left: list[str] = []
    for step in plan.steps:
        match step.verb:
            case Verb.CREATE_SCHEDULE | Verb.UPDATE_SCHEDULE:
                left += _schedule(step.body, live, revision or plan.live_revision)
            case Verb.UPDATE_SERVICE:
                left += _settings(step.body, live)
            case Verb.ENSURE_SCALING:
                left += _scaling(step.body, live)
            case _:
                pass
    return tuple(left)


def untouched(plan: Plan, left: Collection[str]) -> bool:
    """Whether all that the plan would set is still to do: settings are several calls as soon as something scales."""
    asked = {change.path for change in plan.changes if change.path.startswith(("service.", "scaling."))}
    return bool(left) and asked <= set(left)


def _scaling(body: Mapping[str, Any], live: Live) -> tuple[str, ...]:
    have = live.service.scaling if live.service is not None else None
    if "MaxCapacity" in body["target"]:
        return tuple(change.path for change in scaling_changes(have, body))
    if have is None or not is_ours(have):
        return ()
    return tuple(change.path for change in scaling_changes(have, None))


def _schedule(body: Mapping[str, Any], live: Live, revision: str | None) -> tuple[str, ...]:
    if live.schedule is None:
        return (f"schedule {body['Name']} is missing",)
    wanted = schedule_content(with_revision(body, revision))
    return tuple(change.path for change in differences(schedule_content(live.schedule.body), wanted, "schedule"))


def _settings(body: Mapping[str, Any], live: Live) -> tuple[str, ...]:
    if live.service is None:
        return (f"service {body['service']} is missing",)
    asked = {key: value for key, value in body.items() if key not in _NOT_SETTINGS}
    if live.service.autoscaled:
        asked.pop("desiredCount", None)
    have, want = live_content(live.service.body), service_content(asked)
    kept = {key: have[key] for key in asked if key in have}
    return tuple(change.path for change in differences(kept, want, "service"))
