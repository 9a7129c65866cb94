"""A clock that moves only when a test says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class FakeClock:
    """The port Clock. `slept` lists what `sleep` was asked for, in seconds; sleeping moves the clock."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds=seconds)

    def advance(self, **by: float) -> datetime:
        """`clock.advance(minutes=5)`: timedelta's words. The new time."""
        self._now += timedelta(**by)
        return self._now
