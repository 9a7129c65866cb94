"""CloudWatch's numbers, as a test says them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any


class FakeMetrics:
    """The port Metrics. `numbers` maps a target group, as a dimension has it, or "" for what has none, to its numbers,
    newest first; `error` is raised instead. `asked` lists the minutes of each call.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, Sequence[float]] = {}
        self.error: Exception | None = None
        self.asked: list[int] = []

    def values(self, queries: Sequence[Mapping[str, Any]], minutes: int) -> Mapping[str, Sequence[float]]:
        self.asked.append(minutes)
        if self.error is not None:
            raise self.error
        groups = {
            dimension["Value"]
            for query in queries
            for dimension in query.get("MetricStat", {}).get("Metric", {}).get("Dimensions", ())
            if dimension["Name"] == "TargetGroup"
        }
        series = [self.numbers.get(group, ()) for group in sorted(groups) or [""]]
        worst = [max(at_once) for at_once in zip_longest(*series, fillvalue=0.0)]  # of several, as an alarm has it
        return {query["Id"]: worst for query in queries if query["ReturnData"]}
