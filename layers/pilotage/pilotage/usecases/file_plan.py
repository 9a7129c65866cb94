"""File what Prepare found: the plan under its hash, and what it decided in the release's record."""

from __future__ import annotations

from dataclasses import replace

from pilotage.ports import Clock, Plans, Records
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest
from pilotage.usecases.prepare_release import Prepared


def file_plan(request: ReleaseRequest, prepared: Prepared, *, plans: Plans, records: Records, clock: Clock) -> None:
    """Idempotent. Also a plan without steps is kept: the record points at it."""
    plan = prepared.plan
    if plan is None:
        return
    for each in (*prepared.member_plans, plan):
        plans.put(each)
    record = records.get(request.target, request.release_id) or ReleaseRecord.begun(request, clock.now())
    if record.outcome is not None:
        return
    timings = replace(record.timings, prepared_at=record.timings.prepared_at or clock.now())
    records.save(replace(record.planned(plan), timings=timings))
