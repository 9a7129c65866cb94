"""CloudWatch in memory, behind the real adapters: alarms by name, and numbers as a test says them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilotage.aws.alarms import CloudWatchAlarms
from pilotage.aws.models import BotocoreModels

from fakes.checked_client import Answer, CheckedClient, Request, refusal


class FakeAlarms(CloudWatchAlarms):
    """The port Alarms. `bodies` maps the name of each alarm to what was asked for last. Pages hold `page` alarms."""

    def __init__(self, page: int = 100) -> None:
        self.bodies: dict[str, Request] = {}
        self._page = page
        self.client = CheckedClient("cloudwatch", self._answer)
        super().__init__(self.client, BotocoreModels())

    def _answer(self, operation: str, request: Request) -> Answer:
        if operation == "PutMetricAlarm":
            self.bodies[request["AlarmName"]] = request
            return {}
        if operation == "DescribeAlarms":
            return self._described(request)
        missing = [name for name in request["AlarmNames"] if name not in self.bodies]
        if missing:
            raise refusal(operation, "ResourceNotFound", f"Alarm {missing[0]} does not exist")
        for name in request["AlarmNames"]:
            del self.bodies[name]
        return {}

    def _described(self, request: Request) -> dict[str, Any]:
        names = sorted(name for name in self.bodies if name.startswith(request["AlarmNamePrefix"]))
        first = int(request.get("NextToken", 0))
        end = first + self._page
        more = {"NextToken": str(end)} if end < len(names) else {}
        return {"MetricAlarms": [{"AlarmName": name} for name in names[first:end]], **more}


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
        (group,) = groups or {""}
        return {query["Id"]: self.numbers.get(group, ()) for query in queries if query["ReturnData"]}
