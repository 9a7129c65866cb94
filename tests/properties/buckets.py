"""ECS's token buckets: who asks too fast is throttled.

Source: Amazon ECS API Reference, "Request throttling for the Amazon ECS API": bucket size and refill a second, for each
account and Region.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fakes.checked_client import refusal


@dataclass(frozen=True)
class Bucket:
    name: str
    burst: float
    refill: float  # tokens a second


DEFINITIONS = Bucket("task definitions", 20, 1)
WRITES = Bucket("service writes", 50, 5)
READS = Bucket("service reads", 100, 20)
DEPLOYMENTS = Bucket("service deployment reads", 50, 20)
BUCKET_OF: Mapping[str, Bucket] = {
    "RegisterTaskDefinition": DEFINITIONS,
    "DeregisterTaskDefinition": DEFINITIONS,
    "CreateService": WRITES,
    "UpdateService": WRITES,
    "DescribeServices": READS,
    "ListServices": READS,
    "DescribeServiceDeployments": DEPLOYMENTS,
    "ListServiceDeployments": DEPLOYMENTS,
    "DescribeServiceRevisions": DEPLOYMENTS,
}


class Buckets:
    """`asked` and `throttled` count calls by operation."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.throttled: Counter[str] = Counter()
        self._left: dict[Bucket, tuple[float, datetime]] = {}

    def take(self, operation: str, now: datetime) -> None:
        """Raises ECS's ThrottlingException when the bucket is empty. A call that was refused takes no token."""
        self.asked[operation] += 1
        bucket = BUCKET_OF.get(operation)
        if bucket is None:
            return
        left, since = self._left.get(bucket, (bucket.burst, now))
        left = min(bucket.burst, left + (now - since).total_seconds() * bucket.refill)
        if left < 1:
            self._left[bucket] = left, now
            self.throttled[operation] += 1
            raise refusal(operation, "ThrottlingException", "Rate exceeded")
        self._left[bucket] = left - 1, now
