"""A person's decision, bound to what will be applied: the protocol, without storage and without a clock.

The first decision stands: whoever writes an approval does so against the very state that was read (`ports.Approvals`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pilotage.deciding import Approval as Rules
from pilotage.deciding import Rule
from pilotage.document import content_hash, to_document
from pilotage.people import named
from pilotage.plan import Plan
from pilotage.policy import Policy
from pilotage.release import ReleaseRequest, RequestedBy
from pilotage.target import Target

SHORTEST_BINDING = 8  # characters of it that a person has to name


class State(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    VOID = "void"  # the plan changed, a newer push came, or a freeze began


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's word. `instead_of`: the absent person that a delegate stands in for."""

    person: str
    approves: bool
    at: datetime
    channel: str
    reason: str = ""
    break_glass: bool = False
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """An approval that was asked for. `binding` is hash(digest + diff + environment + rule); a vote has to name it.

    `authors`: names of the people who made what is to be released, as far as the policy knows them; None when the image
    does not say. `round` counts the times that this release had to ask, since its plan changed.
    """

    target: Target
    release_id: str
    binding: str
    plan_hash: str
    rule: Rule
    asked_at: datetime
    expires_at: datetime
    pushed_at: datetime
    authors: tuple[str, ...] | None
    round: int = 1
    state: State = State.PENDING
    votes: tuple[Vote, ...] = ()
    ended_at: datetime | None = None
    because: str = ""
    version: int = 0

    @property
    def short(self) -> str:
        return self.binding[:12]


class Said(StrEnum):
    """What became of a vote."""

    COUNTED = "counted"  # it is pending still: others have to say yes, too
    DECIDED = "decided"
    AGAIN = "again"  # the same person said the same before
    TOO_LATE = "too late"
    NOT_ALLOWED = "not allowed"


@dataclass(frozen=True, slots=True)
class Cast:
    """`asked` is how the approval stands then; it is to be written for COUNTED and DECIDED, and for no other."""

    said: Said
    sentence: str
    asked: Asked


def required(plan: Plan, request: ReleaseRequest, rules: Rules) -> Rule | None:
    """The rule that this plan needs to be approved by; None: nobody has to be asked."""
    if not plan.steps or rules.when == "never" or not rules.rule.groups:
        return None
    if request.requested_by is RequestedBy.PERSON and not rules.rollbacks:
        return None
    if rules.when == "always":
        return rules.rule
    kinds = {point.kind.value for point in plan.risk.points}
    return rules.rule if (kinds & set(rules.points) if rules.points else kinds) else None


def binding(plan: Plan) -> str:
    """What a decision is bound to: hash(digest + rendered diff + environment + approver rule), in hexadecimal.

    The plan's hash is in it, which covers the definitions, the policy's version and the live revision.
    """
    return content_hash(
        {
            "plan": plan.hash,
            "digest": plan.digest,
            "environment": plan.environment,
            "changes": [to_document(change) for change in plan.changes],
            "rule": to_document(plan.asks),
        }
    )


def ask(plan: Plan, request: ReleaseRequest, policy: Policy, now: datetime, round_: int = 1) -> Asked:
    """The approval to ask for. `plan.asks` is the rule."""
    assert plan.asks is not None
    authors = tuple(sorted(named(policy.people, plan.authors))) if plan.authors else None
    return Asked(
        target=request.target,
        release_id=request.release_id,
        binding=binding(plan),
        plan_hash=plan.hash,
        rule=plan.asks,
        asked_at=now,
        expires_at=now + timedelta(minutes=plan.asks.expires_minutes),
        pushed_at=request.pushed_at,
        authors=authors,
        round=round_,
    )


def cast(asked: Asked, vote: Vote, named_binding: str, policy: Policy) -> Cast:
    """Hold a vote against the approval. Only the first decision counts; everybody later is told who decided."""
    refusal = _refusal(asked, vote, named_binding, policy)
    if refusal is not None:
        return Cast(refusal[0], refusal[1], asked)
    earlier = next((each for each in asked.votes if each.person == vote.person), None)
    if earlier is not None and earlier.approves and vote.approves and not vote.break_glass:
        return Cast(Said.AGAIN, f"{vote.person} approved already; {_missing(asked, policy)}", asked)
    heard = (*(each for each in asked.votes if each.person != vote.person), vote)
    after = replace(asked, votes=heard, version=asked.version + 1)
    if not vote.approves:
        return _decided(after, State.REJECTED, vote, f"rejected by {vote.person}: {vote.reason or 'no reason given'}")
    if vote.break_glass:
        return _decided(after, State.APPROVED, vote, f"{vote.person} broke the glass: {vote.reason}")
    missing = _missing(after, policy)
    if missing:
        return Cast(Said.COUNTED, f"{vote.person} approved; {missing}", after)
    approvers = " and ".join(each.person for each in heard if each.approves)
    return _decided(after, State.APPROVED, vote, f"approved by {approvers}")


def end(asked: Asked, state: State, because: str, now: datetime) -> Asked:
    """Ended without a vote: expired, or void."""
    return replace(asked, state=state, because=because, ended_at=now, version=asked.version + 1)


def _decided(asked: Asked, state: State, vote: Vote, because: str) -> Cast:
    return Cast(Said.DECIDED, because, replace(asked, state=state, because=because, ended_at=vote.at))


def _refusal(asked: Asked, vote: Vote, named_binding: str, policy: Policy) -> tuple[Said, str] | None:
    if not _names(asked, named_binding):
        return Said.NOT_ALLOWED, f"this plan is {asked.short}, not {named_binding[:12] or 'unnamed'}: look at it first"
    if asked.state is not State.PENDING:
        return Said.TOO_LATE, f"it is {asked.state} already: {asked.because}"
    if vote.at >= asked.expires_at:
        return Said.TOO_LATE, f"it expired at {asked.expires_at:%Y-%m-%d %H:%M} UTC"
    not_allowed = _may_break_the_glass(asked, vote, policy) if vote.break_glass else _may_vote(asked, vote, policy)
    return (Said.NOT_ALLOWED, not_allowed) if not_allowed else None


def _may_vote(asked: Asked, vote: Vote, policy: Policy) -> str | None:
    if not _seats(asked, vote, policy):
        groups = ", ".join(sorted({each.group for each in asked.rule.groups}))
        return f"{vote.person} is in none of the groups that decide here: {groups}"
    if vote.approves and not asked.rule.self_approval and vote.person in (asked.authors or ()):
        return f"{vote.person} made this change; somebody else has to approve it"
    return None


def _may_break_the_glass(asked: Asked, vote: Vote, policy: Policy) -> str | None:
    group = asked.rule.break_glass
    if group is None or vote.person not in policy.groups.get(group, ()):
        return f"{vote.person} may not break the glass: that is for {group or 'nobody'}"
    if not vote.reason.strip():
        return "to break the glass takes a reason"
    return None


def _names(asked: Asked, named_binding: str) -> bool:
    return len(named_binding) >= SHORTEST_BINDING and asked.binding.startswith(named_binding)


def _seats(asked: Asked, vote: Vote, policy: Policy) -> frozenset[str]:
    """The groups that this person speaks in, as a member or for the member who named a delegate."""
    speaks_for = {
        vote.person,
        *(absent for absent, stand_in in asked.rule.delegates.items() if stand_in == vote.person),
    }
    return frozenset(each.group for each in asked.rule.groups if speaks_for & set(policy.groups.get(each.group, ())))


def _missing(asked: Asked, policy: Policy) -> str:
    """Who has still to say yes, in words; "" when nobody has. Unknown authors cost one voice more: one of those who
    approve may be the author, and then another is not.
    """
    extra = 1 if asked.authors is None and not asked.rule.self_approval else 0
    short = []
    for needed in asked.rule.groups:
        voices = sum(1 for vote in asked.votes if vote.approves and needed.group in _seats(asked, vote, policy))
        if voices < needed.quorum + extra:
            short.append(f"{needed.quorum + extra - voices} more of {needed.group}")
    return f"still needed: {', '.join(short)}" if short else ""
