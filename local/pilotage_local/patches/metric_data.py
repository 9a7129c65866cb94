"""GetMetricData with metric math, each metric by exactly its dimensions, newest first (API reference of CloudWatch,
GetMetricData). MiniStack has no expressions and answers oldest first.

Where the place's minutes are shorter than sixty seconds, so are CloudWatch's: of the span that is asked for only the
same number of the place's minutes is looked at, and the answer is drawn out to the span again.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudwatch

from pilotage_local.metrics.expressions import BadExpression
from pilotage_local.metrics.queries import Query, Window, answer, period_of, returned
from pilotage_local.metrics.series import Series
from pilotage_local.place import Place

Document = dict[str, Any]
_REFUSED = 400


def apply(place: Place, news: Callable[[], None]) -> None:
    """`news`: puts what was counted but not yet told among the metrics."""
    original, statistics = cloudwatch._get_metric_data, cloudwatch._get_metric_statistics  # noqa: SLF001 - no public seam

    def get(params: Document, data: Document, is_cbor: bool, is_json: bool = False) -> Any:
        news()
        if not (is_cbor or is_json):
            return original(params, data, is_cbor, is_json)
        try:
            results = _results(data, place.minute / 60)
        except BadExpression as error:
            return cloudwatch._error(  # noqa: SLF001 - MiniStack's own writer
                "ValidationError", str(error), _REFUSED, use_json=is_json, use_cbor=is_cbor
            )
        if is_json:
            return cloudwatch._json_ok({"MetricDataResults": results})  # noqa: SLF001 - MiniStack's own writer
        encoded = [cloudwatch._cbor_metric_data_result(result) for result in results]  # noqa: SLF001 - see above
        return cloudwatch._cbor_ok({"MetricDataResults": encoded})  # noqa: SLF001 - see above

    def get_statistics(params: Document, data: Document, is_cbor: bool, is_json: bool = False) -> Any:
        news()
        return statistics(params, data, is_cbor, is_json)

    cloudwatch._get_metric_data, cloudwatch._get_metric_statistics = get, get_statistics  # noqa: SLF001 - see above


@dataclass(frozen=True, slots=True)
class Lens:
    """`pace`: how much shorter than a minute this place's minutes are."""

    start: float
    end: float
    pace: float

    def window(self, period: float) -> Window:
        return Window(self.end - (self.end - self.start) * self.pace, self.end, period * self.pace)

    def shown(self, time: float) -> float:
        return self.end - (self.end - time) / self.pace


def fetch(query: Query, window: Window, pace: float) -> Series:
    """The series of one metric and statistic. The period of the query counts, `pace` times."""
    wanted = query["MetricStat"]
    asked = Window(window.start, window.end, float(wanted["Period"]) * pace)
    points: defaultdict[float, list[Document]] = defaultdict(list)
    first = asked.bucket_of(asked.start)
    for point in _points(wanted["Metric"]):
        if first <= point["Timestamp"] < asked.end:
            points[asked.bucket_of(point["Timestamp"])].append(point)
    values = {bucket: _statistic(str(wanted["Stat"]), found) for bucket, found in points.items()}
    return {bucket: value for bucket, value in sorted(values.items()) if not math.isnan(value)}


def _points(metric: Mapping[str, Any]) -> list[Document]:
    dimensions = cloudwatch._dims_from_list(metric.get("Dimensions") or [])  # noqa: SLF001 - MiniStack's own
    key = (metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions))  # noqa: SLF001 - see above
    return list(cloudwatch._metrics.get(key) or ())  # noqa: SLF001 - MiniStack's own store


def _statistic(name: str, points: list[Document]) -> float:
    value = cloudwatch._stat_value(cloudwatch._calc_stats(points), name, points)  # noqa: SLF001 - MiniStack's own
    return math.nan if value is None else float(value)


def _results(data: Document, pace: float) -> list[Document]:
    queries = data.get("MetricDataQueries", [])
    start, end = (cloudwatch._parse_ts(data.get(name)) for name in ("StartTime", "EndTime"))  # noqa: SLF001 - MiniStack's own
    lens = Lens(start, end, pace)
    series = answer(queries, lens.window(period_of(queries)), lambda query, window: fetch(query, window, pace))
    oldest_first = data.get("ScanBy") == "TimestampAscending"
    return [_result(query, series[str(query["Id"])], lens, oldest_first=oldest_first) for query in returned(queries)]


def _result(query: Query, series: Series, lens: Lens, *, oldest_first: bool) -> Document:
    times = sorted(series, reverse=not oldest_first)
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or query["Id"],
        "StatusCode": "Complete",
        "Timestamps": [cloudwatch._ts_iso(lens.shown(time)) for time in times],  # noqa: SLF001 - MiniStack's own
        "Values": [series[time] for time in times],
    }
