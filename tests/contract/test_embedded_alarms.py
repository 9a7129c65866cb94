"""CloudWatch of the embedded AWS: alarms are evaluated as CloudWatch does, over whole periods, with metric math."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pilotage_local import stack

pytestmark = pytest.mark.embedded
Ask = Callable[..., Any]
_MINUTE = 2.0


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """CloudWatch of a place whose minutes last two seconds."""
    state_dir = tmp_path_factory.mktemp("brisk")
    yield stack.client("cloudwatch", stack.up(state_dir, containers="simulated", minute=_MINUTE).endpoint)
    stack.down(state_dir)


def _metric(name: str) -> dict[str, Any]:
    dimensions = [
        {"Name": "TargetGroup", "Value": "targetgroup/green/1"},
        {"Name": "LoadBalancer", "Value": "app/web/1"},
    ]
    return {"Namespace": "Cats", "MetricName": name, "Dimensions": dimensions}


def _query(identity: str, metric: str, stat: str = "Sum", **more: Any) -> dict[str, Any]:
    return {"Id": identity, "MetricStat": {"Metric": _metric(metric), "Period": 60, "Stat": stat}, **more}


def _rate(bad: str, all_of_them: str) -> list[dict[str, Any]]:
    """The share of bad answers in percent; no bad ones are no data, which means none."""
    expression = "IF(asked > 0, 100 * FILL(bad, 0) / asked)"
    return [
        _query("bad", bad, ReturnData=False),
        _query("asked", all_of_them, ReturnData=False),
        {"Id": "rate", "Expression": expression, "Label": "errors in percent", "ReturnData": True},
    ]


def _put(metrics: Any, name: str, queries: list[dict[str, Any]], **more: Any) -> None:
    metrics.put_metric_alarm(
        AlarmName=name,
        Metrics=queries,
        **{
            "EvaluationPeriods": 1,
            "Threshold": 5.0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "missing",
            **more,
        },
    )


def _tell(metrics: Any, **values: float) -> None:
    data = [{**_metric(name), "Value": value, "Unit": "Count"} for name, value in values.items()]
    metrics.put_metric_data(
        Namespace="Cats", MetricData=[{k: v for k, v in datum.items() if k != "Namespace"} for datum in data]
    )


def _state(metrics: Any, name: str) -> str:
    return str(metrics.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])


def test_an_alarm_on_an_error_rate_goes_off_and_calms_down(metrics: Any, until: Ask) -> None:
    """The canary's analysis: a quarter of bad answers is above five percent, none is below."""
    _put(metrics, "rate", _rate("bad-1", "asked-1"))
    (described,) = metrics.describe_alarms(AlarmNames=["rate"])["MetricAlarms"]
    assert described["StateValue"] == "INSUFFICIENT_DATA"
    assert [query["Id"] for query in described["Metrics"]] == ["bad", "asked", "rate"]
    assert "MetricName" not in described

    def bad() -> bool:
        _tell(metrics, **{"bad-1": 5, "asked-1": 20})
        return _state(metrics, "rate") == "ALARM"

    assert until(bad)
    reason = metrics.describe_alarms(AlarmNames=["rate"])["MetricAlarms"][0]["StateReason"]
    assert "[25]" in reason

    def good() -> bool:
        _tell(metrics, **{"asked-1": 20})
        return _state(metrics, "rate") == "OK"

    assert until(good)
    assert until(lambda: _state(metrics, "rate") == "INSUFFICIENT_DATA")  # nobody asks any more


@pytest.mark.parametrize(
    ("treat", "state"), [("missing", "INSUFFICIENT_DATA"), ("notBreaching", "OK"), ("breaching", "ALARM")]
)
def test_missing_data_is_treated_as_the_alarm_says(metrics: Any, until: Ask, treat: str, state: str) -> None:
    """Insufficient data is an answer of its own, with a policy of its own."""
    name = f"silent-{treat}"
    _put(metrics, name, [_query("m", "silent")], TreatMissingData=treat)
    assert until(lambda: _state(metrics, name) == state)


def test_an_alarm_on_one_metric_looks_at_its_dimensions_alone(metrics: Any, until: Ask) -> None:
    """MiniStack alone mixes the two target groups, and the blue one's errors would end the green one's canary."""
    one = {key: value for key, value in _metric("mixed").items() if key != "Dimensions"}
    green = [{"Name": "TargetGroup", "Value": "targetgroup/green/1"}]
    blue = [{"Name": "TargetGroup", "Value": "targetgroup/blue/1"}]
    metrics.put_metric_alarm(
        AlarmName="green alone",
        **one,
        Dimensions=green,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )

    def seen() -> bool:
        told = [
            {"MetricName": "mixed", "Dimensions": names, "Value": value} for names, value in ((green, 1), (blue, 99))
        ]
        metrics.put_metric_data(Namespace="Cats", MetricData=told)
        return _state(metrics, "green alone") != "INSUFFICIENT_DATA"

    assert until(seen)
    assert _state(metrics, "green alone") == "OK"


def test_a_state_set_by_hand_lasts_until_the_next_evaluation(metrics: Any, until: Ask) -> None:
    """That is how people try their alarms (API reference, SetAlarmState)."""
    _put(metrics, "by hand", [_query("m", "silent")], TreatMissingData="notBreaching")
    assert until(lambda: _state(metrics, "by hand") == "OK")
    metrics.set_alarm_state(AlarmName="by hand", StateValue="ALARM", StateReason="a trial")
    assert _state(metrics, "by hand") == "ALARM"
    assert until(lambda: _state(metrics, "by hand") == "OK")


def test_an_expression_that_is_none_is_refused(metrics: Any) -> None:
    """The plan's step fails by name instead of an alarm that never goes off."""
    queries = [_query("m", "silent", ReturnData=False), {"Id": "e", "Expression": "m / nobody", "ReturnData": True}]
    with pytest.raises(ClientError, match="nobody") as refused:
        _put(metrics, "broken", queries)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    metrics.delete_alarms(AlarmNames=["broken"])


def test_deleted_alarms_are_gone(metrics: Any) -> None:
    """The reconciler removes those that no service names any more."""
    _put(metrics, "short-lived", [_query("m", "silent")])
    metrics.delete_alarms(AlarmNames=["short-lived"])
    assert metrics.describe_alarms(AlarmNames=["short-lived"])["MetricAlarms"] == []


def test_numbers_are_asked_for_with_metric_math_newest_first(metrics: Any, until: Ask) -> None:
    """The numbers of each step are kept in the record. Two of the place's minutes give two points of sixty seconds."""
    first = time.time()
    _tell(metrics, **{"bad-2": 1, "asked-2": 10})
    until(lambda: time.time() // _MINUTE > first // _MINUTE)
    _tell(metrics, **{"bad-2": 4, "asked-2": 10})
    now = datetime.now(UTC)
    found = metrics.get_metric_data(
        MetricDataQueries=_rate("bad-2", "asked-2"), StartTime=now - timedelta(minutes=4), EndTime=now
    )
    (rate,) = found["MetricDataResults"]
    assert (rate["Id"], rate["Label"]) == ("rate", "errors in percent")
    assert rate["Values"] == [40.0, 10.0]
    newest, oldest = rate["Timestamps"]
    assert (newest - oldest).total_seconds() == pytest.approx(60, abs=1)
