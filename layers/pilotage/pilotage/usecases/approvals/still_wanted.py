"""Is a release that waits for people still wanted? What Prepare asked before, asked again without a look at AWS."""

from __future__ import annotations

from datetime import datetime

from pilotage import gate
from pilotage.gate import Verdict
from pilotage.policy import Policy
from pilotage.ports import Records, Stops
from pilotage.release import ReleaseRequest
from pilotage.usecases.last_look import stops_in_force


def refused_now(request: ReleaseRequest, records: Records) -> Verdict | None:
    """SUPERSEDED or REJECTED, as the gate says; None: it may go on. What a tag names is what its last push said:
    Confirm asks the registry.
    """
    head = records.head(request.repository, request.tag) if request.tag is not None else None
    return gate.admit(
        request,
        head.digest if head is not None else request.digest,
        records.standing(request.target),
        records.ban_of(request.target, request.digest),
    )


def held_now(request: ReleaseRequest, policy: Policy, stops: Stops, now: datetime) -> Verdict | None:
    """HOLD or REJECTED by the freezes and locks that are in force; None: it may go on."""
    return gate.held(request, stops_in_force(request.target, policy.freeze, stops, now), policy.freeze)
