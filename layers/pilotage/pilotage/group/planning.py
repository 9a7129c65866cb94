"""The plans of the members become the one plan of the whole, which people approve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pilotage.document import content_hash
from pilotage.group import GROUP
from pilotage.plan import Member, Plan
from pilotage.plan.risk import Point, Risk
from pilotage.policy import Policy
from pilotage.release import ReleaseRequest


@dataclass(frozen=True, slots=True)
class Part:
    """One member: its request, its own plan, and the digest that it can be brought back to."""

    request: ReleaseRequest
    plan: Plan
    back_to: str | None
    settled: bool = True

    @property
    def name(self) -> str:
        return self.request.member or self.request.service

    @property
    def member(self) -> Member:
        request, plan = self.request, self.plan
        steps = len(plan.steps)
        return Member(self.name, request.service, request.release_id, plan.hash, plan.kind, steps, self.back_to)


def group_plan(
    request: ReleaseRequest, parts: Sequence[Part], policy: Policy, made_at: datetime, *, together: bool
) -> Plan:
    """All that will be done, in the order in which it is done. Its hash covers those of its members."""
    plans = [part.plan for part in parts]
    first = plans[0]
    deadlines = [plan.deadline_minutes for plan in plans]
    return Plan(
        hash=_hash(parts, policy, together=together),
        environment=request.environment,
        service=request.service,
        kind=GROUP,
        digest=request.digest,
        policy_version=policy.version,
        content_hash=content_hash([plan.content_hash for plan in plans]),
        steps=tuple(step for plan in plans for step in plan.steps),
        changes=tuple(
            replace(change, path=f"{part.name}: {change.path}") for part in parts for change in part.plan.changes
        ),
        drift=tuple(replace(each, path=f"{part.name}: {each.path}") for part in parts for each in part.plan.drift),
        placement=", ".join(dict.fromkeys(plan.placement for plan in plans)),
        placement_reasons=tuple(f"{part.name}: {each}" for part in parts for each in part.plan.placement_reasons),
        live_revision=None,
        live_deployment_id=None,
        cluster=policy.cluster,
        desired_count=None,
        deadline_minutes=max(deadlines) if together else sum(deadlines),
        made_at=made_at,
        risk=Risk(tuple(_named(part, point) for part in parts for point in part.plan.risk.points)),
        freeze=policy.freeze,
        authors=first.authors,
        commit=first.commit,
        source=first.source,
        members=tuple(part.member for part in parts),
        together=together,
    )


def _named(part: Part, point: Point) -> Point:
    return replace(point, reason=f"{part.name}: {point.reason}")


def _hash(parts: Sequence[Part], policy: Policy, *, together: bool) -> str:
    """What an approval is bound to: every member's own plan, and how they go."""
    return content_hash(
        {
            "members": [[part.name, part.request.service, part.plan.hash, part.back_to] for part in parts],
            "together": together,
            "policy": [policy.environment, policy.version],
        }
    )
