"""May it go now? The answer is a decision with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pilotage.release import ReleaseRequest


class Decision(StrEnum):
    """What the state machine branches on after Prepare and Confirm."""

    GO = "go"
    ASK = "ask"  # people have to approve the plan
    HOLD = "hold"  # a freeze or a lock: wait for its end
    NO_CHANGE = "no_change"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"


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


def admit(request: ReleaseRequest, named_now: str | None, standing: Standing, ban: str | None) -> Verdict | None:
    """Judge the request before anything is rendered; None lets it pass.

    `named_now` is the digest that the request's tag names at this moment (None: the tag is gone), and counts only
    when the request came by a tag. For one tag what it resolves to now wins; across tags the time of the push.
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
    return None


def judge(*, steps: int, settled: bool, mine_to_change: bool) -> Verdict:
    """Judge the plan. `settled`: no deployment is under way; `mine_to_change`: the lease is held.

    An empty plan against a service in motion proves nothing, because what it equals may be rolled back any moment:
    such a release waits for its turn and looks again.
    """
    if steps:
        return Verdict(Decision.GO, (f"{steps} steps to take",))
    if settled:
        return Verdict(Decision.NO_CHANGE, ("what is live is what is wanted",))
    if mine_to_change:
        return Verdict(
            Decision.NO_CHANGE,
            ("what is live is what is wanted; a deployment that is not of this release is still under way",),
        )
    return Verdict(Decision.GO, ("nothing to change, but a rollout is under way: wait for it and look again",))
