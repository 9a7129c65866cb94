"""CloudWatch alarms that Pilotage owns: made, found again by their name, and taken away; never anybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fakes.alarms import FakeAlarms
from fakes.checked_client import CheckedClient, refusal
from fakes.wire import client
from moto import mock_aws
from pilotage.aws.alarms import CloudWatchAlarms
from pilotage.aws.models import BotocoreModels
from pilotage.checking.queries import Where, queries
from pilotage.errors import BadDefinition, Throttled
from pilotage.ports import Alarms
from pilotage.rollout_words import Check

pytestmark = pytest.mark.disable_socket

WEB = Where("main", "cats", "targetgroup/cats/0123", "app/shop/4567")
ERRORS = Check("errors", metric="error_rate", at_most=1)


@pytest.fixture(params=["fake", "cloudwatch"])
def alarms(request: pytest.FixtureRequest) -> Iterator[Alarms]:
    if request.param == "fake":
        yield FakeAlarms(page=2)
        return
    with mock_aws():
        yield CloudWatchAlarms(client("cloudwatch"), BotocoreModels())


def body(name: str, **more: Any) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "Metrics": queries(ERRORS, WEB),
        "EvaluationPeriods": 2,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Tags": [{"Key": "pilotage:service", "Value": "cats"}],
        **more,
    }


def test_an_alarm_is_found_again_by_how_its_name_begins(alarms: Alarms) -> None:
    """What is wanted is compared with what is there by name alone: all pages, in order, of one service."""
    names = [f"pilotage-prod-cats-errors-{number:08x}" for number in range(5)]
    for name in reversed(names):
        alarms.ensure(body(name))
    alarms.ensure(body("pilotage-prod-dogs-errors-0000000a"))
    assert list(alarms.owned("pilotage-prod-cats-")) == names


def test_ensuring_what_is_there_changes_nothing(alarms: Alarms) -> None:
    """A retry of Apply does it again."""
    for _ in range(2):
        alarms.ensure(body("pilotage-prod-cats-errors-0000000a"))
    assert list(alarms.owned("pilotage-prod-")) == ["pilotage-prod-cats-errors-0000000a"]


def test_what_somebody_else_named_alike_is_not_ours(alarms: Alarms) -> None:
    """A stack called `pilotage-prod` has alarms of its own, which CloudFormation names after it."""
    alarms.ensure(body("pilotage-prod-FollowRolloutErrorsAlarm-1ABC2DEF3GH4"))
    assert list(alarms.owned("pilotage-prod-")) == []


def test_what_is_removed_is_gone_and_the_others_stay(alarms: Alarms) -> None:
    """Those of a check that is no longer in the manifest."""
    one, two = "pilotage-prod-cats-errors-00000001", "pilotage-prod-cats-errors-00000002"
    alarms.ensure(body(one))
    alarms.ensure(body(two))
    alarms.remove([one])
    assert list(alarms.owned("pilotage-prod-cats-")) == [two]


def test_removing_what_is_gone_is_no_error_and_stops_nothing(alarms: Alarms) -> None:
    """A retry, or somebody in the console, was first: the others of the list go all the same."""
    one = "pilotage-prod-cats-errors-00000001"
    alarms.ensure(body(one))
    alarms.remove(["pilotage-prod-cats-errors-000000ff", one])
    assert list(alarms.owned("pilotage-prod-cats-")) == []
    alarms.remove([one])
    alarms.remove([])


def test_what_botocore_does_not_take_is_a_bad_definition(alarms: Alarms) -> None:
    """Before anything is sent."""
    with pytest.raises(BadDefinition, match="Threshold"):
        alarms.ensure(body("pilotage-prod-cats-errors-0000000a", Threshold="much"))


@pytest.mark.parametrize("code", ["ValidationError", "InvalidParameterCombination", "LimitExceeded"])
def test_what_cloudwatch_refuses_names_the_alarm_and_the_remedy(code: str) -> None:
    """An expression that is no metric math is a mistake in a manifest, which no retry mends."""

    def refuse(operation: str, _request: object) -> dict[str, Any]:
        raise refusal(operation, code, "Metrics list contains an invalid expression")

    with pytest.raises(BadDefinition, match=r"invalid expression.*errors-0000000a.*Change the check"):
        CloudWatchAlarms(CheckedClient("cloudwatch", refuse), BotocoreModels()).ensure(
            body("pilotage-prod-cats-errors-0000000a")
        )


def test_a_throttled_write_is_worth_another_try() -> None:
    """PutMetricAlarm has a bucket of its own, and many services are released at once."""

    def refuse(operation: str, _request: object) -> dict[str, Any]:
        raise refusal(operation, "Throttling", "Rate exceeded")

    with pytest.raises(Throttled):
        CloudWatchAlarms(CheckedClient("cloudwatch", refuse), BotocoreModels()).ensure(
            body("pilotage-prod-cats-errors-0000000a")
        )
