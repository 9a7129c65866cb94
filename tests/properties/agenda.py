"""What will happen, and when: one heap of moments, and strands that wait in the middle of what they do.

A strand is a greenlet: a function invocation that sleeps, or whose call of AWS is slow, steps aside while the world
goes on, and is continued where it was. Everything happens in one thread, in one order that the schedule decides.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from fakes.clock import NOON, FakeClock
from greenlet import getcurrent, greenlet


class Agenda(FakeClock):
    """The port Clock, too: `sleep` inside a strand lets others go on, outside of one it is a mistake."""

    def __init__(self, start: datetime = NOON) -> None:
        super().__init__(start)
        self._heap: list[tuple[datetime, int, Callable[[], object]]] = []
        self._numbers = count()
        self._hub = getcurrent()

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        strand = getcurrent()
        assert strand is not self._hub, "only what runs in a strand may sleep"
        self.after(seconds, strand.switch)
        self._hub.switch()

    def at(self, moment: datetime, what: Callable[[], object]) -> None:
        heapq.heappush(self._heap, (max(moment, self._now), next(self._numbers), what))

    def after(self, seconds: float, what: Callable[[], object]) -> None:
        self.at(self._now + timedelta(seconds=seconds), what)

    def spin_off(self, what: Callable[[], object]) -> None:
        """Do it in a strand of its own, now, up to its first sleep."""
        greenlet(what, self._hub).switch()

    @property
    def next(self) -> datetime | None:
        return self._heap[0][0] if self._heap else None

    def move_to(self, moment: datetime) -> None:
        self._now = max(self._now, moment)

    def run_due(self) -> None:
        """Everything whose moment has come, in order, also what is added on the way."""
        while self._heap and self._heap[0][0] <= self._now:
            heapq.heappop(self._heap)[2]()
