"""Application Auto Scaling's requests, from the manifest's `scaling`.

Sources: Application Auto Scaling user guide, "Target tracking scaling policies", "Create a target tracking scaling
policy using metric math" (backlog of a queue for each task), "How step scaling works" (cooldown), "Scheduled scaling";
API reference, PredefinedMetricSpecification (ResourceLabel); Amazon ECS Developer Guide, "Use a target metric to scale
Amazon ECS services" (ALBRequestCountPerTarget is not for blue/green), "Amazon ECS CloudWatch metrics" (only running
tasks are measured, each with one sample a minute); Amazon SQS Developer Guide, "Available CloudWatch metrics".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pilotage.checking.queries import PERIOD, dimension_of
from pilotage.definitions.stamp import ENVIRONMENT, SERVICE, ReleaseStamp
from pilotage.errors import BadManifest
from pilotage.manifest.shapes import Bounds, Scaling
from pilotage.policy import Route
from pilotage.scaling_names import (
    CPU,
    MEMORY,
    QUEUE,
    REQUESTS,
    WAKE,
    identity,
    scaling_name,
    time_name,
    wake_alarm,
)

# Seconds in which one task that was woken counts for all messages: nothing tells yet how many are needed.
WAKE_COOLDOWN = 300
# A message that is being worked on holds the last task, and one that waits counts as it is.
_BACKLOG = "IF(visible > 0, visible, IF(working > 0, 1, 0)) / tasks"
# Nothing is measured of a service without tasks. The sum has a point wherever `visible` has one, also when FILL has
# nothing at all to fill.
_WAITS_FOR_NOBODY = "IF(SUM([FILL(tasks, 0), 0 * visible]) > 0, 0, visible)"


def scaling_definition(scaling: Scaling, stamp: ReleaseStamp, cluster: str, route: Route | None) -> Mapping[str, Any]:
    """`{"target": RegisterScalableTarget's body, "policies": [PutScalingPolicy's], "times": [PutScheduledAction's],
    "wake": {"policy": PutScalingPolicy's, "alarm": PutMetricAlarm's without AlarmActions} or None}`.

    Raises BadManifest for requests at a load balancer that counts none.
    """
    whose = identity(cluster, stamp.service)
    tags = {SERVICE: stamp.service, ENVIRONMENT: stamp.environment}
    return {
        "target": {**whose, "MinCapacity": scaling.min, "MaxCapacity": scaling.max, "Tags": tags},
        "policies": [
            {**whose, **_tracking(scaling_name(stamp.environment, stamp.service, word), tracked, scaling)}
            for word, tracked in _tracked(scaling, stamp, cluster, route)
        ],
        "times": [{**whose, **_time(stamp, index, each)} for index, each in enumerate(scaling.times, start=1)],
        "wake": _wake(scaling, stamp, cluster, whose, tags) if _sleeps(scaling) else None,
    }


def scaling_requests(scaling: Mapping[str, Any] | None) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Service, operation and body of all that is asked for, as botocore calls them."""
    if scaling is None:
        return
    ours = "application-autoscaling"
    yield ours, "RegisterScalableTarget", scaling["target"]
    for policy in scaling["policies"]:
        yield ours, "PutScalingPolicy", policy
    for time in scaling["times"]:
        yield ours, "PutScheduledAction", time
    if scaling["wake"] is not None:
        yield ours, "PutScalingPolicy", scaling["wake"]["policy"]
        yield "cloudwatch", "PutMetricAlarm", scaling["wake"]["alarm"]


def _sleeps(scaling: Scaling) -> bool:
    """Whether it may come to have no task at all, and a queue that it is woken by."""
    return scaling.queue is not None and 0 in (scaling.min, *(each.min for each in scaling.times))


def _tracked(
    scaling: Scaling, stamp: ReleaseStamp, cluster: str, route: Route | None
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if scaling.cpu is not None:
        yield CPU, {"TargetValue": scaling.cpu, **_predefined("ECSServiceAverageCPUUtilization")}
    if scaling.memory is not None:
        yield MEMORY, {"TargetValue": scaling.memory, **_predefined("ECSServiceAverageMemoryUtilization")}
    if scaling.requests is not None:
        yield REQUESTS, {"TargetValue": scaling.requests, **_requests(scaling.requests, route)}
    if scaling.queue is not None:
        parts = [
            *_of_queue(scaling.queue.name),
            _metric("tasks", *_running(cluster, stamp.service)),
            {"Id": "backlog", "Expression": _BACKLOG, "Label": "messages for each task", "ReturnData": True},
        ]
        yield QUEUE, {"TargetValue": float(scaling.queue.per_task), "CustomizedMetricSpecification": {"Metrics": parts}}


def _predefined(metric: str, **more: str) -> dict[str, Any]:
    return {"PredefinedMetricSpecification": {"PredefinedMetricType": metric, **more}}


def _requests(asked: float, route: Route | None) -> dict[str, Any]:
    """Each request is counted in the one target group or the other, so that the sum of both, each for its own targets,
    is what a task gets: before, during and after a shift of traffic. A second group without data adds nothing.
    """
    assert route is not None, "the workload was read with a route"
    balancer = dimension_of(route.listener_rule) if route.listener_rule is not None else None
    if balancer is not None and not balancer.startswith("app/"):
        remedy = "An Application Load Balancer counts requests, and this route is not one's: follow cpu or memory."
        raise BadManifest("the manifest, scaling.requests", asked, remedy)
    if balancer is not None and route.alternate_target_group is None:
        label = f"{balancer}/{dimension_of(route.target_group)}"
        return _predefined("ALBRequestCountPerTarget", ResourceLabel=label)
    groups = [each for each in (route.target_group, route.alternate_target_group) if each is not None]
    parts = [
        _metric(name, "AWS/ApplicationELB", "RequestCountPerTarget", {"TargetGroup": dimension_of(group)}, "Sum")
        for name, group in zip("ab", groups, strict=False)
    ]
    both = " + ".join(f"FILL({each['Id']}, 0)" for each in parts)
    result = {"Id": "requests", "Expression": both, "Label": "requests for each task", "ReturnData": True}
    return {"CustomizedMetricSpecification": {"Metrics": [*parts, result]}}


def _of_queue(name: str) -> list[dict[str, Any]]:
    queue = {"QueueName": name}
    return [
        _metric("visible", "AWS/SQS", "ApproximateNumberOfMessagesVisible", queue, "Maximum"),
        _metric("working", "AWS/SQS", "ApproximateNumberOfMessagesNotVisible", queue, "Maximum"),
    ]


def _running(cluster: str, service: str) -> tuple[str, str, Mapping[str, str], str]:
    """The number of running tasks without Container Insights: one sample of each of them a minute."""
    dimensions = {"ClusterName": cluster.rpartition("/")[2], "ServiceName": service}
    return "AWS/ECS", "CPUUtilization", dimensions, "SampleCount"


def _metric(name: str, namespace: str, metric: str, dimensions: Mapping[str, str], stat: str) -> dict[str, Any]:
    named = [{"Name": key, "Value": value} for key, value in sorted(dimensions.items())]
    whole = {"Namespace": namespace, "MetricName": metric, "Dimensions": named}
    return {"Id": name, "MetricStat": {"Metric": whole, "Stat": stat}, "ReturnData": False}


def _tracking(name: str, tracked: Mapping[str, Any], scaling: Scaling) -> dict[str, Any]:
    cooldowns = {"ScaleOutCooldown": scaling.out_after, "ScaleInCooldown": scaling.in_after}
    return {
        "PolicyName": name,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {**tracked, **cooldowns},
    }


def _time(stamp: ReleaseStamp, number: int, each: Bounds) -> dict[str, Any]:
    """A rate goes by the clock's ticks, and has no time zone (PutScheduledAction, Timezone)."""
    bounds = {"MinCapacity": each.min, "MaxCapacity": each.max}
    return {
        "ScheduledActionName": time_name(stamp.environment, stamp.service, number),
        "Schedule": each.at,
        **({} if each.at.startswith("rate(") else {"Timezone": each.timezone}),
        "ScalableTargetAction": {key: value for key, value in bounds.items() if value is not None},
    }


def _wake(
    scaling: Scaling, stamp: ReleaseStamp, cluster: str, whose: Mapping[str, str], tags: Mapping[str, str]
) -> dict[str, Any]:
    """Target tracking divides by the tasks, and cannot do that without any: the first is started when messages wait."""
    step = {
        "AdjustmentType": "ChangeInCapacity",
        "Cooldown": WAKE_COOLDOWN,
        "MetricAggregationType": "Maximum",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
    }
    name = scaling_name(stamp.environment, stamp.service, WAKE)
    policy = {"PolicyName": name, "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": step}
    return {"policy": {**whose, **policy}, "alarm": _waking_alarm(scaling, stamp, cluster, tags)}


def _waking_alarm(scaling: Scaling, stamp: ReleaseStamp, cluster: str, tags: Mapping[str, str]) -> dict[str, Any]:
    assert scaling.queue is not None
    parts: Sequence[dict[str, Any]] = [
        _of_queue(scaling.queue.name)[0],
        _metric("tasks", *_running(cluster, stamp.service)),
    ]
    timed = [{**each, "MetricStat": {**each["MetricStat"], "Period": PERIOD}} for each in parts]
    result = {"Id": "asleep", "Expression": _WAITS_FOR_NOBODY, "Label": "messages nobody reads", "ReturnData": True}
    return {
        "AlarmName": wake_alarm(stamp.environment, stamp.service),
        "AlarmDescription": f"Pilotage, {stamp.environment}/{stamp.service}: messages wait, and no task runs",
        "ActionsEnabled": True,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": 0.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Metrics": [*timed, result],
        "Tags": [{"Key": key, "Value": tags[key]} for key in sorted(tags)],
    }
