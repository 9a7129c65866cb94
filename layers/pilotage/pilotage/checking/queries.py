"""What CloudWatch is asked for a check: the same queries for the alarm that ECS watches and for the numbers that are
kept of each step, so that the two can never mean different things.

Sources: CloudWatch API reference, MetricDataQuery (PutMetricAlarm's `Metrics` and GetMetricData's `MetricDataQueries`
take the same shape); "CloudWatch metrics for your Application Load Balancer" and "Amazon ECS CloudWatch metrics"
(Developer Guides); "Use metric math" (CloudWatch User Guide).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.errors import BadManifest
from pilotage.rollout_words import Check, Metric

PERIOD = 60  # seconds
RESULT = "result"  # id of the one query that returns data, unless a metric of the check has that id (`result_id`)

# The words that a target group answers for, and so can be compared between two of them.
OF_TARGET_GROUP = frozenset({"error_rate", "p99"})
_OF_SERVICE = {"cpu": "CPUUtilization", "memory": "MemoryUtilization"}
UNITS = {"error_rate": "%", "p99": "ms", "cpu": "%", "memory": "%"}

# A load balancer says nothing of a metric that is zero, so that errors are filled up; requests are not: where there are
# none, there is no rate. A target that does not take the connection is an error too, and no 5XX of the target's own.
_ERROR_RATE = "100 * (FILL(errors, 0) + FILL(refused, 0)) / requests"


@dataclass(frozen=True, slots=True)
class Where:
    """Whose numbers. `target_group` and `load_balancer` as CloudWatch has them in dimensions: `targetgroup/web/0123`,
    `app/shop/0123`; None without a route.
    """

    cluster: str
    service: str
    target_group: str | None = None
    load_balancer: str | None = None


def queries(check: Check, where: Where) -> list[dict[str, Any]]:
    """MetricDataQueries; the one with `ReturnData` has the id `result_id(check)`.

    Raises BadManifest where the metric needs a target group of an Application Load Balancer and there is none.
    """
    if check.expression is not None:
        parts = [_part(name, metric) for name, metric in sorted(check.metrics.items())]
        return [*parts, _result(check, check.expression)]
    word = check.metric or ""
    if word in _OF_SERVICE:
        service = {"ClusterName": where.cluster.rpartition("/")[2], "ServiceName": where.service}
        return [_part(RESULT, Metric("AWS/ECS", _OF_SERVICE[word], "Average", service), returned=True)]
    of = _target_group(check, where)
    if word == "p99":
        slowest = Metric("AWS/ApplicationELB", "TargetResponseTime", "p99", of)
        return [_part("slowest", slowest), _result(check, "1000 * slowest")]
    return [*(_part(name, metric) for name, metric in _error_rate(of)), _result(check, _ERROR_RATE)]


def result_id(check: Check) -> str:
    """The id under which the check's own number comes back."""
    name = RESULT
    while name in check.metrics:
        name += "_"
    return name


def dimension_of(arn: str) -> str:
    """Of a target group's ARN `targetgroup/web/0123`; of the ARN of a listener or of a rule, its load balancer:
    `app/shop/0123`. What is no such ARN comes back as it is.
    """
    resource = arn.rpartition(":")[2]
    kind, _, rest = resource.partition("/")
    if kind in {"listener", "listener-rule"}:
        return "/".join(rest.split("/")[:3])
    return resource if kind == "targetgroup" else arn


def _target_group(check: Check, where: Where) -> Mapping[str, str]:
    if where.target_group is None or not (where.load_balancer or "").startswith("app/"):
        remedy = "An Application Load Balancer measures it: give the service a route with one, or check cpu or memory."
        raise BadManifest(f"metric of the check {check.name}", check.metric, remedy)
    return {"TargetGroup": where.target_group, "LoadBalancer": where.load_balancer or ""}


def _error_rate(of: Mapping[str, str]) -> list[tuple[str, Metric]]:
    names = {
        "errors": "HTTPCode_Target_5XX_Count",
        "refused": "TargetConnectionErrorCount",
        "requests": "RequestCount",
    }
    return [(name, Metric("AWS/ApplicationELB", known, "Sum", of)) for name, known in names.items()]


def _part(name: str, metric: Metric, *, returned: bool = False) -> dict[str, Any]:
    dimensions = [{"Name": key, "Value": value} for key, value in sorted(metric.dimensions.items())]
    named = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    return {
        "Id": name,
        "MetricStat": {"Metric": named, "Period": PERIOD, "Stat": metric.statistic},
        "ReturnData": returned,
    }


def _result(check: Check, expression: str) -> dict[str, Any]:
    return {"Id": result_id(check), "Expression": expression, "Label": check.name, "ReturnData": True}
