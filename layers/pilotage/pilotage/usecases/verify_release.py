"""What `pilotage verify` shows: every check of a release, before it is one. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pilotage.group.requests import request_of
from pilotage.ports import Models
from pilotage.release import ReleaseRequest
from pilotage.usecases.outlook import Home
from pilotage.usecases.plan_service import Given, draw
from pilotage.usecases.survey import Survey
from pilotage.verifying import Finding
from pilotage.workload import members_of


@dataclass(frozen=True, slots=True)
class Verified:
    """One service, schedule or task, by its name. The findings are those that are wrong first."""

    service: str
    findings: tuple[Finding, ...]


def verify_release(
    request: ReleaseRequest, given: Given, home: Home, models: Models, survey: Survey
) -> tuple[Verified, ...]:
    """Of each service that ships from the image. Raises Refused, BadManifest, BadTags, BadImage and BadDefinition for
    what comes to no definitions: then there is nothing to look at.
    """
    return tuple(
        Verified(each.service, survey.of(drawn.definitions, given.policy, home, given.artifact))
        for each in _requests(request, given)
        for drawn in [draw(each, home, given.artifact, given.tags, given.policy, models)]
    )


def _requests(request: ReleaseRequest, given: Given) -> Iterator[ReleaseRequest]:
    members = members_of(given.artifact)
    if members is None:
        yield request
    else:
        yield from (request_of(request, name) for name in members.names)
