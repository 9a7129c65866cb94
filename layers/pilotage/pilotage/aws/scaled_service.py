"""What Application Auto Scaling and CloudWatch answer about one scaled service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pilotage.aws.errors import Known, translated
from pilotage.errors import AccessDenied, Unavailable
from pilotage.scaling_names import WAKE, environment_of, identity, wake_alarm, word_of

_POLICY = (
    *("PolicyName", "PolicyType", "ServiceNamespace", "ResourceId", "ScalableDimension"),
    *("TargetTrackingScalingPolicyConfiguration", "StepScalingPolicyConfiguration"),
)
_ACTION = (
    *("ScheduledActionName", "ServiceNamespace", "ResourceId", "ScalableDimension"),
    *("Schedule", "Timezone", "ScalableTargetAction"),
)
# A policy's alarms are looked up with the service-linked role ("Common errors", FailedResourceAccessException).
READING: Known = {
    "FailedResourceAccessException": AccessDenied,
    "InternalServiceException": Unavailable,
    "ConcurrentUpdateException": Unavailable,
}


class ScaledServices:
    """`scaling` and `cloudwatch` are botocore clients."""

    def __init__(self, scaling: Any, cloudwatch: Any) -> None:
        self._scaling, self._cloudwatch = scaling, cloudwatch

    def live(self, cluster: str, service: str) -> Mapping[str, Any] | None:
        whose = identity(cluster, service)
        target = self._target(whose)
        if target is None:
            return None
        policies, actions = list(policies_of(self._scaling, whose)), list(actions_of(self._scaling, whose))
        ours = [each for each in policies if word_of(each["PolicyName"], service)]
        times = [each for each in actions if word_of(each["ScheduledActionName"], service)]
        wake = next((each for each in ours if word_of(each["PolicyName"], service) == WAKE), None)
        foreign = [each["PolicyName"] for each in policies if each not in ours]
        foreign += [each["ScheduledActionName"] for each in actions if each not in times]
        return {
            "target": {**whose, "MinCapacity": target["MinCapacity"], "MaxCapacity": target["MaxCapacity"]},
            "policies": [_only(each, _POLICY) for each in ours if each is not wake],
            "times": [_only(each, _ACTION) for each in times],
            "wake": self._waking(wake, service) if wake is not None else None,
            "foreign": sorted(foreign),
        }

    def _target(self, whose: Mapping[str, str]) -> Mapping[str, Any] | None:
        with translated("application-autoscaling:DescribeScalableTargets", READING):
            found = self._scaling.describe_scalable_targets(
                ServiceNamespace=whose["ServiceNamespace"],
                ResourceIds=[whose["ResourceId"]],
                ScalableDimension=whose["ScalableDimension"],
            )["ScalableTargets"]
        return dict(found[0]) if found else None

    def _waking(self, policy: Mapping[str, Any], service: str) -> dict[str, Any]:
        """The alarm counts as there only while it does what it is for."""
        name = wake_alarm(environment_of(policy["PolicyName"], service), service)
        with translated("cloudwatch:DescribeAlarms"):
            alarms = self._cloudwatch.describe_alarms(AlarmNames=[name]).get("MetricAlarms", ())
        wakes = next((each for each in alarms if policy["PolicyARN"] in each.get("AlarmActions", ())), None)
        return {"policy": _only(policy, _POLICY), "alarm": dict(wakes) if wakes is not None else None}


def policies_of(scaling: Any, which: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All pages. `which`: the request, of one resource or of a namespace."""
    return _paged(scaling.describe_scaling_policies, which, "DescribeScalingPolicies", "ScalingPolicies")


def actions_of(scaling: Any, which: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Likewise."""
    return _paged(scaling.describe_scheduled_actions, which, "DescribeScheduledActions", "ScheduledActions")


def _paged(
    call: Callable[..., Any], which: Mapping[str, Any], operation: str, found: str
) -> Iterator[Mapping[str, Any]]:
    request = dict(which)
    while True:
        with translated(f"application-autoscaling:{operation}", READING):
            answer = call(**request)
        yield from answer.get(found, ())
        if not answer.get("NextToken"):
            return
        request["NextToken"] = answer["NextToken"]


def _only(answer: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: answer[key] for key in keys if key in answer}
