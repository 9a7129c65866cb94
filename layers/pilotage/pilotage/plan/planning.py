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
from pilotage.definitions import Definitions
from pilotage.definitions.canonical import schedule_content, service_content, task_definition_content
from pilotage.definitions.hooks import checked_by
from pilotage.definitions.stamp import CONTENT, as_mapping
from pilotage.document import content_hash, to_document
from pilotage.placement import Placement
from pilotage.plan import Change, Live, LiveSchedule, LiveService, Plan, Step, Verb
from pilotage.plan.diff import differences, task_differences
from pilotage.plan.rolling_out import fallback, refuse_foreign, refuse_unprepared, with_alarms
from pilotage.plan.service_update import service_update
from pilotage.policy import Policy
from pilotage.rollout_words import Migration
from pilotage.strategy import Strategy
from pilotage.workload import Kind, Workload
from pilotage.workload.layers import MANIFEST

# Of a service that does not exist yet, what is no news in its diff.
_NAMES = frozenset({"cluster", "serviceName", "taskDefinition", "tags"})
_PLAIN = Strategy()


@dataclass(frozen=True, slots=True)
class _Task:
    """The task definition's part. `names` is what steps call it: the revision that runs, or the family."""

    content: str
    names: str
    live_revision: str | None
    register: bool
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class _Target:
    """The service's or schedule's part. `count`: how many tasks will be wanted; None: not ours to say."""

    steps: tuple[Step, ...] = ()
    changes: tuple[Change, ...] = ()
    count: int | None = None


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
) -> Plan:
    """The steps from what is live to what is wanted, with their diff and their hash. No step: nothing would change.

    `newest_revision` (ARN and content hash of the family's newest) lets one-off work, of which nothing is live, end
    without a change. Raises Refused for what ECS cannot change in a service that exists, and for the service of another
    repository.
    """
    kind = placement.kind
    running = {Kind.SERVICE: live.service, Kind.SCHEDULE: live.schedule, Kind.TASK: None}[kind]
    for there in (live.service, live.schedule):  # whatever its kind: the name is what is owned
        refuse_foreign(there, workload.service, definitions.agreed.repository)
    task = _task(definitions, running, workload.service, newest_revision if kind is Kind.TASK else None)
    target = _target(definitions, live, task, workload, kind)
    steps = (*_registration(definitions, task), *with_alarms(definitions, target.steps))
    # The migrations of a digest that runs already were run with it.
    migrations = workload.migrations if task.register else ()
    instead = fallback(target.steps, task.names, definitions.service, policy)
    waits = strategy.longest_minutes if any(step.starts_rollout for step in steps) else 0
    deployment_id = running.primary_deployment_id if isinstance(running, LiveService) else None
    return Plan(
        hash=_hash(
            definitions, steps, artifact, policy, (task.live_revision, deployment_id), (strategy, migrations, instead)
        ),
        environment=policy.environment,
        service=workload.service,
        kind=kind.value,
        digest=artifact.digest,
        policy_version=policy.version,
        content_hash=task.content,
        steps=steps,
        changes=(*task.changes, *target.changes, *_left_in_place(live, kind, workload.service)),
        placement=placement.choice.value,
        placement_reasons=placement.reasons,
        live_revision=task.live_revision,
        live_deployment_id=deployment_id,
        cluster=policy.cluster,
        desired_count=target.count,
        deadline_minutes=policy.rollout.deadline_minutes + waits,
        made_at=made_at,
        freeze=policy.freeze,
        strategy=strategy,
        migrations=migrations,
        fallback=instead,
        check=checked_by(definitions.service or {}),
    )


def _task(
    definitions: Definitions,
    running: LiveService | LiveSchedule | None,
    main: str,
    newest: tuple[str, str] | None,
) -> _Task:
    """A revision never changes, so one that carries our content hash is ours, whatever ECS filled in."""
    wanted = task_definition_content(definitions.task_definition)
    content = as_mapping(definitions.task_definition["tags"])[CONTENT]
    if running is None:
        if newest is not None and newest[1] == content:
            return _Task(content, newest[0], newest[0], register=False)
        return _Task(content, definitions.family, None, register=True, changes=task_differences({}, wanted, main))
    arn, tags = running.task_definition_arn, _tags(running.task_definition)
    if as_mapping(tags or ()).get(CONTENT) == content:
        return _Task(content, arn, arn, register=False)
    have = task_definition_content(running.task_definition)
    if tags is None:  # the answer came without tags: nothing is known of them
        have, wanted = _untagged(have), _untagged(wanted)
    changes = task_differences(have, wanted, main)
    return _Task(content, definitions.family if changes else arn, arn, register=bool(changes), changes=changes)


def _registration(definitions: Definitions, task: _Task) -> tuple[Step, ...]:
    if not task.register:
        return ()
    log_group = {"logGroupName": definitions.log_group, "retentionInDays": definitions.log_retention_days}
    return (
        Step(Verb.ENSURE_LOG_GROUP, log_group),
        Step(Verb.REGISTER_TASK_DEFINITION, definitions.task_definition),
    )


def _target(definitions: Definitions, live: Live, task: _Task, workload: Workload, kind: Kind) -> _Target:
    if kind is Kind.SERVICE and definitions.service is not None:
        if live.service is None:
            return _created_service(definitions.service, task, workload)
        return _updated_service(definitions.service, live.service, task, workload)
    if kind is Kind.SCHEDULE and definitions.schedule is not None:
        return _schedule(definitions.schedule, live.schedule, task)
    return _Target()


def _created_service(wanted: Mapping[str, Any], task: _Task, workload: Workload) -> _Target:
    step = Step(Verb.CREATE_SERVICE, {**wanted, "taskDefinition": task.names}, starts_rollout=True)
    ours = not workload.autoscaled and "desiredCount" in wanted
    content = {key: value for key, value in service_content(wanted).items() if key not in _NAMES}
    return _Target((step,), differences({}, content, "service"), int(wanted["desiredCount"]) if ours else None)


def _updated_service(wanted: Mapping[str, Any], live: LiveService, task: _Task, workload: Workload) -> _Target:
    refuse_unprepared(wanted, live.body)
    autoscaled = live.autoscaled or workload.autoscaled
    counted = "desiredCount" in wanted and not autoscaled
    stated = counted and workload.sources.get("count") == MANIFEST
    update = service_update(wanted, live.body, count_is_stated=stated)
    rolls = task.register or update.starts_rollout
    count = int((wanted if stated else live.body).get("desiredCount", 0)) if counted else None
    if not rolls and not update.body:
        return _Target(count=count)
    body: dict[str, Any] = {"cluster": wanted["cluster"], "service": wanted["serviceName"], **update.body}
    if rolls:
        body["taskDefinition"] = task.names
    return _Target((Step(Verb.UPDATE_SERVICE, body, starts_rollout=rolls),), update.changes, count)


def _schedule(wanted: Mapping[str, Any], live: LiveSchedule | None, task: _Task) -> _Target:
    """UpdateSchedule replaces the whole schedule, so the body is always complete."""
    ecs = {**wanted["Target"]["EcsParameters"], "TaskDefinitionArn": task.names}
    body = {**wanted, "Target": {**wanted["Target"], "EcsParameters": ecs}}
    have = _without_revision(schedule_content(live.body)) if live else {}
    changes = differences(have, _without_revision(schedule_content(wanted)), "schedule")
    if live is not None and not changes and not task.register:
        return _Target()
    return _Target((Step(Verb.UPDATE_SCHEDULE if live else Verb.CREATE_SCHEDULE, body),), changes)


def _left_in_place(live: Live, kind: Kind, service: str) -> tuple[Change, ...]:
    """What another kind left behind: it is named here and never taken away, which somebody has to ask for."""
    left = {Kind.SERVICE: live.service, Kind.SCHEDULE: live.schedule}
    return tuple(
        Change(f"{other} {service}", "runs", "left in place: retire on request")
        for other, running in left.items()
        if running is not None and other is not kind
    )


def _hash(
    definitions: Definitions,
    steps: Sequence[Step],
    artifact: Artifact,
    policy: Policy,
    live: tuple[str | None, str | None],
    rollout: tuple[Strategy, tuple[Migration, ...], Step | None],
) -> str:
    """What an approval is bound to. Neither the release nor the time is in it; what is sent to whom is."""
    strategy, migrations, instead = rollout
    return content_hash(
        {
            "digest": artifact.digest,
            "task_definition": task_definition_content(definitions.task_definition),
            "service": service_content(definitions.service) if definitions.service else None,
            "schedule": schedule_content(definitions.schedule) if definitions.schedule else None,
            "log_group": [definitions.log_group, definitions.log_retention_days],
            "policy": [policy.environment, policy.version],
            "live": list(live),
            "steps": [[step.verb.value, step.starts_rollout, sorted(step.body)] for step in steps],
            "strategy": to_document(replace(strategy, reasons=())),
            "migrations": to_document(migrations),
            "fallback": to_document(instead),
            "alarms": [step.body for step in steps if step.verb is Verb.ENSURE_ALARM],
        }
    )


def _tags(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | None:
    inner = body.get("taskDefinition")
    tags = body.get("tags", inner.get("tags") if isinstance(inner, Mapping) else None)
    return tags if isinstance(tags, (list, tuple)) else None


def _untagged(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != "tags"}


def _without_revision(content: Mapping[str, Any]) -> dict[str, Any]:
    """A schedule without the revision that it starts: the task definition is compared on its own."""
    target = dict(content.get("Target", {}))
    ecs = {key: value for key, value in target.get("EcsParameters", {}).items() if key != "TaskDefinitionArn"}
    return {**content, "Target": {**target, "EcsParameters": ecs}}
