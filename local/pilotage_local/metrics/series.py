"""Values of metric math: a number, or a series of numbers by the beginning of their period (seconds since 1970)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

Series = Mapping[float, float]
Value = float | Series
Operation = Callable[[float, float], float | None]


def both(operation: Operation, left: Value, right: Value) -> Value:
    """Point by point; where one side has no point, or the operation none, there is none."""
    if isinstance(left, float) and isinstance(right, float):
        return _result(operation, left, right)
    times = _times(left, right)
    points = {time: _result(operation, _at(left, time), _at(right, time)) for time in times}
    return {time: point for time, point in points.items() if not math.isnan(point)}


def _times(left: Value, right: Value) -> list[float]:
    if isinstance(left, float):
        return [] if isinstance(right, float) else sorted(right)
    return sorted(left) if isinstance(right, float) else sorted(left.keys() & right.keys())


def _at(value: Value, time: float) -> float:
    return value if isinstance(value, float) else value[time]


def _result(operation: Operation, left: float, right: float) -> float:
    result = operation(left, right)
    return math.nan if result is None else float(result)
