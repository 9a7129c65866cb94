"""What a check asks of CloudWatch, answered by the embedded one: the arithmetic of every word, and alarms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pilotage.aws.alarms import CloudWatchAlarms
from pilotage.aws.clock import SystemClock
from pilotage.aws.metrics import CloudWatchMetrics
from pilotage.aws.models import BotocoreModels
from pilotage.checking.queries import Where, queries, result_id
from pilotage.rollout_words import Check, Metric

pytestmark = pytest.mark.embedded
Aws = Callable[[str], Any]

WHERE = Where("checked", "cats", "targetgroup/checked/0123456789abcdef", "app/checked/0011223344556677")
OF_GROUP = [
    {"Name": "LoadBalancer", "Value": WHERE.load_balancer},
    {"Name": "TargetGroup", "Value": WHERE.target_group},
]
OF_SERVICE = [{"Name": "ClusterName", "Value": "checked"}, {"Name": "ServiceName", "Value": "cats"}]


@pytest.fixture(scope="module")
def cloudwatch(aws: Aws) -> Any:
    """Two whole minutes: 8 errors and 2 refused connections of 100 requests, and none of 50."""
    client = aws("cloudwatch")
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    for ago, requests, errors, refused, seconds in ((2, 50, None, None, 0.25), (1, 100, 8, 2, 0.5)):
        at = minute - timedelta(minutes=ago)
        told = {"RequestCount": requests, "HTTPCode_Target_5XX_Count": errors, "TargetConnectionErrorCount": refused}
        for name, value in {**told, "TargetResponseTime": seconds}.items():
            if value is not None:
                _put(client, "AWS/ApplicationELB", name, OF_GROUP, at, value)
        _put(client, "AWS/ECS", "CPUUtilization", OF_SERVICE, at, 40)
    return client


def _put(client: Any, namespace: str, name: str, dimensions: list[dict[str, Any]], at: datetime, value: float) -> None:
    datum = {"MetricName": name, "Dimensions": dimensions, "Timestamp": at, "Value": value}
    client.put_metric_data(Namespace=namespace, MetricData=[datum])


REQUESTS = Metric(
    "AWS/ApplicationELB", "RequestCount", "Sum", {str(each["Name"]): str(each["Value"]) for each in OF_GROUP}
)


@pytest.mark.parametrize(
    ("check", "numbers"),
    [
        (Check("errors", metric="error_rate", at_most=1), [10, 0]),
        (Check("slow", metric="p99", at_most=100), [500, 250]),
        (Check("cpu", metric="cpu", at_most=80), [40, 40]),
        (Check("memory", metric="memory", at_most=80), []),
        (Check("half", expression="requests / 2", metrics={"requests": REQUESTS}, at_least=1), [50, 25]),
    ],
    ids=lambda value: value.name if isinstance(value, Check) else "",
)
def test_every_word_comes_to_its_number(cloudwatch: Any, check: Check, numbers: list[float]) -> None:
    """A minute without errors is none of missing data, and one without requests is."""
    found = CloudWatchMetrics(cloudwatch, SystemClock()).values(queries(check, WHERE), 5)
    assert found[result_id(check)] == pytest.approx(numbers)


def test_alarms_of_ours_are_made_found_and_removed(cloudwatch: Any) -> None:
    """By the adapter that the functions use."""
    alarms = CloudWatchAlarms(cloudwatch, BotocoreModels())
    name = "pilotage-checked-cats-errors-0123abcd"
    alarms.ensure(
        {
            "AlarmName": name,
            "Metrics": queries(Check("errors", metric="error_rate", at_most=1), WHERE),
            "EvaluationPeriods": 2,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
        }
    )
    assert list(alarms.owned("pilotage-checked-cats-")) == [name]
    alarms.remove([name, "pilotage-checked-cats-errors-ffffffff"])
    assert list(alarms.owned("pilotage-checked-cats-")) == []
