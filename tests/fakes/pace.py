from __future__ import annotations

from datetime import datetime

from pilotage.pace import bucket_named


class FakePace:
    """The port Pace."""

    def __init__(self) -> None:
        self.full: dict[str, datetime] = {}
        self.turns: dict[tuple[str, str], datetime] = {}

    def reserve(self, bucket: str, holder: str, now: datetime) -> datetime:
        rule = bucket_named(bucket)
        if (bucket, holder) not in self.turns:
            self.full[bucket] = max(self.full.get(bucket, now), now) + rule.interval
            self.turns[bucket, holder] = rule.turn(self.full[bucket], now)
        return self.turns[bucket, holder]

    def spare(self, bucket: str, now: datetime) -> int:
        return bucket_named(bucket).spare(self.full.get(bucket, now), now)
