"""CloudWatch's alarms in memory, behind the real adapter."""

from __future__ import annotations

from typing import Any

from pilotage.aws.alarms import CloudWatchAlarms
from pilotage.aws.models import BotocoreModels

from fakes.checked_client import Answer, CheckedClient, Request, refusal


class FakeAlarms(CloudWatchAlarms):
    """The port Alarms. `alarms` maps names to what PutMetricAlarm was asked for last. Pages hold `page` alarms."""

    def __init__(self, page: int = 100) -> None:
        self.alarms: dict[str, Request] = {}
        self._page = page
        self.client = CheckedClient("cloudwatch", self._answer)
        super().__init__(self.client, BotocoreModels())

    def _answer(self, operation: str, request: Request) -> Answer:
        if operation == "PutMetricAlarm":
            self.alarms[request["AlarmName"]] = request
            return {}
        if operation == "DescribeAlarms":
            return self._described(request)
        missing = [name for name in request["AlarmNames"] if name not in self.alarms]
        if missing:
            raise refusal(operation, "ResourceNotFound", f"Alarm {missing[0]} does not exist")
        for name in request["AlarmNames"]:
            del self.alarms[name]
        return {}

    def _described(self, request: Request) -> dict[str, Any]:
        if "AlarmNames" in request:
            found = [self.alarms[name] for name in request["AlarmNames"] if name in self.alarms]
            return {"MetricAlarms": [{key: each[key] for key in each if key != "Tags"} for each in found]}
        names = sorted(name for name in self.alarms if name.startswith(request["AlarmNamePrefix"]))
        first = int(request.get("NextToken", 0))
        end = first + self._page
        more = {"NextToken": str(end)} if end < len(names) else {}
        return {"MetricAlarms": [{"AlarmName": name} for name in names[first:end]], **more}
