"""Definitions and what is live become a plan. `Prepare` and `pilotage plan` run this very code.

Steps come in the order in which Apply does them: the log group and the task definition, when its content differs from
what runs, then the service or the schedule. A step that needs the new revision names the family, and Apply puts the
revision in; where nothing is registered it names the revision that runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pilotage.artifact import Artifact
from pilotage.boundary.ignoring import ignored_settings, ignored_variables
from pilotage.definitions import Definitions
from pilotage.definitions.canonical import schedule_content, service_content
from pilotage.definitions.hooks import checked_by
from pilotage.document import to_document
from pilotage.placement import Placement
from pilotage.plan import Change, Drift, Live, LiveSchedule, LiveService, Plan, Sets, Step, Verb
from pilotage.plan.diff import differences
from pilotage.plan.hashing import plan_hash
from pilotage.plan.last_set import LastSet
from pilotage.plan.revision import TaskPart, first_revision, next_revision
from pilotage.plan.rolling_out import fallback, refuse_foreign, refuse_unprepared, with_alarms
from pilotage.plan.scaling import gives_back, not_counted, scaled_by_us, scaling_part
from pilotage.plan.service_tags import tags_left
from pilotage.plan.service_update import created_sets, service_update
from pilotage.plan.three_way import drift
from pilotage.policy import Policy
from pilotage.scheduled import with_revision, without_revision
from pilotage.strategy import Strategy
from pilotage.workload import Kind, Workload
from pilotage.workload.layers import MANIFEST

# Of a service that does not exist yet, what is no news in its diff.
_NAMES = frozenset({"cluster", "serviceName", "taskDefinition", "tags"})
_PLAIN = Strategy()


@dataclass(frozen=True, slots=True)
class _Target:
    """The service's or schedule's part. `count`: how many tasks will be wanted; None: not ours to say. `sets`: what is
    ours to set, canonical.
    """

    steps: tuple[Step, ...] = ()
    changes: tuple[Change, ...] = ()
    count: int | None = None
    drift: tuple[Drift, ...] = ()
    sets: Mapping[str, Any] | None = None


def make_plan(
    definitions: Definitions,
    live: Live,
    *,
    policy: Policy,
    artifact: Artifact,
    workload: Workload,
    placement: Placement,
    made_at: datetime,
    newest_revision: tuple[str, str] | None = None,
    strategy: Strategy = _PLAIN,
    last: LastSet | None = None,
) -> Plan:
    """The steps from what is live to what is wanted, with their diff and their hash. No step: nothing would change.

    `newest_revision` (ARN and content hash of the family's newest) lets one-off work, of which nothing is live, end
    without a change. `last`: what Pilotage set last; None: nothing is known to be drift. Raises Refused for what ECS
    cannot change in a service that exists, and for the service of another repository.
    """
    kind, running = placement.kind, _running(live, placement.kind)
    for there in (live.service, live.schedule):  # whatever its kind: the name is what is owned
        refuse_foreign(there, workload.service, definitions.agreed.repository)
    last = last.carried_by(running.task_definition_arn) if last is not None and running is not None else None
    task = _task(definitions, running, workload, last, newest_revision if kind is Kind.TASK else None)
    target = _target(definitions, live, task, workload, kind, last)
    scaling = scaling_part(definitions.scaling, live.service if kind is Kind.SERVICE else None)
    steps = (*_registration(definitions, task), *with_alarms(definitions, target.steps), *scaling.steps)
    made = Plan(
        **_named(workload, artifact, policy, placement, made_at),
        **_course(steps, target.steps, task, workload, definitions, policy, strategy),
        **_compared(task, target, running, last),
        hash="",
        steps=steps,
        changes=(
            *task.changes,
            *target.changes,
            *scaling.changes,
            *_left_behind(definitions, live, kind, workload.service),
        ),
        sets=_sets(artifact, task, target, kind),
    )
    return replace(made, hash=plan_hash(made, definitions))


def _running(live: Live, kind: Kind) -> LiveService | LiveSchedule | None:
    """Of one-off work nothing ever is."""
    return {Kind.SERVICE: live.service, Kind.SCHEDULE: live.schedule, Kind.TASK: None}[kind]


def _compared(
    task: TaskPart, target: _Target, running: LiveService | LiveSchedule | None, last: LastSet | None
) -> dict[str, Any]:
    """What it was made against."""
    half_done = last is not None and last.pending
    return {
        "content_hash": task.content,
        "live_revision": task.live_revision,
        "live_deployment_id": running.primary_deployment_id if isinstance(running, LiveService) else None,
        "desired_count": target.count,
        "drift": task.drift if half_done else (*task.drift, *target.drift),
    }


def _named(
    workload: Workload, artifact: Artifact, policy: Policy, placement: Placement, made_at: datetime
) -> dict[str, Any]:
    """What it is a plan of, and by which rules."""
    return {
        "environment": policy.environment,
        "service": workload.service,
        "kind": placement.kind.value,
        "digest": artifact.digest,
        "policy_version": policy.version,
        "placement": placement.choice.value,
        "placement_reasons": placement.reasons,
        "cluster": policy.cluster,
        "made_at": made_at,
        "freeze": policy.freeze,
    }


def _course(
    steps: Sequence[Step],
    own: Sequence[Step],
    task: TaskPart,
    workload: Workload,
    definitions: Definitions,
    policy: Policy,
    strategy: Strategy,
) -> dict[str, Any]:
    """How it goes once it is applied. `own`: the steps of the service or schedule."""
    waits = strategy.longest_minutes if any(step.starts_rollout for step in steps) else 0
    return {
        "strategy": strategy,
        "deadline_minutes": policy.rollout.deadline_minutes + waits,
        # The migrations of a digest that runs already were run with it.
        "migrations": workload.migrations if task.register else (),
        "fallback": fallback(own, task.names, definitions.service, policy),
        "check": checked_by(definitions.service or {}),
    }


def _sets(artifact: Artifact, task: TaskPart, target: _Target, kind: Kind) -> Sets:
    service, schedule = (target.sets if kind is each else None for each in (Kind.SERVICE, Kind.SCHEDULE))
    return Sets(to_document(artifact), task.wanted, service, schedule)


def _task(
    definitions: Definitions,
    running: LiveService | LiveSchedule | None,
    workload: Workload,
    last: LastSet | None,
    newest: tuple[str, str] | None,
) -> TaskPart:
    if running is None:
        return first_revision(definitions, workload.service, newest)
    return next_revision(definitions, running, workload.service, last, ignored_variables(workload))


def _registration(definitions: Definitions, task: TaskPart) -> tuple[Step, ...]:
    if not task.register:
        return ()
    log_group = {"logGroupName": definitions.log_group, "retentionInDays": definitions.log_retention_days}
    return (
        Step(Verb.ENSURE_LOG_GROUP, log_group),
        Step(Verb.REGISTER_TASK_DEFINITION, definitions.task_definition),
    )


def _target(
    definitions: Definitions, live: Live, task: TaskPart, workload: Workload, kind: Kind, last: LastSet | None
) -> _Target:
    if kind is Kind.SERVICE and definitions.service is not None:
        if live.service is None:
            return _created_service(definitions.service, task, workload)
        was = last.sets.service if last is not None else None
        return _updated_service(definitions.service, live.service, task, workload, was)
    if kind is Kind.SCHEDULE and definitions.schedule is not None:
        return _schedule(definitions.schedule, live.schedule, task, last.sets.schedule if last is not None else None)
    return _Target()


def _created_service(wanted: Mapping[str, Any], task: TaskPart, workload: Workload) -> _Target:
    step = Step(Verb.CREATE_SERVICE, {**wanted, "taskDefinition": task.names}, starts_rollout=True)
    ours = not workload.autoscaled and "desiredCount" in wanted
    content = {key: value for key, value in service_content(wanted).items() if key not in _NAMES}
    count = int(wanted["desiredCount"]) if ours else None
    return _Target((step,), differences({}, content, "service"), count, sets=created_sets(wanted, count_is_ours=ours))


def _updated_service(
    wanted: Mapping[str, Any],
    live: LiveService,
    task: TaskPart,
    workload: Workload,
    last: Mapping[str, Any] | None,
) -> _Target:
    refuse_unprepared(wanted, live.body)
    autoscaled = workload.autoscaled or (live.autoscaled and not gives_back(live))
    last = not_counted(last) if workload.autoscaled or scaled_by_us(live) else last
    counted, ignored = "desiredCount" in wanted and not autoscaled, ignored_settings(workload)
    stated = counted and workload.sources.get("count", "").startswith(MANIFEST) and "desiredCount" not in ignored
    update = service_update(wanted, live.body, count_is_stated=stated, ignored=ignored, last=last)
    rolls = task.register or update.starts_rollout
    count = int((wanted if stated else live.body).get("desiredCount", 0)) if counted else None
    body: dict[str, Any] = {"cluster": wanted["cluster"], "service": wanted["serviceName"], **update.body}
    if rolls:
        body["taskDefinition"] = task.names
    steps = (Step(Verb.UPDATE_SERVICE, body, starts_rollout=rolls),) if rolls or update.body else ()
    return _Target(steps, update.changes, count, update.drift, update.sets)


def _schedule(
    wanted: Mapping[str, Any], live: LiveSchedule | None, task: TaskPart, last: Mapping[str, Any] | None
) -> _Target:
    """UpdateSchedule replaces the whole schedule, so the body is always complete."""
    body = with_revision(wanted, task.names)
    have = without_revision(schedule_content(live.body)) if live else {}
    want = without_revision(schedule_content(wanted))
    changes = differences(have, want, "schedule")
    drifted = drift(last, have, want, "schedule") if last is not None else ()
    idle = live is not None and not changes and not task.register
    steps = () if idle else (Step(Verb.UPDATE_SCHEDULE if live else Verb.CREATE_SCHEDULE, body),)
    return _Target(steps, changes, drift=drifted, sets=want)


def _left_behind(definitions: Definitions, live: Live, kind: Kind, service: str) -> tuple[Change, ...]:
    return (*tags_left(definitions.service, live.service), *_left_in_place(live, kind, service))


def _left_in_place(live: Live, kind: Kind, service: str) -> tuple[Change, ...]:
    """What another kind left behind: it is named here and never taken away, which somebody has to ask for."""
    left = {Kind.SERVICE: live.service, Kind.SCHEDULE: live.schedule}
    return tuple(
        Change(f"{other} {service}", "runs", "left in place: retire on request")
        for other, running in left.items()
        if running is not None and other is not kind
    )
