from __future__ import annotations

from collections.abc import Sequence

from pilotage.stops import Scope, Stop, StopKind
from pilotage.target import Target


class FakeStops:
    """The port Stops. `stops` holds them, whether in force or not."""

    def __init__(self) -> None:
        self.stops: dict[tuple[Scope, StopKind], Stop] = {}

    def set(self, stop: Stop) -> bool:
        kept = self.stops.get((stop.scope, stop.kind))
        if stop.kind is StopKind.LOCK and kept is not None and kept.owner != stop.owner and _lasts(kept, stop):
            return False
        self.stops[stop.scope, stop.kind] = stop
        return True

    def lift(self, stop: Stop) -> bool:
        kept = self.stops.get((stop.scope, stop.kind))
        if kept is None or (stop.kind is StopKind.LOCK and kept.owner != stop.owner):
            return False
        del self.stops[stop.scope, stop.kind]
        return True

    def over(self, target: Target) -> Sequence[Stop]:
        return [stop for stop in self._in_order() if stop.scope.covers(target)]

    def get(self, scope: Scope) -> Sequence[Stop]:
        return [stop for stop in self._in_order() if stop.scope == scope]

    def _in_order(self) -> list[Stop]:
        def place(stop: Stop) -> tuple[str, str, str]:
            return stop.scope.environment or "*", stop.scope.service or "*", stop.kind

        return sorted(self.stops.values(), key=place)


def _lasts(kept: Stop, stop: Stop) -> bool:
    return kept.until is None or kept.until > stop.since
