"""CloudWatch's alarms as CloudWatch evaluates them: whole periods on the clock, M out of N, missing data, metric math.
MiniStack looks at whatever it has at the moment of a PutMetricData, forgets `Metrics` and mixes dimensions.

API reference of CloudWatch: PutMetricAlarm, SetAlarmState; user guide, "Using Amazon CloudWatch alarms".
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ministack.services import cloudwatch

from pilotage_local.ecs.ports import AlarmState
from pilotage_local.metrics.expressions import BadExpression
from pilotage_local.metrics.judging import LOOKED_BACK, judge
from pilotage_local.metrics.queries import Window, answer, check, period_of, returned
from pilotage_local.patches.events import emit_aws_event, work_for
from pilotage_local.patches.metric_data import fetch
from pilotage_local.place import Place

Document = dict[str, Any]
_TICK_SECONDS = 0.2
_OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit")
_REFUSED = 400
_log = logging.getLogger(__name__)


class Alarms:
    """An AlarmStates. Each alarm is evaluated when one of its periods is over."""

    def __init__(self, place: Place, news: Callable[[], None]) -> None:
        """`news`: puts what was counted but not yet told among the metrics."""
        self._place, self._news = place, news
        self._pace = place.minute / 60
        self._next: dict[str, float] = {}  # when it is evaluated next, by name
        self._over = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="alarms", daemon=True)

    def apply(self) -> None:
        self._keep_metrics()
        self._hold_what_was_set()
        cloudwatch._evaluate_alarm = lambda _alarm: None  # noqa: SLF001 - there is no public seam
        self._ticker.start()

    def close(self) -> None:
        self._over.set()
        self._ticker.join()

    def state(self, name: str) -> AlarmState:
        alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)  # noqa: SLF001 - MiniStack's store
        return AlarmState.INSUFFICIENT_DATA if alarm is None else AlarmState(alarm["StateValue"])

    def window(self, name: str) -> float:
        alarm = cloudwatch._alarms.get(name)  # noqa: SLF001 - MiniStack's own store
        return 0.0 if alarm is None else self._period(alarm) * int(alarm.get("EvaluationPeriods", 1))

    def _period(self, alarm: Mapping[str, Any]) -> float:
        return float(period_of(queries_of(alarm)) * self._pace)

    def _tick(self) -> None:
        work_for(self._place.account, self._place.region)
        while not self._over.wait(_TICK_SECONDS):
            now = time.time()
            due = [alarm for name, alarm in list(cloudwatch._alarms.items()) if self._next.get(name, 0.0) <= now]  # noqa: SLF001 - MiniStack's store
            if due:
                self._news()
            for alarm in due:
                self._evaluate(alarm, now)

    def _evaluate(self, alarm: Document, now: float) -> None:
        period = self._period(alarm)
        end = now // period * period
        self._next[alarm["AlarmName"]] = end + period
        start = end - period * (int(alarm.get("EvaluationPeriods", 1)) + LOOKED_BACK)
        queries = queries_of(alarm)
        window = Window(start, end, period)
        try:
            series = answer(queries, window, lambda query, asked: fetch(query, asked, self._pace))
        except BadExpression as error:
            _log.warning("the alarm %s cannot be evaluated: %s", alarm["AlarmName"], error)
            return
        (chosen,) = returned(queries)
        points = [series[str(chosen["Id"])].get(bucket) for bucket in window.buckets]
        judged = judge(alarm, points)
        if judged.state is not None and judged.state != alarm["StateValue"]:
            change(alarm, judged.state, judged.reason)

    def _keep_metrics(self) -> None:
        original = cloudwatch._put_metric_alarm  # noqa: SLF001 - there is no public seam

        def put(params: Document, data: Document, is_cbor: bool, is_json: bool = False) -> Any:
            queries = data.get("Metrics") or []
            try:
                check(queries)
            except BadExpression as error:
                return cloudwatch._error(  # noqa: SLF001 - MiniStack's own writer
                    "ValidationError", str(error), _REFUSED, use_json=is_json, use_cbor=is_cbor
                )
            answered = original(params, data, is_cbor, is_json)
            alarm = cloudwatch._alarms.get(data.get("AlarmName", ""))  # noqa: SLF001 - MiniStack's own store
            if alarm is not None:
                _complete(alarm, data, queries)
                self._next.pop(alarm["AlarmName"], None)
            return answered

        cloudwatch._put_metric_alarm = put  # noqa: SLF001 - see above

    def _hold_what_was_set(self) -> None:
        """A state that was set by hand lasts until the next evaluation, which is a minute away."""
        original = cloudwatch._set_alarm_state  # noqa: SLF001 - there is no public seam

        def set_state(params: Document, data: Document, is_cbor: bool, is_json: bool = False) -> Any:
            name = data.get("AlarmName") or cloudwatch._p(params, "AlarmName")  # noqa: SLF001 - MiniStack's own reader
            self._next[name] = time.time() + self._place.minute
            return original(params, data, is_cbor, is_json)

        cloudwatch._set_alarm_state = set_state  # noqa: SLF001 - see above


def queries_of(alarm: Mapping[str, Any]) -> Sequence[Document]:
    """The alarm's `Metrics`, or the one metric of an alarm that has none, as a query."""
    if alarm.get("Metrics"):
        return list(alarm["Metrics"])
    metric = {name: alarm.get(name) for name in ("Namespace", "MetricName")} | {
        "Dimensions": alarm.get("Dimensions", [])
    }
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return [{"Id": "m", "MetricStat": {"Metric": metric, "Period": alarm.get("Period") or 60, "Stat": statistic}}]


def change(alarm: Document, state: str, reason: str) -> None:
    """The state, its history, its actions, the alarms above it, and the event that EventBridge gets."""
    before = alarm["StateValue"]
    alarm |= {"StateValue": state, "StateReason": reason, "StateUpdatedTimestamp": int(time.time())}
    alarm["StateTransitionedTimestamp"] = alarm["StateUpdatedTimestamp"]
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)  # noqa: SLF001 - MiniStack's own
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)  # noqa: SLF001 - MiniStack's own
    cloudwatch._evaluate_parent_alarms(alarm)  # noqa: SLF001 - MiniStack's own
    detail = {
        "alarmName": alarm["AlarmName"],
        "state": {"value": state, "reason": reason},
        "previousState": {"value": before},
    }
    emit_aws_event("aws.cloudwatch", "CloudWatch Alarm State Change", detail, [alarm["AlarmArn"]])


def _complete(alarm: Document, data: Document, queries: Sequence[Document]) -> None:
    if queries:
        for name in _OF_ONE_METRIC:
            alarm.pop(name, None)
        alarm["Metrics"] = list(queries)
    for name in ("ThresholdMetricId", "EvaluateLowSampleCountPercentile"):
        if name in data:
            alarm[name] = data[name]
