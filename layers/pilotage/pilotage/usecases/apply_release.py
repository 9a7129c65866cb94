"""Apply: the only writer, and it decides nothing. It does the steps of the plan that was confirmed, in their order.

Every step may be done again after a crash: a revision with the same content is used again, and a deployment that
already runs our revision, and was not there when the plan was made, is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pilotage.errors import ForeignWrite, Overwritten
from pilotage.plan import Plan, Step, Verb
from pilotage.plan.last_set import next_set
from pilotage.ports import (
    Alarms,
    Approvals,
    Clock,
    LastSets,
    Leases,
    Pace,
    Pins,
    Plans,
    Records,
    Rollouts,
    Scaling,
    Schedules,
    Services,
    Started,
    Stops,
)
from pilotage.release import ReleaseRequest
from pilotage.scheduled import with_revision
from pilotage.usecases.deploying import identified, kept_of, write
from pilotage.usecases.intended_rollout import intended
from pilotage.usecases.last_look import is_barred, may_begin
from pilotage.usecases.migrations.what_ran import is_due
from pilotage.usecases.registering import ensure_log_group, hold, known_revision, register, running, turn_to_register


@dataclass(frozen=True, slots=True)
class Applied:
    """What the state machine does next. `not_before` is set when it is to wait for its turn at ECS's token bucket."""

    next: str  # "await_rollout", "conclude", "wait_for_slot", or "look_again": a freeze began
    not_before: datetime | None = None
    revision: str | None = None


@dataclass(frozen=True)
class Writer:
    """The ports that Apply writes through."""

    services: Services
    scaling: Scaling
    alarms: Alarms
    schedules: Schedules
    plans: Plans
    records: Records
    last_sets: LastSets
    leases: Leases
    rollouts: Rollouts
    approvals: Approvals
    stops: Stops
    pins: Pins
    pace: Pace
    clock: Clock


def apply_release(request: ReleaseRequest, execution: str, plan_hash: str, writer: Writer) -> Applied:
    """Carry out the plan.

    Raises LeaseLost, NotApproved, ForeignWrite and PlanMissing before the service is touched, Overwritten right after,
    and BadDefinition when ECS does not take what the model took.
    """
    plan = writer.plans.get(plan_hash)
    hold(request, execution, writer)
    if kept_of(request, writer.rollouts) is None:  # what has begun is carried on
        barred = is_barred(request, writer.records, writer.pins)
        early = is_due(plan, writer.records.get(request.target, request.release_id))  # it was let through for a freeze
        if barred or early or not may_begin(request, plan, writer.approvals, writer.stops, writer.clock):
            return Applied("look_again")
    revision = known_revision(plan, writer)
    if revision is None:
        turn = turn_to_register(request, writer)
        if turn is not None:
            return Applied("wait_for_slot", turn)
    for step in plan.steps:
        match step.verb:
            case Verb.ENSURE_LOG_GROUP | Verb.ENSURE_ALARM:
                _ensure(step, writer)
            case Verb.REGISTER_TASK_DEFINITION:
                revision = revision or register(plan, step, writer)
            case _:
                hold(request, execution, writer)
                _change(request, plan, step, revision, writer)
    _remember(request, plan, revision, writer)
    writer.records.applied(request.target, request)
    _note(request, plan, revision, writer)
    return Applied("await_rollout" if plan.starts_rollout else "conclude", revision=revision)


def _ensure(step: Step, writer: Writer) -> None:
    if step.verb is Verb.ENSURE_LOG_GROUP:
        ensure_log_group(step, writer)
    else:
        writer.alarms.ensure(step.body)


def _change(request: ReleaseRequest, plan: Plan, step: Step, revision: str | None, writer: Writer) -> None:
    """What only the holder of the lease may do."""
    match step.verb:
        case Verb.CREATE_SERVICE | Verb.UPDATE_SERVICE:
            if step.verb is Verb.UPDATE_SERVICE:  # should this never get to the note after the write
                _remember(request, plan, running(revision, plan), writer, pending=True)
            _deploy(request, plan, step, running(revision, plan), writer)
        case Verb.ENSURE_SCALING:
            _scale(plan, step, writer)
        case Verb.CREATE_SCHEDULE | Verb.UPDATE_SCHEDULE:
            _schedule(step, running(revision, plan), writer)


def _deploy(request: ReleaseRequest, plan: Plan, step: Step, revision: str, writer: Writer) -> None:
    """The rollout is written down before the write: should this die right after it, for good, the sweep still finds
    the deployment, and nobody is given the lease while ECS is at it.
    """
    before = writer.services.started(plan.cluster, plan.service)
    kept = kept_of(request, writer.rollouts)
    rollout = kept or intended(request, plan, before, revision, writer.services, writer.clock)
    if kept and before and before.revision == revision and before.deployment_id != plan.live_deployment_id:
        started = _begun(plan, before, revision, writer)
    else:
        _refuse_foreign(plan, before, revision, writer)
        if step.starts_rollout:
            writer.rollouts.open(rollout)
        started = write(step, revision, writer.services)
        if started.revision != revision:
            raise Overwritten(f"{plan.service}: PRIMARY runs {started.revision} right after our write of {revision}")
    if step.starts_rollout:
        identified(rollout, started, writer.rollouts)


def _begun(plan: Plan, before: Started, revision: str, writer: Writer) -> Started:
    """What a try that died after its write began. Another deployment of the same revision behind it is not ours."""
    ours = writer.services.find_deployment(plan.cluster, plan.service, revision, plan.made_at)
    if ours and before.service_deployment_arn not in {None, ours}:
        raise Overwritten(f"{plan.service}: deployment {before.deployment_id} took the place of ours, {ours}")
    return replace(before, service_deployment_arn=ours or before.service_deployment_arn)


def _refuse_foreign(plan: Plan, before: Started | None, revision: str, writer: Writer) -> None:
    now = before.deployment_id if before else None
    if now != plan.live_deployment_id:
        ours = before and writer.services.find_deployment(plan.cluster, plan.service, revision, plan.made_at)
        if ours:  # a try of ours that died after the write, and somebody else's write behind it
            raise Overwritten(f"{plan.service}: deployment {now} took the place of ours, {ours}")
        raise ForeignWrite(
            f"{plan.service}: deployment {now} is PRIMARY, the plan was made against {plan.live_deployment_id}. "
            "Somebody else changed the service; nothing was written. Push again to plan against what is there now."
        )


def _scale(plan: Plan, step: Step, writer: Writer) -> None:
    """Once the service is there. A body without bounds asks for the end of it."""
    if "MaxCapacity" in step.body["target"]:
        writer.scaling.ensure(step.body)
    else:
        writer.scaling.remove(plan.cluster, plan.service)


def _schedule(step: Step, revision: str, writer: Writer) -> None:
    body = with_revision(step.body, revision)
    if step.verb is Verb.UPDATE_SCHEDULE:
        writer.schedules.update(body)
        return
    try:
        writer.schedules.create(body)
    except ForeignWrite:
        found = writer.schedules.live(body["Name"], body.get("GroupName", "default")).schedule
        if found is None or found.task_definition_arn != revision:
            raise
        # a try of ours that died after the write


def _remember(
    request: ReleaseRequest, plan: Plan, revision: str | None, writer: Writer, *, pending: bool = False
) -> None:
    """For the next plan, which tells by it what others changed since."""
    if revision is None:
        return
    known = writer.last_sets.of(request.target)
    last = next_set(plan, request.release_id, revision, known, writer.clock.now(), request.member, pending=pending)
    if last is not None:
        writer.last_sets.put(request.target, last)


def _note(request: ReleaseRequest, plan: Plan, revision: str | None, writer: Writer) -> None:
    record = writer.records.get(request.target, request.release_id)
    if record is not None and record.outcome is None:
        timings = replace(record.timings, applied_at=record.timings.applied_at or writer.clock.now())
        noted = replace(record, revision=revision, previous_revision=plan.live_revision, timings=timings)
        writer.records.save(noted)
