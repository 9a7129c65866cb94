"""What is kept of a release, from its start to its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pilotage.document import to_document
from pilotage.measure import Measure
from pilotage.migration import MigrationRun
from pilotage.outcome import Outcome
from pilotage.plan import Member
from pilotage.plan.words import folded
from pilotage.release import ReleaseRequest

if TYPE_CHECKING:
    from pilotage.plan import Plan


@dataclass(frozen=True, slots=True)
class Timings:
    """When each thing happened; None where it did not. ISO 8601 in documents, aware datetimes here."""

    pushed_at: datetime | None = None
    received_at: datetime | None = None
    prepared_at: datetime | None = None
    applied_at: datetime | None = None
    ecs_ended_at: datetime | None = None
    concluded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReleaseRecord:
    """What is kept of a release, from its start to its outcome."""

    request: ReleaseRequest
    started_at: datetime
    outcome: Outcome | None = None  # None while it is under way
    reasons: tuple[str, ...] = ()
    kind: str | None = None
    placement: str | None = None
    placement_reasons: tuple[str, ...] = ()
    plan_hash: str | None = None
    changes: tuple[str, ...] = ()
    revision: str | None = None  # the task definition that was to run
    previous_revision: str | None = None  # what ran before: the target of a rollback
    rolled_back_to: str | None = None
    deployment_id: str | None = None  # ecs-svc/..., what deployment events carry
    service_deployment_arn: str | None = None  # what Describe and Stop take
    stop_reasons: tuple[str, ...] = ()
    risk: tuple[str, ...] = ()  # a sentence each: what could go wrong
    commit: str | None = None
    authors: tuple[str, ...] = ()
    source: str | None = None  # the repository on the web, as the image's label has it
    waits_for: str | None = None  # people, or the end of a freeze, in words; None while it does not
    decided: str | None = None  # who approved or rejected it, in words
    strategy: str | None = None  # how the revision came in, in words: canary, 10 % for 5 minutes
    cause: str | None = None  # of a rollback, as `rollout.Cause` has it
    early: str | None = None  # that and why it counts as a success before all tasks were up
    fell_back: str | None = None  # that and why it runs on demand instead of on Spot
    measures: tuple[Measure, ...] = ()  # what the checks measured, in the order of time
    migrations: tuple[MigrationRun, ...] = ()
    members: tuple[Member, ...] = ()  # of a release of several services: each with its own record
    findings: tuple[str, ...] = ()  # what was foreign, or else worth a person's look
    timings: Timings = field(default_factory=Timings)

    def planned(self, plan: Plan) -> ReleaseRecord:
        """With what a plan decided."""
        return replace(
            self,
            kind=plan.kind,
            placement=plan.placement,
            placement_reasons=plan.placement_reasons,
            plan_hash=plan.hash,
            changes=tuple(change.path for change in folded(plan.changes)),
            risk=tuple(f"{point.kind}: {point.reason}" for point in plan.risk.points),
            commit=plan.commit,
            authors=plan.authors,
            source=plan.source,
            previous_revision=plan.live_revision,
            members=plan.members,
        )

    @classmethod
    def begun(cls, request: ReleaseRequest, now: datetime) -> ReleaseRecord:
        return cls(request, now, timings=Timings(pushed_at=request.pushed_at, received_at=now))


# PutEvents takes 256 KB ("Amazon EventBridge event size", User Guide); a diff alone may have thousands of lines.
_LINES = 50
_LONGEST = 500  # characters of a line


def news(record: ReleaseRecord) -> dict[str, Any]:
    """The record as it is told to others: its lists cut where they are long. The table keeps the whole."""
    document: dict[str, Any] = to_document(record)
    return {key: _cut(value) if isinstance(value, list) else value for key, value in document.items()}


def _cut(lines: list[str]) -> list[str]:
    kept = [line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..." for line in lines[:_LINES]]
    return kept if len(lines) <= _LINES else [*kept, f"... and {len(lines) - _LINES} more"]
