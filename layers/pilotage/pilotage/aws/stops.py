"""Freezes and locks, all in one partition: every release reads all of them at once, and there are few."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from pilotage.aws import keys
from pilotage.aws.table import Table, pack, unpack, when
from pilotage.stops import Scope, Stop, StopKind
from pilotage.target import Target

KEPT = timedelta(days=1)  # after its end; the trail keeps it longer


class TableStops:
    """The port `Stops`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def set(self, stop: Stop) -> bool:
        since = keys.stamp(stop.since)
        free = when("attribute_not_exists(#pk) OR #owner = :owner OR #until <= :since", owner=stop.owner, since=since)
        values = {
            "owner": stop.owner,
            "until": None if stop.until is None else keys.stamp(stop.until),
            keys.EXPIRES_AT: None if stop.until is None else int((stop.until + KEPT).timestamp()),
            **pack(f"{stop.kind} of {stop.scope}", stop),
        }
        return self._table.put(_key(stop), values, free if stop.kind is StopKind.LOCK else None)

    def lift(self, stop: Stop) -> bool:
        own = when("attribute_exists(#pk)")
        if stop.kind is StopKind.LOCK:
            own = when("#owner = :owner", owner=stop.owner)
        return self._table.delete(_key(stop), own)

    def over(self, target: Target) -> Sequence[Stop]:
        return [stop for stop in self._all() if stop.scope.covers(target)]

    def get(self, scope: Scope) -> Sequence[Stop]:
        return [stop for stop in self._all() if stop.scope == scope]

    def _all(self) -> Sequence[Stop]:
        return [unpack(Stop, item) for item in self._table.partition(keys.STOPS)]


def _key(stop: Stop) -> keys.Key:
    return keys.stop(stop.scope, stop.kind)
