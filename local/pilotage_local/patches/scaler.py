"""Application Auto Scaling at work: once a minute of the place it reads what its policies follow, and moves counts.

What AWS measures by itself and nobody else would tell here is told first: the length of every queue, and of every
scaled service one sample of each running task. Its value is 0: nothing here measures what a container uses.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ministack.services import cloudwatch, ecs, sqs

from pilotage_local.metrics.expressions import BadExpression
from pilotage_local.metrics.judging import LOOKED_BACK
from pilotage_local.metrics.queries import Window, answer, returned
from pilotage_local.patches.events import work_for
from pilotage_local.patches.metric_data import fetch
from pilotage_local.place import Place
from pilotage_local.scaling.following import LOW, Wish, decided, stepped, tracked
from pilotage_local.scaling.store import Store, Target

Document = dict[str, Any]
_TICK_SECONDS = 0.1
_PREDEFINED = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}
_OVER = frozenset({"COMPLETED", "FAILED"})
_log = logging.getLogger(__name__)


class Scaler:
    def __init__(self, place: Place, store: Store, news: Callable[[], None]) -> None:
        """`news`: puts what was counted but not yet told among the metrics."""
        self._place, self._store, self._news = place, store, news
        self._until: dict[tuple[str, bool], float] = {}  # by service and direction: when its cooldown is over
        self._over = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="scaler", daemon=True)

    def start(self) -> None:
        self._ticker.start()

    def close(self) -> None:
        self._over.set()
        self._ticker.join()

    def _tick(self) -> None:
        work_for(self._place.account, self._place.region)
        last = -1
        while not self._over.wait(_TICK_SECONDS):
            minute = int(time.time() // self._place.minute)
            if minute == last:
                continue
            last = minute
            targets = [each for each in self._store.targets() if each.body["ServiceNamespace"] == "ecs"]
            self._news()
            _tell_queues()
            for target in targets:
                self._follow(target, minute * self._place.minute)

    def _follow(self, target: Target, now: float) -> None:
        _, cluster, service = str(target.body["ResourceId"]).split("/")
        view = _service(cluster, service)
        if view is None:
            return
        for metric in _PREDEFINED.values():
            _tell("AWS/ECS", metric, {"ClusterName": cluster, "ServiceName": service}, 0.0, view["runningCount"])
        try:
            wish = self._wish(target, view, now)
        except BadExpression as error:
            _log.warning("%s/%s cannot be scaled: %s", cluster, service, error)
            return
        desired = int(view["desiredCount"])
        least, most = int(target.body["MinCapacity"]), int(target.body["MaxCapacity"])
        wanted = min(max(desired if wish is None else wish.tasks, least), most)
        if wanted == desired or (wish is None and not target.fresh):
            self._store.seen(target.body)
            return
        if self._rests(view["serviceArn"], wanted > desired, wish, now):
            return
        _ecs("UpdateService", {"cluster": cluster, "service": service, "desiredCount": wanted})
        self._store.seen(target.body)

    def _rests(self, service: str, out: bool, wish: Wish | None, now: float) -> bool:
        if wish is None:
            return False
        if now < self._until.get((service, out), 0.0):
            return True
        self._until[service, out] = now + wish.cooldown * self._place.minute / 60
        return False

    def _wish(self, target: Target, view: Document, now: float) -> Wish | None:
        running, desired = int(view["runningCount"]), int(view["desiredCount"])
        tracking = [
            tracked(config, self._points(_queries(config, target), now), running)
            for policy in target.policies.values()
            if (config := policy.get("TargetTrackingScalingPolicyConfiguration")) is not None
        ]
        steps = [
            stepped(config, breach, running, desired)
            for policy in target.policies.values()
            if (config := policy.get("StepScalingPolicyConfiguration")) is not None
            for breach in self._breaches(str(policy["PolicyARN"]), now)
        ]
        if running != desired:  # it is still about what was asked for before
            tracking = []
        return decided([*steps, *tracking], desired, rolling=_rolls(view))

    def _points(self, queries: Sequence[Document], now: float) -> list[float | None]:
        """Those of the last minutes that are over."""
        pace, minute = self._place.minute / 60, self._place.minute
        window = Window(now - (LOW + LOOKED_BACK) * minute, now, minute)
        series = answer(queries, window, lambda query, asked: fetch(query, asked, pace))
        (chosen,) = returned(queries)
        return [series[str(chosen["Id"])].get(bucket) for bucket in window.buckets]

    def _breaches(self, policy: str, now: float) -> Iterator[float]:
        for alarm in list(cloudwatch._alarms.values()):  # noqa: SLF001 - MiniStack's own store
            acts = alarm.get("ActionsEnabled", True) and policy in (alarm.get("AlarmActions") or ())
            if acts and alarm["StateValue"] == "ALARM" and alarm.get("Metrics"):
                known = [point for point in self._points(alarm["Metrics"], now) if point is not None]
                yield (known[-1] if known else 0.0) - float(alarm["Threshold"])


def _queries(config: Mapping[str, Any], target: Target) -> list[Document]:
    """With the period that Application Auto Scaling reads by."""
    custom = config.get("CustomizedMetricSpecification")
    if custom is not None:
        return [
            {**each, "MetricStat": {**each["MetricStat"], "Period": 60}} if "MetricStat" in each else each
            for each in custom["Metrics"]
        ]
    predefined = config["PredefinedMetricSpecification"]
    _, cluster, service = str(target.body["ResourceId"]).split("/")
    metric = _PREDEFINED.get(predefined["PredefinedMetricType"])
    if metric is not None:
        return [_query("AWS/ECS", metric, {"ClusterName": cluster, "ServiceName": service}, "Average")]
    group = "/".join(str(predefined["ResourceLabel"]).split("/")[-3:])
    return [_query("AWS/ApplicationELB", "RequestCountPerTarget", {"TargetGroup": group}, "Sum")]


def _query(namespace: str, metric: str, dimensions: Mapping[str, str], stat: str) -> Document:
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    whole = {"Namespace": namespace, "MetricName": metric, "Dimensions": named}
    return {"Id": "m", "MetricStat": {"Metric": whole, "Period": 60, "Stat": stat}}


def _service(cluster: str, service: str) -> Document | None:
    found = _ecs("DescribeServices", {"cluster": cluster, "services": [service]}).get("services", ())
    return next((each for each in found if each["status"] == "ACTIVE"), None)


def _rolls(view: Mapping[str, Any]) -> bool:
    deployments = view["deployments"]
    return len(deployments) > 1 or any(each.get("rolloutState", "COMPLETED") not in _OVER for each in deployments)


def _ecs(operation: str, request: Document) -> Document:
    """An error is an answer without what was asked for."""
    status, _, body = ecs._ACTION_MAP[operation](request)  # noqa: SLF001 - there is no public seam
    document: Document = json.loads(body)
    if status != 200:  # noqa: PLR2004 - HTTP
        _log.warning("%s: %s", operation, document)
        return {}
    return document


def _tell_queues() -> None:
    """API: "Available CloudWatch metrics for Amazon SQS"; one point a minute each."""
    with sqs._queues_lock:  # noqa: SLF001 - MiniStack's own store
        queues = list(sqs._queues.values())  # noqa: SLF001 - see above
    for queue in queues:
        sqs._refresh_counts(queue)  # noqa: SLF001 - MiniStack's own
        attributes, name = queue["attributes"], {"QueueName": str(queue["name"])}
        for metric, attribute in (
            ("ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessages"),
            ("ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesNotVisible"),
        ):
            _tell("AWS/SQS", metric, name, float(attributes[attribute]), 1)


def _tell(namespace: str, metric: str, dimensions: Mapping[str, str], value: float, count: int) -> None:
    if not count:
        return
    key = (namespace, metric, cloudwatch._dims_key(dict(dimensions)))  # noqa: SLF001 - MiniStack's own
    point = {"Timestamp": time.time(), "Value": value, "Count": float(count), "Unit": "None"}
    cloudwatch._metric_bucket(key).append({**point, "Dimensions": dict(dimensions)})  # noqa: SLF001 - see above
