"""What passed through the load balancer, counted for CloudWatch.

Elastic Load Balancing user guide, "CloudWatch metrics for your Application Load Balancer": which metrics there are, by
which dimensions, and that codes are told only where there were any.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

NAMESPACE = "AWS/ApplicationELB"
_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Point:
    """`count` times `value`."""

    metric: str
    value: float
    count: int
    unit: str
    load_balancer: str  # app/NAME/ID
    target_group: str | None  # targetgroup/NAME/ID; None: told of the load balancer alone

    @property
    def dimensions(self) -> dict[str, str]:
        whole = {"LoadBalancer": self.load_balancer}
        return whole if self.target_group is None else {"TargetGroup": self.target_group, **whole}


class Tally:
    """Counts until somebody takes what was counted. Thread-safe."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, float, str, str, str | None]] = Counter()
        self._lock = threading.Lock()

    def answered(self, load_balancer: str, target_group: str, status: int, seconds: float) -> None:
        """A target answered. `seconds`: from the request until its headers came."""
        rounded = max(1, round(seconds * _MILLISECONDS)) / _MILLISECONDS
        found = (
            ("RequestCount", 1.0, "Count"),
            (f"HTTPCode_Target_{status // 100}XX_Count", 1.0, "Count"),
            ("TargetResponseTime", rounded, "Seconds"),
        )
        self._add(load_balancer, target_group, found)

    def unanswered(self, load_balancer: str, target_group: str, status: int) -> None:
        """No target answered: the load balancer did, with `status` (502, 503 or 504)."""
        if status != 503:  # noqa: PLR2004 - no target was there to connect to
            self._add(load_balancer, target_group, (("TargetConnectionErrorCount", 1.0, "Count"),))
        with self._lock:
            for metric in (f"HTTPCode_ELB_{status // 100}XX_Count", f"HTTPCode_ELB_{status}_Count"):
                self._counts[(metric, 1.0, "Count", load_balancer, None)] += 1

    def standing(self, load_balancer: str, target_group: str, healthy: int, unhealthy: int) -> None:
        hosts = (("HealthyHostCount", float(healthy), "Count"), ("UnHealthyHostCount", float(unhealthy), "Count"))
        self._add(load_balancer, target_group, hosts)

    def take(self) -> Iterator[Point]:
        """What was counted since the last time."""
        with self._lock:
            counted, self._counts = self._counts, Counter()
        for (metric, value, unit, load_balancer, target_group), count in counted.items():
            yield Point(metric, value, count, unit, load_balancer, target_group)

    def _add(self, load_balancer: str, target_group: str, found: tuple[tuple[str, float, str], ...]) -> None:
        with self._lock:
            for metric, value, unit in found:
                self._counts[(metric, value, unit, load_balancer, target_group)] += 1
                if metric not in {"HealthyHostCount", "UnHealthyHostCount"}:
                    self._counts[(metric, value, unit, load_balancer, None)] += 1
