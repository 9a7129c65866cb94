"""A member's plan, held against the plan of the whole that people approved."""

from __future__ import annotations

from pilotage.approval import required
from pilotage.gate import Decision, Verdict
from pilotage.group import whole_of
from pilotage.plan import Plan
from pilotage.policy import Policy
from pilotage.ports import Records
from pilotage.release import ReleaseRequest


def not_as_approved(request: ReleaseRequest, plan: Plan, policy: Policy, records: Records) -> Verdict | None:
    """REJECTED, when this is not what the release of the whole listed and somebody would have to be asked about it.

    None for a release of its own. What people approved is the plan of the whole, which covers the hash of this one. A
    member that is brought back goes to what ran before, as the plan of the whole said that it would.
    """
    found = whole_of(request)
    if found is None:
        return None
    whole = records.get(*found)
    if whole is None or whole.outcome is not None:
        return Verdict(Decision.REJECTED, (f"release {found[1]}, which it is a part of, is over",))
    if request.digest != whole.request.digest:
        return None
    listed = any(each.release_id == request.release_id and each.plan_hash == plan.hash for each in whole.members)
    if listed or required(plan, request, policy.approval) is None:
        return None
    return Verdict(Decision.REJECTED, (f"the plan of {request.member} changed after the group was approved",))
