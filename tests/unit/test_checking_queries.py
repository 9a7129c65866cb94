"""What CloudWatch is asked for a check: one module for the alarm and for the numbers."""

from __future__ import annotations

import botocore.session
import pytest
from botocore.validate import ParamValidator
from pilotage.checking.queries import Where, dimension_of, queries, result_id
from pilotage.errors import BadManifest
from pilotage.rollout_words import Check, Metric

WEB = Where("shop", "cats", "targetgroup/cats/0123", "app/shop/4567")
OF_GROUP = [
    {"Name": "LoadBalancer", "Value": "app/shop/4567"},
    {"Name": "TargetGroup", "Value": "targetgroup/cats/0123"},
]
ORDERS = {"orders": Metric("Shop", "Orders", "Sum", {"Service": "cats"})}

CHECKS = [
    Check("errors", metric="error_rate", at_most=1),
    Check("slow", metric="p99", at_most=500),
    Check("cpu", metric="cpu", at_most=80),
    Check("memory", metric="memory", at_most=80),
    Check("orders", expression="orders / 2", metrics=ORDERS, at_least=1),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_an_alarm_and_a_look_at_the_numbers_take_the_same_queries(check: Check) -> None:
    """PutMetricAlarm and GetMetricData: botocore's own model of both accepts what is made, and one query returns data
    (an alarm refuses two).
    """
    model = botocore.session.get_session().get_service_model("cloudwatch")
    made = queries(check, WEB)
    alarm = {"AlarmName": "a", "EvaluationPeriods": 2, "ComparisonOperator": "GreaterThanThreshold", "Metrics": made}
    look = {"MetricDataQueries": made, "StartTime": 0, "EndTime": 60}
    for operation, request in (("PutMetricAlarm", alarm), ("GetMetricData", look)):
        shape = model.operation_model(operation).input_shape
        assert not ParamValidator().validate(request, shape).has_errors()
    assert [each["Id"] for each in made if each["ReturnData"]] == [result_id(check)]


def test_errors_are_counted_where_the_target_group_answers() -> None:
    """A load balancer does not report a count of zero, and a target that refuses the connection never answers 5XX."""
    errors, refused, requests, rate = queries(CHECKS[0], WEB)
    assert errors["MetricStat"] == {
        "Metric": {
            "Namespace": "AWS/ApplicationELB",
            "MetricName": "HTTPCode_Target_5XX_Count",
            "Dimensions": OF_GROUP,
        },
        "Period": 60,
        "Stat": "Sum",
    }
    assert refused["MetricStat"]["Metric"]["MetricName"] == "TargetConnectionErrorCount"
    assert requests["MetricStat"]["Metric"]["MetricName"] == "RequestCount"
    assert rate["Expression"] == "100 * (FILL(errors, 0) + FILL(refused, 0)) / requests"


def test_the_cluster_is_named_as_metrics_have_it() -> None:
    """A policy may hold the cluster's ARN; the dimension ClusterName is the name alone."""
    arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"
    (cpu,) = queries(CHECKS[2], Where(arn, "cats"))
    dimensions = cpu["MetricStat"]["Metric"]["Dimensions"]
    assert dimensions == [{"Name": "ClusterName", "Value": "shop"}, {"Name": "ServiceName", "Value": "cats"}]


def test_an_id_of_the_team_never_hides_the_result() -> None:
    """Ids of one request are unique: a team may call its own metric `result`."""
    check = Check("own", expression="result * 2", metrics={"result": ORDERS["orders"]}, at_least=1)
    assert [each["Id"] for each in queries(check, WEB)] == ["result", "result_"]


@pytest.mark.parametrize("where", [Where("shop", "cats"), Where("shop", "cats", "targetgroup/cats/1", "net/shop/2")])
def test_what_only_an_application_load_balancer_measures_is_refused_without_one(where: Where) -> None:
    """A Network Load Balancer knows no answers: an alarm on its error rate would stay silent for ever."""
    with pytest.raises(BadManifest, match="metric of the check errors: 'error_rate'"):
        queries(CHECKS[0], where)


@pytest.mark.parametrize(
    ("arn", "dimension"),
    [
        ("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/cats/0123", "targetgroup/cats/0123"),
        ("arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/4567/89/ab", "app/shop/4567"),
        ("arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/net/shop/4567/89", "net/shop/4567"),
        ("targetgroup/cats/0123", "targetgroup/cats/0123"),
        ("app/shop/4567", "app/shop/4567"),
    ],
)
def test_an_arn_says_what_metrics_are_dimensioned_by(arn: str, dimension: str) -> None:
    """ARNs of rules hold the load balancer's name and id; nothing else has to be asked for it."""
    assert dimension_of(arn) == dimension
