"""The queries of GetMetricData and of an alarm's `Metrics` (API reference, MetricDataQuery), answered from series."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pilotage_local.metrics.expressions import BadExpression, as_series, evaluate, ids, parse
from pilotage_local.metrics.series import Series, Value

Query = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """Seconds since 1970. `period` is what one period lasts on the clock of the place."""

    start: float
    end: float
    period: float

    @property
    def buckets(self) -> tuple[float, ...]:
        """The beginnings of its periods, on the grid of the clock: the start is rounded down (GetMetricData)."""
        first = math.floor(round(self.start / self.period, 6))
        last = math.ceil(round(self.end / self.period, 6))
        return tuple(number * self.period for number in range(first, last))

    def bucket_of(self, time: float) -> float:
        return math.floor(round(time / self.period, 6)) * self.period


Fetch = Callable[[Query, Window], Series]


def answer(queries: Sequence[Query], window: Window, fetch: Fetch) -> dict[str, Series]:
    """The series of every query by its id. `fetch` gives those of a MetricStat, keyed by the window's buckets. Raises
    BadExpression, also for expressions that name each other in a circle.
    """
    waiting = {str(query["Id"]): query for query in queries}
    known: dict[str, Value] = {}
    for name, query in list(waiting.items()):
        if "Expression" not in query:
            known[name] = fetch(query, window)
            del waiting[name]
    while waiting:
        ready = [name for name, query in waiting.items() if not ids(parse(query["Expression"])) & waiting.keys()]
        if not ready:
            raise BadExpression(f"The expressions {sorted(waiting)} wait for each other")
        for name in ready:
            tree = parse(waiting.pop(name)["Expression"])
            known[name] = evaluate(tree, known, window.buckets)
    return {name: as_series(value, window.buckets) for name, value in known.items()}


def check(queries: Sequence[Query]) -> None:
    """Raises BadExpression when an expression cannot be read or names an id that no query has."""
    names = {str(query["Id"]) for query in queries}
    for query in queries:
        unknown = ids(parse(query["Expression"])) - names if "Expression" in query else frozenset()
        if unknown:
            raise BadExpression(f"Error in expression '{query['Id']}': unknown ids {sorted(unknown)}")


def returned(queries: Sequence[Query]) -> list[Query]:
    """Those whose series are given back: all but the ones with `ReturnData` false."""
    return [query for query in queries if query.get("ReturnData", True)]


def period_of(queries: Sequence[Query], default: int = 60) -> int:
    """Seconds: the one period of all their metrics (an alarm's must be alike; GetMetricData is asked so)."""
    periods = [query.get("Period") or (query.get("MetricStat") or {}).get("Period") for query in queries]
    return max((int(period) for period in periods if period), default=default)
