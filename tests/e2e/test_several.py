"""Several services from one image: one release of the whole, and one of each."""

from __future__ import annotations

from typing import Any

import pytest
from e2e.account import Account
from e2e.playbill import plays
from e2e.team import STARTS_AND_DIES, Team, image
from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord
from pilotage.target import Target

pytestmark = pytest.mark.embedded


_NIGHTLY = {"kind": "schedule", "schedule": {"expression": "rate(30 days)"}}
_ORDER = ["worker", "web", "nightly"]


def several(account: Account) -> Team:
    """The second of three fails."""
    team = Team(account, "several")
    team.seen["first"] = team.release(image("1", of({})), "v1")
    team.seen["second"] = team.release(image("2", of({"command": list(STARTS_AND_DIES)})), "v2")
    return team


def of(web: dict[str, Any]) -> dict[str, Any]:
    return {"services": {"worker": {}, "web": web, "nightly": _NIGHTLY}, "order": _ORDER}


def members(team: Team, record: ReleaseRecord) -> dict[str, ReleaseRecord | None]:
    records = team.account.world.records
    return {
        member.name: records.get(Target(team.environment, member.service), member.release_id)
        for member in record.members
    }


def running(team: Team, service: str) -> str:
    """The image that the only deployment of a service runs."""
    found = team.account.client("ecs").describe_services(cluster=team.account.cluster, services=[service])["services"]
    (deployment,) = found[0]["deployments"]
    return team.image_of(deployment["taskDefinition"]).partition("@")[2]


@plays(several)
def test_several_services_come_in_by_one_release(played: Team) -> None:
    """One outcome for the team, and a record for each service; what runs by a schedule follows the image, too."""
    first = played.seen["first"]
    each = members(played, first)

    assert first.outcome is Outcome.SUCCEEDED
    assert list(each) == _ORDER
    assert all(record is not None and record.outcome is Outcome.SUCCEEDED for record in each.values())
    assert [member.service for member in first.members] == [f"several-{name}" for name in _ORDER]
    assert [record.kind for record in each.values() if record] == ["service", "service", "schedule"]


@plays(several)
def test_a_member_that_fails_brings_back_those_before_it_and_stops_those_behind_it(played: Team) -> None:
    """Half a change is worse than none: all run the digest of before, and the outcome names each of them."""
    first, second = played.seen["first"], played.seen["second"]
    each = members(played, second)
    said = " ".join(second.reasons)

    assert second.outcome is Outcome.ROLLED_BACK
    assert each["worker"] is not None
    assert each["worker"].outcome is Outcome.SUCCEEDED
    assert each["web"] is not None
    assert each["web"].outcome is Outcome.ROLLED_BACK
    assert each["nightly"] is None
    assert all(name in said for name in _ORDER), said
    assert {running(played, service) for service in ("several-worker", "several-web")} == {first.request.digest}
