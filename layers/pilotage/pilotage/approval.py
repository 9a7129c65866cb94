"""A person's decision, bound to what will be applied: what is asked and how it ends; `voting` says who may decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from pilotage.deciding import Approval as Rules
from pilotage.deciding import Rule
from pilotage.document import content_hash, to_document
from pilotage.people import Identity, named
from pilotage.plan import Plan
from pilotage.release import ReleaseRequest, RequestedBy
from pilotage.target import Target

if TYPE_CHECKING:
    from pilotage.policy import Policy  # Apply holds a plan to its approval without reading a policy
    from pilotage.rollout import Hook

SHORTEST_BINDING = 8  # characters of it that a person has to name


class State(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    VOID = "void"  # the plan changed, a newer push came, or a freeze began


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's word. `instead_of`: the absent person that a delegate stands in for. `message` and `identity`: what
    it came by, so that the same message is known again, and the trail can be written from here.
    """

    person: str
    approves: bool
    at: datetime
    channel: str
    reason: str = ""
    break_glass: bool = False
    instead_of: str | None = None
    message: str = ""
    identity: Identity | None = None

    @property
    def sentence(self) -> str:
        """What this person did, in words."""
        why = f": {self.reason}" if self.reason else ""
        if not self.approves:
            return f"rejected by {self.person}{why or ': no reason given'}"
        if self.break_glass:
            return f"{self.person} broke the glass{why}"
        return f"approved by {self.person}{f' for {self.instead_of}' if self.instead_of else ''}{why}"


@dataclass(frozen=True, slots=True)
class Asked:
    """An approval that was asked for. `binding` is hash(digest + diff + environment + rule); a vote has to name it.

    `authors`: names of the people who made what is to be released, as far as the policy knows them; None when the image
    does not say. `strangers`: so many of them nobody knows. `round` counts the plans that this release had to ask for.
    `superseded`: VOID because a newer release came. `version` grows with every write, also from round to round.
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
    strangers: int = 0
    superseded: bool = False
    version: int = 0
    hook: str | None = None  # id of the pause of a rollout that it is about; None: about the plan
    about: str = ""  # what is asked there, in words: `traffic: step 2 of 10, 20 %`

    @property
    def short(self) -> str:
        return self.binding[:12]

    @property
    def subject(self) -> str:
        """What a vote is about: the plan, or a pause of its rollout."""
        return f"plan {self.short}" if self.hook is None else f"pause {self.short}, {self.about}"


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


def approved(asked: Asked | None, plan: Plan) -> bool:
    """Nobody has to be asked, or those who had to approved this very plan."""
    if plan.asks is None:
        return True
    return asked is not None and asked.state is State.APPROVED and asked.binding == binding(plan)


def ask(plan: Plan, request: ReleaseRequest, policy: Policy, now: datetime) -> Asked:
    """The approval to ask for. `plan.asks` is the rule.

    Who asked for the release is one of its authors. What an image says of its authors is a claim of whoever can push:
    a name that the policy does not know is a stranger, who may be anybody. A claim that names a colleague cannot be
    told from the truth; a quorum of two is proof against it.
    """
    assert plan.asks is not None
    return _asked(plan, request, policy, plan.asks, binding(plan), now)


def ask_at(hook: Hook, about: str, plan: Plan, request: ReleaseRequest, policy: Policy, now: datetime) -> Asked:
    """The decision to ask for at a pause of the plan's rollout: by the rule by which the plan was approved, or else by
    the policy's. It ends when ECS waits no longer.
    """
    rule = plan.asks or plan.pause_rule or Rule(())
    asked = _asked(plan, request, policy, rule, content_hash({"plan": plan.hash, "hook": hook.id}), now)
    return replace(asked, expires_at=hook.expires_at or asked.expires_at, hook=hook.id, about=about)


def _asked(plan: Plan, request: ReleaseRequest, policy: Policy, rule: Rule, bound: str, now: datetime) -> Asked:
    told = {author.strip().lower() for author in plan.authors if author.strip()}
    known = named(policy.people, told) | ({request.person} if request.person else set())
    strangers = sum(1 for author in told if not named(policy.people, [author]))
    return Asked(
        target=request.target,
        release_id=request.release_id,
        binding=bound,
        plan_hash=plan.hash,
        rule=rule,
        asked_at=now,
        expires_at=now + timedelta(minutes=rule.expires_minutes),
        pushed_at=request.pushed_at,
        authors=tuple(sorted(known)) if told or known else None,
        strangers=strangers if told or known else 1,
    )


def opened(kept: Asked | None, asked: Asked) -> Asked | None:
    """What to keep when `asked` is to be asked; None: what is kept stays.

    An end of the release (rejected, expired, superseded) is never taken back, and who was asked about this very plan is
    not asked twice. A plan that changed is asked about anew, and so is one whose approval a freeze has voided.
    Each pause of a rollout is asked about once, whatever became of the one before.
    """
    if kept is None:
        return asked
    if asked.hook is not None:
        late = kept.hook is not None and kept.asked_at > asked.asked_at  # somebody who looked before the next pause
        return None if late or kept.hook == asked.hook else _next(kept, asked)
    if kept.hook is not None:
        return None  # the rollout has begun: what is asked about the plan comes too late
    if kept.superseded or kept.state in {State.REJECTED, State.EXPIRED}:
        return None
    same = kept.binding == asked.binding
    if same and kept.state is not State.VOID:
        return None
    return replace(asked, round=kept.round if same else kept.round + 1, version=kept.version + 1)


def _next(kept: Asked, asked: Asked) -> Asked:
    return replace(asked, round=kept.round + 1, version=kept.version + 1)


def end(asked: Asked, state: State, because: str, now: datetime, *, superseded: bool = False) -> Asked:
    """Ended without a vote: expired, or void."""
    return replace(asked, state=state, because=because, ended_at=now, superseded=superseded, version=asked.version + 1)
