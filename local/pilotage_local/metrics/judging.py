"""What an alarm makes of its newest data points.

CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data" with its two tables: CloudWatch looks at a
few more periods than it needs; what is missing is filled only when too few points exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
LOOKED_BACK = 2  # periods beyond EvaluationPeriods
INSUFFICIENT, OK, ALARM = "INSUFFICIENT_DATA", "OK", "ALARM"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`state` None: the alarm keeps the one that it has."""

    state: str | None
    reason: str


def judge(alarm: Mapping[str, Any], points: Sequence[float | None]) -> Judgement:
    """`points`: one for each period of the evaluation range, oldest first; None where there is no data."""
    periods = int(alarm.get("EvaluationPeriods", 1))
    needed = int(alarm.get("DatapointsToAlarm") or periods)
    real = [point for point in points if point is not None][-periods:]
    breaches = _BREACHES[str(alarm["ComparisonOperator"])]
    bad = sum(breaches(point, float(alarm["Threshold"])) for point in real)
    missing = periods - len(real)
    treat = str(alarm.get("TreatMissingData") or "missing")
    if missing and treat in {"breaching", "notBreaching"}:
        bad += missing * (treat == "breaching")
        return Judgement(ALARM if bad >= needed else OK, _said(alarm, real, missing, treat))
    if missing and bad == len(real) and treat == "ignore":
        return Judgement(None, "")
    if not real:
        return Judgement(INSUFFICIENT, f"Insufficient Data: {periods} datapoints were unknown.")
    alarming = bad >= needed or (missing > 0 and bad == len(real))
    return Judgement(ALARM if alarming else OK, _said(alarm, real, missing, treat))


def _said(alarm: Mapping[str, Any], real: Sequence[float], missing: int, treat: str) -> str:
    """As CloudWatch words it."""
    shown = ", ".join(f"{point:g}" for point in real) or "none"
    filled = f"; {missing} missing datapoints were treated as [{treat}]" if missing else ""
    return (
        f"Threshold Crossed: datapoints [{shown}] against {alarm['ComparisonOperator']} "
        f"({float(alarm['Threshold']):g}){filled}."
    )
