"""What Application Auto Scaling does with a service, as the manifest's `scaling`.

Source: Application Auto Scaling API reference, ScalableTarget, ScalingPolicy, ScheduledAction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pilotage_cli.importing import Left

_METRICS = {
    "ECSServiceAverageCPUUtilization": "cpu",
    "ECSServiceAverageMemoryUtilization": "memory",
    "ALBRequestCountPerTarget": "requests",
}
_USUAL = {"out_after": ("ScaleOutCooldown", 60), "in_after": ("ScaleInCooldown", 300)}
Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scaled:
    """Answers of DescribeScalableTargets, DescribeScalingPolicies and DescribeScheduledActions about one service."""

    targets: Sequence[Answer] = ()
    policies: Sequence[Answer] = ()
    actions: Sequence[Answer] = field(default=())


def scaling_of(scaled: Scaled) -> tuple[dict[str, Any] | None, list[Left]]:
    """None: nothing scales it. A policy that is no target tracking of one of ECS's own metrics is left."""
    if not scaled.targets:
        return None, []
    target = scaled.targets[0]
    said: dict[str, Any] = {"min": target.get("MinCapacity", 1), "max": max(1, target.get("MaxCapacity", 1))}
    left: list[Left] = []
    for policy in scaled.policies:
        found = _tracked(policy)
        if found is None or found.keys() & said.keys() - {*_USUAL}:
            why = "Pilotage tracks CPU, memory, requests and a queue; this policy stays until somebody removes it."
            left.append(Left(f"scaling policy {policy.get('PolicyName')}", str(policy.get("PolicyType")), why))
        else:
            said |= found
    times = [_bounds(each) for each in scaled.actions]
    return {**said, **({"times": times} if times else {})}, left


def _tracked(policy: Answer) -> dict[str, Any] | None:
    settings = policy.get("TargetTrackingScalingPolicyConfiguration") or {}
    metric = (settings.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
    if metric not in _METRICS:
        return None
    value = settings["TargetValue"]
    said: dict[str, Any] = {_METRICS[metric]: int(value) if float(value).is_integer() else value}
    for name, (key, usual) in _USUAL.items():
        if settings.get(key, usual) != usual:
            said[name] = settings[key]
    return said


def _bounds(action: Answer) -> dict[str, Any]:
    limits = action.get("ScalableTargetAction") or {}
    zone = str(action.get("Timezone", "UTC"))
    said = {
        "timezone": zone if zone != "UTC" else None,
        "min": limits.get("MinCapacity"),
        "max": limits.get("MaxCapacity"),
    }
    return {"at": action["Schedule"], **{key: value for key, value in said.items() if value is not None}}
