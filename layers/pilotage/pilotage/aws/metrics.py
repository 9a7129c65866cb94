"""CloudWatch's numbers: the port Metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
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
        """Of whole minutes alone: the one that has just begun would be judged by a few seconds of it. The times are
        aligned, as GetMetricData asks for fast answers (API reference, StartTime).
        """
        end = self._clock.now().replace(second=0, microsecond=0)
        request: dict[str, Any] = {
            "MetricDataQueries": [dict(query) for query in queries],
            "StartTime": end - minutes * _A_MINUTE,
            "EndTime": end,
            "ScanBy": "TimestampDescending",
        }
        found: dict[str, list[float]] = {query["Id"]: [] for query in queries if query.get("ReturnData", True)}
        while True:
            answer = self._page(request)
            for result in answer["MetricDataResults"]:
                numbers = (float(value) for value in result.get("Values", ()))
                found[result["Id"]].extend(each for each in numbers if math.isfinite(each))
            if not answer.get("NextToken"):
                return found
            request["NextToken"] = answer["NextToken"]

    def _page(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        final = ("ValidationError", "InvalidParameterValue", "InvalidParameterCombination", "ParamValidationError")
        with translated("cloudwatch:GetMetricData", dict.fromkeys(final, _refuse)):
            answer: Mapping[str, Any] = self._cloudwatch.get_metric_data(**request)
            return answer


def _refuse(sentence: str) -> PilotageError:
    return BadDefinition("expression of a check", sentence, "CloudWatch does not take it: correct it in the manifest.")
