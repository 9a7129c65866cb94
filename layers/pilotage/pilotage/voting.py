"""How a vote is held against an approval that was asked for: who may speak, and when enough have.

The first decision stands: whoever writes what `cast` answers does so against the very state that was read
(`ports.Approvals`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from pilotage.approval import SHORTEST_BINDING, Asked, State, Vote
from pilotage.policy import Policy
from pilotage.voices import seat, voices


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


def cast(asked: Asked, vote: Vote, named_binding: str, policy: Policy) -> Cast:
    """Hold a vote against the approval. Only the first decision counts; everybody later is told who decided."""
    refusal = _refusal(asked, vote, named_binding, policy)
    if refusal is not None:
        return Cast(refusal[0], refusal[1], asked)
    earlier = next((each for each in asked.votes if each.person == vote.person), None)
    if earlier is not None and vote.approves and not vote.break_glass:
        return Cast(Said.AGAIN, f"{vote.person} approved already; {missing(asked, policy)}", asked)
    vote = replace(vote, instead_of=_instead_of(asked, vote, policy))
    heard = (*(each for each in asked.votes if each.person != vote.person), vote)
    after = replace(asked, votes=heard, version=asked.version + 1)
    if not vote.approves:
        return _decided(after, State.REJECTED, vote, vote.sentence)
    if vote.break_glass:
        return _decided(after, State.APPROVED, vote, vote.sentence)
    still = missing(after, policy)
    if still:
        return Cast(Said.COUNTED, f"{vote.person} approved; {still}", after)
    return _decided(after, State.APPROVED, vote, f"approved by {' and '.join(each.person for each in heard)}")


def missing(asked: Asked, policy: Policy) -> str:
    """Who has still to say yes, in words; "" when nobody has. Each author whom nobody knows costs one voice more: one
    of those who approve may be that author, and then another is not.
    """
    extra = 0 if asked.rule.self_approval else asked.strangers
    approvers = [vote.person for vote in asked.votes if vote.approves]
    short = []
    for needed in asked.rule.groups:
        members = policy.groups.get(needed.group, ())
        lacking = needed.quorum + extra - voices(members, asked.rule.delegates, approvers, _silenced(asked))
        if lacking > 0:
            short.append(f"{lacking} more of {needed.group}")
    return f"still needed: {', '.join(short)}" if short else ""


def _decided(asked: Asked, state: State, vote: Vote, because: str) -> Cast:
    return Cast(Said.DECIDED, because, replace(asked, state=state, because=because, ended_at=vote.at))


def _refusal(asked: Asked, vote: Vote, named_binding: str, policy: Policy) -> tuple[Said, str] | None:
    name = named_binding.strip().lower()
    if len(name) < SHORTEST_BINDING or not asked.binding.startswith(name):
        return Said.NOT_ALLOWED, f"this plan is {asked.short}, not {name[:12] or 'unnamed'}: look at it first"
    if asked.state is not State.PENDING:
        return Said.TOO_LATE, f"it is {asked.state} already: {asked.because}"
    if vote.at >= asked.expires_at:
        return Said.TOO_LATE, f"it expired at {asked.expires_at:%Y-%m-%d %H:%M} UTC"
    breaks = vote.approves and vote.break_glass
    not_allowed = _may_break_the_glass(asked, vote, policy) if breaks else _may_vote(asked, vote, policy)
    return (Said.NOT_ALLOWED, not_allowed) if not_allowed else None


def _may_vote(asked: Asked, vote: Vote, policy: Policy) -> str | None:
    """Who made the change may still reject it; who only stands in for its maker may do neither."""
    if vote.approves and vote.person in _silenced(asked):
        return f"{vote.person} made this change; somebody else has to approve it"
    silenced = set(_silenced(asked)) - {vote.person}
    if not any(seat(vote.person, members, asked.rule.delegates, (), silenced) for members in _members(asked, policy)):
        groups = ", ".join(sorted({each.group for each in asked.rule.groups}))
        return f"{vote.person} is in none of the groups that decide here: {groups}"
    return None


def _may_break_the_glass(asked: Asked, vote: Vote, policy: Policy) -> str | None:
    group = asked.rule.break_glass
    if group is None or vote.person not in policy.groups.get(group, ()):
        return f"{vote.person} may not break the glass: that is for {group or 'nobody'}"
    if not vote.reason.strip():
        return "to break the glass takes a reason"
    return None


def _silenced(asked: Asked) -> tuple[str, ...]:
    """Whose approval does not count, in person or by a stand-in."""
    return () if asked.rule.self_approval else (asked.authors or ())


def _members(asked: Asked, policy: Policy) -> list[tuple[str, ...]]:
    return [policy.groups.get(each.group, ()) for each in asked.rule.groups]


def _instead_of(asked: Asked, vote: Vote, policy: Policy) -> str | None:
    """None for who has a seat of their own in any group."""
    if vote.break_glass or any(vote.person in members for members in _members(asked, policy)):
        return None
    silenced = _silenced(asked)
    seats = (seat(vote.person, members, asked.rule.delegates, (), silenced) for members in _members(asked, policy))
    return next((each for each in seats if each is not None), None)
