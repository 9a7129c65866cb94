"""CloudWatch's numbers: whole minutes, newest first, and nothing where nothing was measured."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fakes.checked_client import Answer, CheckedClient, Request, refusal
from fakes.clock import NOON, FakeClock
from fakes.wire import client
from moto import mock_aws
from pilotage.aws.metrics import CloudWatchMetrics
from pilotage.checking.queries import Where, queries
from pilotage.errors import BadDefinition, Throttled
from pilotage.rollout_words import Check

pytestmark = pytest.mark.disable_socket

CPU = queries(Check("cpu", metric="cpu", at_most=80), Where("main", "cats"))
RATE = queries(
    Check("errors", metric="error_rate", at_most=1), Where("main", "cats", "targetgroup/cats/1", "app/shop/2")
)


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    with mock_aws():
        yield client("cloudwatch")


def put(cloudwatch: Any, minutes_ago: float, value: float) -> None:
    dimensions = [{"Name": "ClusterName", "Value": "main"}, {"Name": "ServiceName", "Value": "cats"}]
    at = NOON - timedelta(minutes=minutes_ago)
    datum = {"MetricName": "CPUUtilization", "Dimensions": dimensions, "Timestamp": at, "Value": value}
    cloudwatch.put_metric_data(Namespace="AWS/ECS", MetricData=[datum])


def test_numbers_of_whole_minutes_come_newest_first(cloudwatch: Any) -> None:
    """The minute that has just begun would be judged by a few seconds of it."""
    for minutes_ago, value in ((1, 30), (2, 20), (3, 10), (0, 99), (9, 1)):
        put(cloudwatch, minutes_ago, value)
    clock = FakeClock(NOON + timedelta(seconds=40))
    assert CloudWatchMetrics(cloudwatch, clock).values(CPU, 5) == {"result": [30, 20, 10]}


def test_what_was_not_measured_is_empty(cloudwatch: Any) -> None:
    """No data is an answer of its own."""
    assert CloudWatchMetrics(cloudwatch, FakeClock()).values(CPU, 5) == {"result": []}


def scripted(*answers: dict[str, Any], clock: FakeClock | None = None) -> tuple[CloudWatchMetrics, list[Request]]:
    asked: list[Request] = []

    def answer(_operation: str, request: Request) -> Answer:
        asked.append(dict(request))
        return answers[len(asked) - 1]

    return CloudWatchMetrics(CheckedClient("cloudwatch", answer), clock or FakeClock()), asked


def result(*values: float) -> dict[str, Any]:
    times = [NOON - timedelta(minutes=number) for number in range(1, len(values) + 1)]
    return {"MetricDataResults": [{"Id": "result", "Values": list(values), "Timestamps": times}]}


def test_all_pages_are_read_in_their_order() -> None:
    """GetMetricData may split what it has, an empty page included."""
    metrics, asked = scripted(
        {**result(), "NextToken": "1"}, {**result(3, 2), "NextToken": "2"}, {"MetricDataResults": []}
    )
    assert metrics.values(RATE, 5) == {"result": [3, 2]}
    assert [request.get("NextToken") for request in asked] == [None, "1", "2"]


def test_what_is_no_number_is_left_out() -> None:
    """A division by nothing is no data point."""
    metrics, _ = scripted(result(1, float("nan"), float("inf"), 2))
    assert metrics.values(RATE, 5) == {"result": [1, 2]}


def test_the_window_is_as_long_as_asked_for() -> None:
    """It begins on the minute, and ends now: where minutes are shorter, as in a demonstration, so is the lag."""
    clock = FakeClock(NOON + timedelta(seconds=40))
    metrics, asked = scripted(result(), clock=clock)
    metrics.values(RATE, 7)
    assert asked[0]["StartTime"] == NOON - timedelta(minutes=7)
    assert asked[0]["EndTime"] == clock.now()


def refusing(code: str) -> CloudWatchMetrics:
    def refuse(operation: str, _request: Request) -> Answer:
        raise refusal(operation, code, "Error in expression 'result'")

    return CloudWatchMetrics(CheckedClient("cloudwatch", refuse), FakeClock())


def test_an_expression_that_is_none_is_the_manifests_mistake() -> None:
    """Named, so that the team can mend it."""
    with pytest.raises(BadDefinition, match="Error in expression"):
        refusing("ValidationError").values(RATE, 5)


def test_a_throttled_read_is_worth_another_try() -> None:
    """Never a reason to roll back."""
    with pytest.raises(Throttled):
        refusing("Throttling").values(RATE, 5)
