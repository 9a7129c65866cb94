"""The functions of metric math that are played: MAX, MIN, SUM, AVG, ABS, CEIL, FLOOR, IF, FILL, TIME_SERIES.

CloudWatch user guide, "Functions supported for metric math".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pilotage_local.metrics.series import Series, Value, both

Function = Callable[[list[Any], Sequence[float]], Value]


def _over(reduce: Callable[[Sequence[float]], float]) -> Function:
    """Of one series: a number; of a list: point by point over those that have the point."""

    def apply(arguments: list[Any], _buckets: Sequence[float]) -> Value:
        (argument,) = arguments
        if not isinstance(argument, list):
            points = [argument] if isinstance(argument, float) else list(argument.values())
            return reduce(points) if points else {}
        times = sorted({time for one in argument if not isinstance(one, float) for time in one})
        if not times:
            numbers = [one for one in argument if isinstance(one, float)]
            return reduce(numbers) if len(numbers) == len(argument) and numbers else {}
        return {time: reduce(_present(argument, time)) for time in times}

    return apply


def _present(values: Sequence[Value], time: float) -> list[float]:
    return [one if isinstance(one, float) else one[time] for one in values if isinstance(one, float) or time in one]


def _each(change: Callable[[float], float]) -> Function:
    def apply(arguments: list[Any], _buckets: Sequence[float]) -> Value:
        (argument,) = arguments
        return both(lambda value, _: float(change(value)), argument, 0.0)

    return apply


def _if(arguments: list[Any], buckets: Sequence[float]) -> Value:
    """`IF(condition, true, false)`; without the third no point where the condition is false."""
    condition, chosen, *rest = arguments
    otherwise: Value = rest[0] if rest else {}
    times = buckets if isinstance(condition, float) else sorted(condition)
    picked: dict[float, float] = {}
    for time in times:
        holds = condition if isinstance(condition, float) else condition[time]
        value = chosen if holds else otherwise
        if isinstance(value, float) or time in value:
            picked[time] = value if isinstance(value, float) else value[time]
    return picked


def _fill(arguments: list[Any], buckets: Sequence[float]) -> Value:
    series, filler = arguments
    if isinstance(series, float):
        return series
    if filler == "REPEAT":
        return _repeated(series, buckets)
    if filler == "LINEAR":
        return _drawn(series, buckets)
    missing = filler if isinstance(filler, float) else None
    return {
        time: series.get(time, missing if missing is not None else filler.get(time, math.nan))
        for time in sorted({*buckets, *series})
        if time in series or missing is not None or time in filler
    }


def _repeated(series: Series, buckets: Sequence[float]) -> Series:
    filled: dict[float, float] = {}
    last: float | None = None
    for time in sorted({*buckets, *series}):
        last = series.get(time, last)
        if last is not None:
            filled[time] = last
    return filled


def _drawn(series: Series, buckets: Sequence[float]) -> Series:
    """Straight lines between the points that exist; nothing before the first and after the last."""
    filled = dict(series)
    for time in (bucket for bucket in buckets if bucket not in series):
        before, after = [t for t in series if t < time], [t for t in series if t > time]
        if before and after:
            left, right = max(before), min(after)
            share = (time - left) / (right - left)
            filled[time] = series[left] + share * (series[right] - series[left])
    return dict(sorted(filled.items()))


def _time_series(arguments: list[Any], buckets: Sequence[float]) -> Value:
    (number,) = arguments
    return dict.fromkeys(buckets, float(number))


FUNCTIONS: Mapping[str, Function] = {
    "MAX": _over(max),
    "MIN": _over(min),
    "SUM": _over(math.fsum),
    "AVG": _over(lambda points: math.fsum(points) / len(points)),
    "ABS": _each(abs),
    "CEIL": _each(math.ceil),
    "FLOOR": _each(math.floor),
    "IF": _if,
    "FILL": _fill,
    "TIME_SERIES": _time_series,
}
