"""Is what is live what a plan asked for? A schedule, or settings of a service, succeed by being read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.definitions.canonical import schedule_content, service_content
from pilotage.plan import Live, Plan, Verb
from pilotage.plan.diff import differences
from pilotage.plan.service_update import live_content

_NOT_SETTINGS = frozenset({"cluster", "service", "taskDefinition", "forceNewDeployment"})


def still_to_do(plan: Plan, live: Live, revision: str | None) -> tuple[str, ...]:
    """The paths in which `live` differs from the plan's last step, none when it is as planned.

    `revision` is what Apply put in for the family. A step whose end is a rollout is judged by the rollout, not here.
    """
    if not plan.steps:
        return ()
    last = plan.steps[-1]
    if last.verb in (Verb.CREATE_SCHEDULE, Verb.UPDATE_SCHEDULE):
        return _schedule(last.body, live, revision or plan.live_revision)
    if last.verb is Verb.UPDATE_SERVICE:
        return _settings(last.body, live)
    return ()


def _schedule(body: Mapping[str, Any], live: Live, revision: str | None) -> tuple[str, ...]:
    if live.schedule is None:
        return (f"schedule {body['Name']} is missing",)
    ecs = {**body["Target"]["EcsParameters"], "TaskDefinitionArn": revision}
    wanted = schedule_content({**body, "Target": {**body["Target"], "EcsParameters": ecs}})
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
