"""One artifact going to one environment: the request that starts a release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pilotage.target import Target


class RequestedBy(StrEnum):
    """Who asked: ECR's event, the sweep for missed events, a person, or a release of several services for a member."""

    PUSH = "push"
    RECONCILE = "reconcile"
    PERSON = "person"
    GROUP = "group"


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
    person: str | None = None  # who asked, when a person did
    because: str = ""  # and why
    group: str | None = None  # id of the release of several services that this one is a part of
    group_service: str | None = None  # and its service
    member: str | None = None  # which of them, as the manifest's `services` call it
    version: int = 1

    @property
    def target(self) -> Target:
        return Target(self.environment, self.service)
