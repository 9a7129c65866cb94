"""Fall back: Spot had no capacity for the rollout, and the plan says what to do then.

It is the same revision, by a deployment that is forced, because a capacity provider strategy alone moves nothing (API
reference, UpdateService). As with the first deployment, it is written down before the write, so that a death in between
loses nothing: whoever tries again finds which deployment was to be replaced, and whether that one is PRIMARY still.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pilotage.errors import ForeignWrite, Overwritten
from pilotage.plan import Plan, Step
from pilotage.ports import Started
from pilotage.release import ReleaseRequest
from pilotage.rollout import Rollout
from pilotage.usecases.apply_release import Applied, Writer
from pilotage.usecases.deploying import identified, kept_of, write
from pilotage.usecases.registering import hold


def fall_back(request: ReleaseRequest, execution: str, plan_hash: str, writer: Writer) -> Applied:
    """Raises LeaseLost, PlanMissing and ForeignWrite before the service is touched, Overwritten right after."""
    plan = writer.plans.get(plan_hash)
    hold(request, execution, writer)
    kept = kept_of(request, writer.rollouts)
    if kept is None or plan.fallback is None:
        raise ForeignWrite(f"{request.target}: nothing of {request.release_id} is left to bring in on demand")
    before = writer.services.started(plan.cluster, plan.service)
    rollout = kept if kept.fell_back else _intended(kept, plan, before, writer)
    _refuse_foreign(rollout, before)
    if before is not None and before.deployment_id != rollout.fell_back_from:
        started = _begun(rollout, before, writer)
    else:
        started = _write(rollout, plan.fallback, request, execution, writer)
    identified(rollout, started, writer.rollouts)
    _remember(request, plan.fallback, writer)
    return Applied("await_rollout", revision=rollout.revision)


def _remember(request: ReleaseRequest, step: Step, writer: Writer) -> None:
    """That the capacity is on demand now was set by us: no plan may take it for somebody else's doing."""
    from pilotage.definitions.canonical import service_content  # noqa: PLC0415 - a cold start seldom needs it

    last = writer.last_sets.of(request.target)
    if last is None or last.release_id != request.release_id:
        return
    capacity = service_content({"capacityProviderStrategy": step.body["capacityProviderStrategy"]})
    service = {**(last.sets.service or {}), **capacity}
    writer.last_sets.put(request.target, replace(last, sets=replace(last.sets, service=service)))


def _intended(kept: Rollout, plan: Plan, before: Started | None, writer: Writer) -> Rollout:
    """The rollout of the other deployment. Its token comes with the next wait; a wish to stop it stays."""
    if kept.deployment_id is not None and (before is None or before.deployment_id != kept.deployment_id):
        now = before.deployment_id if before else "no service"
        raise ForeignWrite(f"{plan.service}: {now} is PRIMARY, not {kept.deployment_id}: nothing was written")
    moment = writer.clock.now()
    return replace(
        kept,
        deployment_id=None,
        service_deployment_arn=None,
        previous_service_deployment_arn=kept.service_deployment_arn,
        started_at=moment,
        planned_at=moment,
        deadline=moment + timedelta(minutes=plan.deadline_minutes),
        task_token=None,
        ended_at=None,
        stop_requested_at=None,
        phase=None,
        progress=None,
        stage=None,
        traffic=None,
        fell_back=True,
        fell_back_from=before.deployment_id if before else None,
    )


def _refuse_foreign(rollout: Rollout, before: Started | None) -> None:
    if before is None or before.revision != rollout.revision:
        now = f"{before.deployment_id} with {before.revision}" if before else "no service"
        raise ForeignWrite(f"{rollout.target}: {now} is PRIMARY, not {rollout.revision}: nothing was written")


def _write(rollout: Rollout, step: Step, request: ReleaseRequest, execution: str, writer: Writer) -> Started:
    writer.rollouts.open(rollout)
    hold(request, execution, writer)
    started = write(step, rollout.revision, writer.services)
    if started.revision != rollout.revision:
        raise Overwritten(
            f"{rollout.target}: PRIMARY runs {started.revision} right after our write of {rollout.revision}"
        )
    return started


def _begun(rollout: Rollout, before: Started, writer: Writer) -> Started:
    """What a try that died after its write began. Another deployment of the same revision behind it is not ours."""
    since = rollout.planned_at or rollout.started_at
    ours = writer.services.find_deployment(rollout.cluster, rollout.target.service, rollout.revision, since)
    if ours and before.service_deployment_arn not in {None, ours}:
        raise Overwritten(f"{rollout.target}: deployment {before.deployment_id} took the place of ours, {ours}")
    return replace(before, service_deployment_arn=ours or before.service_deployment_arn)
