"""One artifact going to one environment: the request that starts it and the record it leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pilotage.outcome import Outcome
from pilotage.target import Target as Target


class RequestedBy(StrEnum):
    """Who asked: ECR's event, the sweep for missed events, or a person."""

    PUSH = "push"
    RECONCILE = "reconcile"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """The input of one execution of the `release` state machine, whose name is `release_id`.

    `pushed_at` is what orders releases of different tags: the time of the push event, not `imagePushedAt`, which
    belongs to a digest and cannot date the move of a tag.
    """

    release_id: str
    service: str
    environment: str
    account: str
    region: str
    repository: str
    digest: str
    tag: str | None
    pushed_at: datetime
    correlation_id: str
    requested_by: RequestedBy = RequestedBy.PUSH
    version: int = 1

    @property
    def target(self) -> Target:
        return Target(self.environment, self.service)


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
    timings: Timings = field(default_factory=Timings)
