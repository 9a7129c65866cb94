"""What a release's record tells from the moment it is planned."""

from __future__ import annotations

from fakes.harbour import Harbour
from pilotage.plan.words import folded


def test_a_planned_release_tells_what_was_decided_before_anything_is_applied() -> None:
    """`pilotage status` shows it while a release waits, and a lost execution is concluded by the plan named here."""
    harbour = Harbour()
    execution = harbour.begin(harbour.push("v1"))
    execution.prepare()
    request = execution.request
    record = harbour.records.get(request.target, request.release_id)
    assert record is not None
    assert record.plan_hash is not None
    plan = harbour.plans.get(record.plan_hash)
    assert (record.kind, record.placement) == (plan.kind, plan.placement)
    assert record.placement_reasons == plan.placement_reasons
    assert record.changes == tuple(change.path for change in folded(plan.changes))
    assert record.timings.prepared_at is not None
