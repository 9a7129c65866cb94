"""May it go now? The answer is a decision with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pilotage.deciding import Freeze
from pilotage.release import ReleaseRequest, RequestedBy
from pilotage.stops import Pin, Stop, StopKind


class Decision(StrEnum):
    """What the state machine branches on after Prepare and Confirm."""

    GO = "go"
    ASK = "ask"  # people have to approve the plan
    HOLD = "hold"  # a freeze or a lock: wait for its end
    NO_CHANGE = "no_change"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"


NO_REASON = "no reason given"


# What supersedes an older release that waits for people.
WANTED = frozenset({Decision.GO, Decision.ASK, Decision.HOLD})


@dataclass(frozen=True, slots=True)
class Verdict:
    """`until`: when a HOLD ends by itself, if it does."""

    decision: Decision
    reasons: tuple[str, ...]
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a target has been through. Times and digests are None before the first of their kind."""

    applied_pushed_at: datetime | None = None
    applied_tag: str | None = None
    succeeded_digest: str | None = None
    succeeded_revision: str | None = None
    successes: int = 0
    cleaned: int = 0  # how many successes there were when what they left behind was cleaned up


def admit(
    request: ReleaseRequest, named_now: str | None, standing: Standing, ban: str | None, pin: Pin | None = None
) -> Verdict | None:
    """Judge the request before anything is rendered; None lets it pass.

    `named_now` is the digest that the request's tag names at this moment (None: the tag is gone), and counts only
    when the request came by a tag. For one tag what it resolves to now wins; across tags the time of the push.
    `ban` is the reason of the digest's ban, None also for one that was lifted. A pin holds against everybody, its owner
    included; a ban is stronger than a pin.
    """
    if request.tag is not None and named_now != request.digest:
        seen = f"{request.tag} names {named_now} by now" if named_now else f"{request.tag} is gone"
        return Verdict(Decision.SUPERSEDED, (f"{seen}, not {request.digest}",))
    applied = standing.applied_pushed_at
    if applied is not None and request.pushed_at < applied and request.tag != standing.applied_tag:
        return Verdict(
            Decision.SUPERSEDED,
            (f"{standing.applied_tag or 'a request'} of {applied:%Y-%m-%d %H:%M:%S} UTC is newer and was applied",),
        )
    if ban is not None:
        return Verdict(Decision.REJECTED, (f"{request.digest} is banned from {request.target}: {ban}",))
    if pin is not None and pin.digest != request.digest:
        return Verdict(
            Decision.REJECTED,
            (f"held at {pin.digest} by {pin.owner}: {pin.reason or NO_REASON}; unpin to release",),
        )
    return None


def held(request: ReleaseRequest, stops_in_force: Sequence[Stop], freeze: Freeze) -> Verdict | None:
    """Judge the request by the freezes and locks that are in force now; None lets it pass.

    It waits (HOLD) or ends (REJECTED) as the policy says. `until`: when the last of them ends by itself, None when one
    stays until somebody lifts it. A rollback that a person asked for passes freezes, if the policy says so; a person's
    own request passes their own lock, and nobody else's.
    """
    stops = [stop for stop in stops_in_force if not _passes(request, stop, freeze)]
    if not stops:
        return None
    reasons = tuple(stop.sentence for stop in stops)
    if freeze.meets == "end":
        return Verdict(Decision.REJECTED, reasons)
    ends = [stop.until for stop in stops if stop.until is not None]
    return Verdict(Decision.HOLD, reasons, max(ends) if len(ends) == len(stops) else None)


def _passes(request: ReleaseRequest, stop: Stop, freeze: Freeze) -> bool:
    if request.requested_by is RequestedBy.GROUP:
        return True  # what holds one of its members holds the whole, before anything of it begins
    asked_for = request.requested_by is RequestedBy.PERSON
    if stop.kind is StopKind.LOCK:
        return asked_for and request.person is not None and request.person == stop.owner
    return asked_for and freeze.rollbacks


def judge(*, steps: int, settled: bool, mine_to_change: bool) -> Verdict:
    """Judge the plan. `settled`: no deployment is under way; `mine_to_change`: the lease is held.

    An empty plan against a service in motion proves nothing, because what it equals may be rolled back any moment:
    such a release waits for its turn and looks again.
    """
    if steps:
        return Verdict(Decision.GO, (f"{steps} step{'s' if steps > 1 else ''} to take",))
    if settled:
        return Verdict(Decision.NO_CHANGE, ("what is live is what is wanted",))
    if mine_to_change:
        return Verdict(
            Decision.NO_CHANGE,
            ("what is live is what is wanted; a deployment that is not of this release is still under way",),
        )
    return Verdict(Decision.GO, ("nothing to change, but a rollout is under way: wait for it and look again",))
