"""Who changed a service last: told from the account's log, and never of another service or of a refused call."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from botocore.stub import ANY, Stubber
from fakes.change_log import FakeChangeLog
from fakes.clock import NOON, FakeClock
from pilotage.aws.change_log import CloudTrailChangeLog
from pilotage.errors import AccessDenied
from pilotage.ports import ChangeLog, Writing

pytestmark = pytest.mark.disable_socket

ADA = "assumed-role/engineer/ada"
ARN = f"arn:aws:sts::123456789012:{ADA}"
Log = Callable[[Mapping[tuple[str, str], list[Writing]]], ChangeLog]


def event(cluster: str, service: str, minutes: int, **more: Any) -> dict[str, Any]:
    """As LookupEvents tells an UpdateService (ECS Developer Guide, "Log Amazon ECS API calls using CloudTrail")."""
    told = {
        "userIdentity": {"type": "AssumedRole", "arn": ARN},
        "eventSource": "ecs.amazonaws.com",
        "requestParameters": {"cluster": cluster, "service": service, "desiredCount": 5},
        **more,
    }
    return {
        "EventId": "e",
        "EventName": "UpdateService",
        "EventTime": NOON + timedelta(minutes=minutes),
        "Username": "ada",
        "CloudTrailEvent": json.dumps(told),
    }


def trail(*pages: list[dict[str, Any]], clock: FakeClock | None = None) -> tuple[CloudTrailChangeLog, Stubber]:
    client = botocore.session.get_session().create_client(
        "cloudtrail",
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    stubber = Stubber(client)
    for number, page in enumerate(pages):
        token = {"NextToken": f"t{number}"} if number < len(pages) - 1 else {}
        asked = {"LookupAttributes": ANY, "StartTime": NOON, **({"NextToken": ANY} if number else {})}
        stubber.add_response("lookup_events", {"Events": page, **token}, asked)
    stubber.activate()
    return CloudTrailChangeLog(client, clock or FakeClock()), stubber


@pytest.fixture(params=["fake", "cloudtrail"])
def log(request: pytest.FixtureRequest) -> Log:
    def of(written: Mapping[tuple[str, str], list[Writing]]) -> ChangeLog:
        if request.param == "fake":
            fake = FakeChangeLog()
            fake.written = dict(written)
            return fake
        found = [
            event(*named, int((each.at - NOON).total_seconds() // 60))
            for named, all_ in written.items()
            for each in all_
        ]
        newest_first = sorted((each for each in found if each["EventTime"] >= NOON), key=lambda one: one["EventTime"])
        return trail(newest_first[::-1])[0]

    return of


def at(minutes: int) -> Writing:
    return Writing(ADA, NOON + timedelta(minutes=minutes))


def test_the_last_one_who_changed_it_is_told(log: Log) -> None:
    """Of this service in this cluster, and since Pilotage set it."""
    known = {("main", "cats"): [at(3), at(9), at(-5)], ("main", "bats"): [at(20)], ("other", "cats"): [at(30)]}
    assert log(known).last_writer("main", "cats", NOON) == at(9)


def test_nobody_is_told_where_nothing_is_known(log: Log) -> None:
    """What was changed months ago, or by other means, is in no log."""
    assert log({("main", "cats"): [at(-5)]}).last_writer("main", "cats", NOON) is None


@pytest.mark.parametrize(
    ("told", "who"),
    [
        ({"requestParameters": {"cluster": "arn:aws:ecs:r:1:cluster/main", "service": "arn:x:service/main/cats"}}, ADA),
        ({"userIdentity": {"type": "AWSService", "invokedBy": "ecs.application-autoscaling.amazonaws.com"}}, "ecs.app"),
        ({"userIdentity": {}}, "ada"),
        ({"errorCode": "AccessDenied"}, None),
        ({"requestParameters": None}, None),
    ],
)
def test_an_event_is_read_as_cloudtrail_writes_it(told: dict[str, Any], who: str | None) -> None:
    """By ARN or by name, by a person or by a service of AWS; a call that was refused changed nothing."""
    found = trail([event("main", "cats", 1, **told)])[0].last_writer("main", "cats", NOON)
    assert (found.who[: len(who)] if found and who else None) == who


def test_few_pages_are_read_and_slowly() -> None:
    """LookupEvents takes two calls a second, for the whole account."""
    clock = FakeClock()
    pages = [[event("main", "bats", number)] for number in range(9)]
    log, stubber = trail(*pages, clock=clock)
    assert log.last_writer("main", "cats", NOON) is None
    assert len(stubber._queue) == 4
    assert clock.now() - NOON >= timedelta(seconds=2)


def test_a_missing_right_is_said() -> None:
    """Whoever asks is told why they are not told more."""
    log, stubber = trail()
    stubber.add_client_error("lookup_events", "AccessDeniedException", "no")
    with pytest.raises(AccessDenied, match="cloudtrail:LookupEvents"):
        log.last_writer("main", "cats", NOON)
