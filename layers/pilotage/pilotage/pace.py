"""Turns at an API with a token bucket: when may the next caller go?

The generic cell rate algorithm (ITU-T I.371): of each bucket one moment is kept, the `full` moment, at which it will be
full again. A reservation moves it on by the time that one token takes to come back, and the turn is the first moment at
which a token is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pilotage.errors import BadRequest

REGISTER_TASK_DEFINITION = "ecs:RegisterTaskDefinition"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Bucket:
    """`burst` tokens when full; one more comes back every `interval`."""

    burst: int
    interval: timedelta

    def turn(self, full: datetime, now: datetime) -> datetime:
        """When the reservation may be used that moved the full moment to `full`. Never before `now`."""
        return max(now, full - self.burst * self.interval)

    def spare(self, full: datetime, now: datetime) -> int:
        """How many tokens are there now; below nothing when some of those to come are reserved."""
        missing = max(timedelta(), full - now)
        return self.burst + (-missing // self.interval)


# Amazon ECS API Reference, "Request throttling for the Amazon ECS API", table "Request throttling quotas": bucket size
# and refill rate a second, for each account and Region. Deregistering takes from the same bucket as registering.
BUCKETS: Mapping[str, Bucket] = {
    REGISTER_TASK_DEFINITION: Bucket(burst=20, interval=timedelta(seconds=1)),
}


def bucket_named(name: str) -> Bucket:
    """Raises BadRequest for a bucket that nobody described."""
    if name not in BUCKETS:
        raise BadRequest("token bucket", name, f"Known are: {', '.join(sorted(BUCKETS))}.")
    return BUCKETS[name]
