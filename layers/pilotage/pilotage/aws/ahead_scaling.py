"""Application Auto Scaling, read ahead: targets by fifty, then the policies and actions of all of ECS, if any.

API reference: DescribeScalableTargets takes 50 resource ids, and the others take one or none, which means all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pilotage.aws.errors import translated
from pilotage.aws.scaled_service import READING, actions_of, policies_of
from pilotage.scaling_names import DIMENSION, resource_id

_AT_ONCE = 50
_OF_ECS = {"ServiceNamespace": "ecs", "ScalableDimension": DIMENSION}
_Found = dict[str, list[Mapping[str, Any]]]


class ScalingAhead:
    """Stands for botocore's client; whatever writes is asked of that."""

    def __init__(self, scaling: Any, cluster: str, services: Sequence[str]) -> None:
        self._scaling = scaling
        ids = [resource_id(cluster, service) for service in services]
        self._targets: _Found = {each: [] for each in ids}
        for start in range(0, len(ids), _AT_ONCE):
            with translated("application-autoscaling:DescribeScalableTargets", READING):
                answer = scaling.describe_scalable_targets(**_OF_ECS, ResourceIds=ids[start : start + _AT_ONCE])
            for target in answer["ScalableTargets"]:
                self._targets[target["ResourceId"]].append(target)
        scaled = any(self._targets.values())
        self._policies = self._by_resource(policies_of(scaling, _OF_ECS)) if scaled else {}
        self._actions = self._by_resource(actions_of(scaling, _OF_ECS)) if scaled else {}

    def describe_scalable_targets(self, *, ResourceIds: Sequence[str], **_request: Any) -> Any:  # noqa: N803 - AWS's
        return {"ScalableTargets": [target for each in ResourceIds for target in self._targets[each]]}

    def describe_scaling_policies(self, *, ResourceId: str, **_request: Any) -> Any:  # noqa: N803 - AWS's
        return {"ScalingPolicies": self._policies.get(ResourceId, [])}

    def describe_scheduled_actions(self, *, ResourceId: str, **_request: Any) -> Any:  # noqa: N803 - AWS's
        return {"ScheduledActions": self._actions.get(ResourceId, [])}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scaling, name)

    def _by_resource(self, found: Iterator[Mapping[str, Any]]) -> _Found:
        sorted_: _Found = {}
        for each in found:
            if each["ResourceId"] in self._targets:
                sorted_.setdefault(each["ResourceId"], []).append(each)
        return sorted_
