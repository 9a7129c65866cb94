"""CloudWatch's numbers: the port Metrics."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pilotage.aws.errors import translated
from pilotage.errors import BadDefinition, PilotageError
from pilotage.ports import Clock

_A_MINUTE = timedelta(minutes=1)


class CloudWatchMetrics:
    """`cloudwatch` is a botocore client."""

    def __init__(self, cloudwatch: Any, clock: Clock) -> None:
        self._cloudwatch, self._clock = cloudwatch, clock

    def values(self, queries: Sequence[Mapping[str, Any]], minutes: int) -> Mapping[str, Sequence[float]]:
        """Of whole minutes alone: the one that has just begun would be judged by a few seconds of it. A data point has
        the time at which its period begins, and the start is on the minute (API reference, GetMetricData).
        """
        now = self._clock.now()
        request: dict[str, Any] = {
            "MetricDataQueries": [dict(query) for query in queries],
            "StartTime": now.replace(second=0, microsecond=0) - minutes * _A_MINUTE,
            "EndTime": now,
            "ScanBy": "TimestampDescending",
        }
        found: dict[str, list[float]] = {query["Id"]: [] for query in queries if query.get("ReturnData", True)}
        while True:
            answer = self._page(request)
            for result in answer["MetricDataResults"]:
                found[result["Id"]].extend(_whole(result, now - _A_MINUTE))
            if not answer.get("NextToken"):
                return found
            request["NextToken"] = answer["NextToken"]

    def _page(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        final = ("ValidationError", "InvalidParameterValue", "InvalidParameterCombination", "ParamValidationError")
        with translated("cloudwatch:GetMetricData", dict.fromkeys(final, _refuse)):
            answer: Mapping[str, Any] = self._cloudwatch.get_metric_data(**request)
            return answer


def _whole(result: Mapping[str, Any], latest: datetime) -> Iterator[float]:
    """The numbers of periods that began at `latest` or before. A division by nothing is no number."""
    for moment, value in zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True):
        if moment <= latest and math.isfinite(value):
            yield float(value)


def _refuse(sentence: str) -> PilotageError:
    return BadDefinition("expression of a check", sentence, "CloudWatch does not take it: correct it in the manifest.")
