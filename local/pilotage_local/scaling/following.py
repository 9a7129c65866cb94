"""What a scaling policy makes of the newest data points: how many tasks there should be.

Application Auto Scaling user guide: "Target tracking scaling policies" (scaling in only when every policy is ready
for it, none without data), "How step scaling works". A target tracking policy acts by two alarms of its own, which the
console shows: above the target for 3 minutes, and more than a tenth below it for 15.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pilotage_local.metrics.judging import ALARM, LOOKED_BACK, judge

HIGH, LOW = 3, 15  # periods of a minute
_MARGIN = 0.9
_COOLDOWN = 300.0  # StepScalingPolicyConfiguration, Cooldown


@dataclass(frozen=True, slots=True)
class Wish:
    """`tasks` that one policy asks for; `cooldown`: seconds until it may ask in this direction again."""

    tasks: int
    cooldown: float


def tracked(config: Mapping[str, Any], points: Sequence[float | None], tasks: int) -> Wish | None:
    """`points`: a minute each, oldest first; None where there is no data. Returns None for no opinion."""
    target = float(config["TargetValue"])
    known = [point for point in points if point is not None]
    if not known:
        return None
    wanted = math.ceil(round(tasks * known[-1] / target, 9))
    if _alarms(points, HIGH, "GreaterThanThreshold", target):
        return Wish(max(tasks, wanted), float(config.get("ScaleOutCooldown", _COOLDOWN)))
    if _alarms(points, LOW, "LessThanThreshold", _MARGIN * target):
        return Wish(min(tasks, wanted), float(config.get("ScaleInCooldown", _COOLDOWN)))
    return Wish(tasks, 0.0)


def stepped(config: Mapping[str, Any], breach: float, tasks: int, desired: int) -> Wish | None:
    """`breach`: how far the metric is above the alarm's threshold. What is running is what is added to, so that tasks
    that do not start are not joined by more and more (Developer Guide, "Automatically scale your Amazon ECS service").
    """
    for step in config.get("StepAdjustments", ()):
        low, high = step.get("MetricIntervalLowerBound", -math.inf), step.get("MetricIntervalUpperBound", math.inf)
        if low <= breach < high:
            wanted = _adjusted(config, tasks, int(step["ScalingAdjustment"]))
            return Wish(max(wanted, desired) if wanted > tasks else wanted, float(config.get("Cooldown", _COOLDOWN)))
    return None


def decided(wishes: Sequence[Wish | None], tasks: int, *, rolling: bool) -> Wish | None:
    """The most that any policy asks for. In: only when all agree, and while no deployment is under way (Developer
    Guide, "Troubleshooting service auto scaling in Amazon ECS").
    """
    known = [wish for wish in wishes if wish is not None]
    if not known:
        return None
    most = max(known, key=lambda wish: wish.tasks)
    if most.tasks == tasks or (most.tasks < tasks and (rolling or len(known) < len(wishes))):
        return None
    return most


def _adjusted(config: Mapping[str, Any], tasks: int, by: int) -> int:
    kind = config.get("AdjustmentType")
    if kind == "ExactCapacity":
        return by
    if kind == "PercentChangeInCapacity":
        least = int(config.get("MinAdjustmentMagnitude", 1))
        change = math.copysign(max(least, abs(tasks * by // 100)), by)
        return max(0, tasks + int(change))
    return max(0, tasks + by)


def _alarms(points: Sequence[float | None], periods: int, comparison: str, threshold: float) -> bool:
    alarm = {"EvaluationPeriods": periods, "ComparisonOperator": comparison, "Threshold": threshold}
    return judge(alarm, points[-periods - LOOKED_BACK :]).state == ALARM
