"""The last look before the write: is the plan approved, and did no freeze, lock, ban or pin come since?"""

from __future__ import annotations

from datetime import datetime

from pilotage import approval, gate
from pilotage.deciding import Freeze
from pilotage.errors import NotApproved
from pilotage.plan import Plan
from pilotage.ports import Approvals, Clock, Pins, Records, Stops
from pilotage.release import ReleaseRequest
from pilotage.stops import Stop
from pilotage.target import Target
from pilotage.windows import windows_in_force


def may_begin(request: ReleaseRequest, plan: Plan, approvals: Approvals, stops: Stops, clock: Clock) -> bool:
    """False when a freeze or a lock came since the plan was confirmed. Raises NotApproved without people's yes."""
    asked = approvals.get(request.target, request.release_id) if plan.asks else None
    if not approval.approved(asked, plan):
        raise NotApproved(f"plan {plan.hash[:12]} of {request.release_id} needs an approval that it does not have")
    in_force = stops_in_force(request.target, plan.freeze, stops, clock.now())
    return gate.held(request, in_force, plan.freeze) is None


def is_barred(request: ReleaseRequest, records: Records, pins: Pins) -> bool:
    """A ban or a pin came since the plan was confirmed."""
    ban, pin = records.ban_of(request.target, request.digest), pins.get(request.target)
    return gate.admit(request, request.digest, gate.Standing(), ban, pin) is not None


def stops_in_force(target: Target, freeze: Freeze, stops: Stops, now: datetime) -> tuple[Stop, ...]:
    """Freezes and locks that people set, and the policy's windows; `gate.held` decides which count for a request."""
    set_by_people = tuple(stop for stop in stops.over(target) if stop.in_force(now))
    return (*set_by_people, *windows_in_force(freeze.windows, target, now))
